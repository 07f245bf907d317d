"""Every decision is accounted for: two writers, kills, and whatever a collection goes through.

    python -m benchmarks.torture.decisions [--decisions 100000] [--folder F --minutes 15]

Draws an album and indexes it. Then, round after round, two processes decide at random (name,
reject, mark, split, merge, undo, redo, one by one or fifty in one transaction, as imports do) while
a verb runs beside them; one of the two is killed at a random moment and goes on, the verb as well.
Then the collection goes through one of `upheavals`: clustered anew, another detector, another
embedder and back, its folder moved, names written into sidecars, rewritten by ExifTool and read
again, backed up and restored, replayed from the log's text, brought to a database server and back
(with --server, a PostgreSQL URL without a database).

After each: whatever a writer was told to be kept is in the log, once and in its order; what is
there besides is at most the action that was under way at each kill; of fifty in one transaction all
are there or none; the faces have their names.

With --folder, what was done so far is kept there, and a later call goes on; --minutes ends a call
after the round that is under way then.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.torture import upheavals
from benchmarks.torture.upheavals import Subject

import prosopon
from prosopon import files, synthetic
from prosopon.collection import Collection
from prosopon.errors import UsageError
from prosopon.people import Decision
from prosopon.people.kinds import Kind

_STATE = "state.json"
_NAMES = [f"Person {number}" for number in range(40)]
_AT_ONCE = 50
"""Decisions of one transaction."""


def decide(collection: Collection, author: str, chance: random.Random) -> list[str]:
    """One action at random; the identifiers of its decisions, none where it was refused."""
    people, view = collection.people.by(author), collection.view
    faces = view.faces.face_ids[~view.hidden].tolist()
    some = chance.sample(faces, chance.randint(1, 4))
    names = [person.name for person in view.persons] or _NAMES
    actions: list[tuple[int, Callable[[], object]]] = [
        (50, lambda: people.name(some, chance.choice(_NAMES))),
        (10, lambda: people.reject(some, chance.choice(names))),
        (5, lambda: people.mark(some[:1], chance.choice([Kind.IGNORE, Kind.STATUE]))),
        (5, lambda: people.split(some, f"Split {chance.randint(0, 20)}")),
        (5, lambda: people.merge(*chance.sample(names, 2))),
        (15, lambda: people.undo()),
        (5, lambda: people.redo(chance.randint(1, view.length))),
        (5, lambda: people.note(some[:1], "seen at the fair")),
    ]
    weights = [weight for weight, _ in actions]
    action = chance.choices([do for _, do in actions], weights)[0]
    try:
        return list(action().decisions)  # type: ignore[attr-defined]
    except (UsageError, ValueError):  # nobody to merge, nothing to undo
        return []


def decide_at_once(collection: Collection, author: str, chance: random.Random) -> list[str]:
    """Fifty decisions of one time, kept together or not at all; their identifiers."""
    view, at = collection.view, datetime.now(UTC)
    faces = view.faces.face_ids[~view.hidden].tolist()
    made = []
    for _ in range(_AT_ONCE):
        kind = chance.choices([Kind.NAME, Kind.REJECT, Kind.IGNORE, Kind.STATUE], [8, 2, 1, 1])[0]
        person = () if kind in (Kind.IGNORE, Kind.STATUE) else (chance.choice(view.persons).id,)
        regions = view.regions(chance.sample(faces, chance.randint(1, 2)))
        made.append(Decision(author, kind, tuple(regions), person, at=at))
    return [entry.id for entry in collection.decide(made, author)]


def write(name: str, author: str, seed: int, count: int, told: Path) -> None:
    """Decide `count` times, writing down what was acknowledged."""
    chance = random.Random(seed)
    with prosopon.open(name) as collection, told.open("a", encoding="utf-8") as acknowledged:
        made = 0
        while made < count:
            many = collection.view.persons and chance.random() < 0.5
            for one in (decide_at_once if many else decide)(collection, author, chance):
                acknowledged.write(f"{one}\n")
                made += 1
            acknowledged.flush()


class Torture:
    """One collection, its writers, and what they were told."""

    def __init__(self, folder: Path, seed: int, people: int, server: str = "") -> None:
        self.folder, self.seed, self.round = folder, seed, 0
        self.told = {author: folder / f"{author}.told" for author in ("Ada", "Ben")}
        images, name = str(folder / "images"), str(folder / "a.prosopon")
        self.subject = Subject(folder, name, images, random.Random(seed), server=server)
        if (folder / _STATE).exists():
            state = json.loads((folder / _STATE).read_text())
            self.round = state.pop("round")
            vars(self.subject).update(state)
            if not Path(self.subject.images).exists():  # cut off while they moved
                self.subject.images = str(next(folder.glob("images-*")))
            return
        drawn = synthetic.album(folder / "drawn", people, 5, seed=seed, groups=2, size=320)
        (drawn.folder / "images").rename(images)
        for file in self.told.values():
            file.touch()
        with prosopon.open(name) as collection:
            collection.index(images)
            collection.cluster()
        self.keep()

    def keep(self) -> None:
        """Note how far this has come, for a later call."""
        kept = {name: getattr(self.subject, name) for name in ("name", "images", "kills", "verbs")}
        files.write_text(self.folder / _STATE, json.dumps(kept | {"round": self.round}))

    def begin(self) -> None:
        """A round, which goes the same way whenever it is run."""
        self.subject.chance = random.Random(f"{self.seed} {self.round}")

    def write(self, count: int) -> None:
        """Two writers at once, and a verb beside; one of each is killed on its way and goes on."""
        subject = self.subject
        ada, ben = (self._start(author, count // 2) for author in self.told)
        beside = (
            ("cluster",),
            ("index", subject.images),
            ("suggest",),
            ("export", "--format", "xmp"),
        )
        subject.verb(*subject.chance.choice(beside))
        before = len(self._told("Ben"))
        if ben.poll() is None:
            ben.send_signal(signal.SIGKILL)
            subject.kills += 1
        ben.wait()
        left = count // 2 - max(len(self._told("Ben")) - before, 0)
        again = self._start("Ben", max(left // 2, 1))
        for writer in (ada, again):
            if writer.wait():
                raise AssertionError("a writer failed")

    def check(self) -> int:
        """How long the log is; AssertionError if a decision is lost, invented or out of order."""
        with prosopon.open(self.subject.name) as collection:
            log = list(collection.decisions)
        known = [entry.id for entry in log]
        assert len(set(known)) == len(known), "a decision is there twice"
        surplus = 0
        for author in self.told:
            own = [entry for entry in log if entry.author == author]
            told = self._told(author)
            wanted = set(told)
            kept = [entry.id for entry in own if entry.id in wanted]
            assert kept == told, f"{author}'s decisions are lost"
            surplus += len({entry.at for entry in own if entry.id not in wanted})
            sizes = set(Counter(entry.at for entry in own).values())
            assert not {size for size in sizes if 3 < size != _AT_ONCE}, f"a torn action: {sizes}"
        assert surplus <= self.subject.kills, f"{surplus} actions that nobody was told of"
        assert all(entry.author in self.told for entry in log), "a decision of nobody"
        return len(log)

    def names(self) -> dict[tuple[str, tuple[float, ...]], tuple[str, ...]]:
        """Photo and box → the persons that the face there may be."""
        with prosopon.open(self.subject.name) as collection:
            view = collection.view
            photos = view.photos_of(sorted(set(view.faces.photo_ids.tolist())))
            found = {}
            for face, who in view.state.names.items():
                row = int(view.faces.rows([face])[0])
                photo = photos[int(view.faces.photo_ids[row])]
                box = tuple(view.faces.boxes[row].round(2).tolist())
                found[photo.sha256, box] = tuple(sorted(who.persons))
            return found

    def _start(self, author: str, count: int) -> subprocess.Popen[bytes]:
        seed = self.subject.chance.randint(0, 10**9)
        module = [sys.executable, "-m", "benchmarks.torture.decisions", "--writer"]
        given = [self.subject.name, author, str(seed), str(count), str(self.told[author])]
        return subprocess.Popen([*module, json.dumps(given)])

    def _told(self, author: str) -> list[str]:
        lines = self.told[author].read_text("utf-8").splitlines(keepends=True)
        return [line.strip() for line in lines if line.endswith("\n")]


def run(
    folder: Path,
    decisions: int,
    seed: int = 0,
    each: int = 2000,
    server: str = "",
    minutes: float = 60 * 24,
) -> int:
    """Torture a collection; how many decisions it has come through with.

    each : of one round.
    """
    until = time.monotonic() + minutes * 60
    torture = Torture(folder, seed, 4 + min(decisions // 2000, 16), server)
    subject = torture.subject
    todo = (*upheavals.ALL, upheavals.server) if server else upheavals.ALL
    while (length := torture.check()) < decisions and time.monotonic() < until:
        torture.begin()
        torture.write(each)
        torture.check()
        before = torture.names()
        upheaval = todo[torture.round % len(todo)]
        upheaval(subject)
        length = torture.check()
        changed = {place for place, who in torture.names().items() if before.get(place, who) != who}
        assert not changed, f"{upheaval.__name__} changed the names of {len(changed)} faces"
        torture.round += 1
        torture.keep()
        print(
            f"{torture.round:4}  {upheaval.__name__:16} {length:8,} decisions, "
            f"{subject.kills} kills, {subject.verbs} verbs",
            flush=True,
        )
    return length


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", type=int, default=2000, help="decisions of a round")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60 * 24)
    parser.add_argument("--server", default="")
    parser.add_argument("--writer", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.writer:
        name, author, seed, count, told = json.loads(given.writer)
        write(name, author, int(seed), int(count), Path(told))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        run(folder, given.decisions, given.seed, given.each, given.server, given.minutes)


if __name__ == "__main__":
    main()
