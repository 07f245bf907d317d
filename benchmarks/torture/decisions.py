"""Every decision is accounted for: two writers, kills, and whatever a collection goes through.

    python -m benchmarks.torture.decisions [--decisions 100000] [--rounds 12] [--server URL]

Draws an album and indexes it. Then, round after round, two processes decide at random (name,
reject, mark, split, merge, undo, redo), one of them is killed at a random moment and goes on, and
the collection goes through one upheaval: clustered anew, indexed with other settings and back, its
folder moved, names written into sidecars, rewritten by ExifTool and read again, backed up and
restored, replayed from the log's text, brought to a database server and back (with --server, a
PostgreSQL URL without a database's name).

After each: whatever a writer was told to be kept is in the log, once and in its order; what is
there besides is at most the action that was under way at each kill; the faces have their names.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import prosopon
from prosopon import synthetic
from prosopon.collection import Collection
from prosopon.collection.backup import restore
from prosopon.errors import UsageError
from prosopon.people.kinds import Kind

_NAMES = [f"Person {number}" for number in range(40)]


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


def write(name: str, author: str, seed: int, count: int, told: Path) -> None:
    """Decide `count` times, writing down what was acknowledged."""
    chance = random.Random(seed)
    with prosopon.open(name) as collection, told.open("a", encoding="utf-8") as acknowledged:
        made = 0
        while made < count:
            for one in decide(collection, author, chance):
                acknowledged.write(f"{one}\n")
                made += 1
            acknowledged.flush()


class Torture:
    """One collection, its writers, and what they were told."""

    def __init__(self, folder: Path, seed: int, people: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.images = folder / "images"
        self.name = str(folder / "a.prosopon")
        self.kills = 0
        self.told = {author: folder / f"{author}.told" for author in ("Ada", "Ben")}
        drawn = synthetic.album(folder / "drawn", people, 5, seed=seed, groups=2, size=320)
        (drawn.folder / "images").rename(self.images)
        for file in self.told.values():
            file.touch()
        with prosopon.open(self.name) as collection:
            collection.index(self.images)
            collection.cluster()

    def write(self, count: int) -> None:
        """Two writers at once; the second is killed on its way, and goes on."""
        ada, ben = (self._start(author, count // 2) for author in self.told)
        time.sleep(self.chance.uniform(2, 6))
        before = len(self._told("Ben"))
        if ben.poll() is None:
            ben.send_signal(signal.SIGKILL)
            self.kills += 1
        ben.wait()
        left = count // 2 - max(len(self._told("Ben")) - before, 0)
        again = self._start("Ben", max(left // 2, 1))
        for writer in (ada, again):
            if writer.wait():
                raise AssertionError("a writer failed")

    def check(self) -> int:
        """How long the log is; AssertionError if a decision is lost, invented or out of order."""
        with prosopon.open(self.name) as collection:
            log = [(entry.id, entry.author) for entry in collection.decisions]
        known = [one for one, _ in log]
        assert len(set(known)) == len(known), "a decision is there twice"
        surplus = 0
        for author in self.told:
            own = [one for one, by in log if by == author]
            told = self._told(author)
            wanted = set(told)
            assert [one for one in own if one in wanted] == told, f"{author}'s decisions are lost"
            surplus += len(set(own) - wanted)
        assert surplus <= 3 * self.kills, f"{surplus} decisions that nobody was told of"
        assert all(author in self.told for _, author in log), "a decision of nobody"
        return len(log)

    def names(self) -> dict[tuple[str, tuple[float, ...]], tuple[str, ...]]:
        """Photo and box → the persons that the face there may be."""
        with prosopon.open(self.name) as collection:
            view = collection.view
            photos = view.photos_of(sorted(set(view.faces.photo_ids.tolist())))
            found = {}
            for face, who in view.state.names.items():
                row = int(view.faces.rows([face])[0])
                photo = photos[int(view.faces.photo_ids[row])]
                box = tuple(view.faces.boxes[row].round(2).tolist())
                found[photo.sha256, box] = tuple(sorted(who.persons))
            return found

    # what a collection goes through; each leaves names and log as they were

    def cluster(self) -> None:
        with prosopon.open(self.name) as collection:
            collection.cluster()

    def another_detector(self) -> None:
        for options in ({"score_threshold": 0.8}, {}):
            with prosopon.open(self.name, **options) as collection:
                collection.index(self.images)

    def move(self) -> None:
        moved = self.images.with_name(f"images-{self.chance.randint(0, 10**6)}")
        self.images.rename(moved)
        self.images = moved
        with prosopon.open(self.name) as collection:
            collection.index(moved)

    def back_up(self) -> None:
        made = self._copy()
        self.name = str(self.folder / f"{self.chance.randint(0, 10**9)}.prosopon")
        restore(made, self.name)

    def replay(self) -> None:
        made = Path(f"{self._copy()}.log.jsonl")
        self.name = str(self.folder / f"{self.chance.randint(0, 10**9)}.prosopon")
        restore(made, self.name)
        with prosopon.open(self.name) as collection:
            collection.index(self.images)
            collection.cluster()

    def sidecars(self) -> None:
        with prosopon.open(self.name) as collection:
            collection.export(form="xmp")
            sidecars = sorted(self.images.rglob("*.xmp"))
            command = [
                "exiftool",
                "-q",
                "-overwrite_original",
                "-XMP:Rating=3",
                *map(str, sidecars),
            ]
            subprocess.run(command, check=True)
            done = collection.import_(form="xmp", author="XMP", dry_run=True)
            assert not done.steps.get("add") and not done.steps.get("name"), done.steps

    def server(self, url: str) -> None:
        from prosopon.store import open_store

        database = f"torture_{self.chance.randint(0, 10**9)}"
        with open_store(f"{url}/postgres") as admin:
            raw = admin._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            raw.exec_driver_sql(f"CREATE DATABASE {database}")
            raw.close()
        restore(self._copy(), f"{url}/{database}")
        self.name = f"{url}/{database}"
        self.check()
        self.write(40)
        self.back_up()

    def _copy(self) -> str:
        with prosopon.open(self.name) as collection:
            return collection.backup(
                self.folder / f"b{self.chance.randint(0, 10**9)}.prosopon"
            ).file

    def _start(self, author: str, count: int) -> subprocess.Popen[bytes]:
        seed = self.chance.randint(0, 10**9)
        module = [sys.executable, "-m", "benchmarks.torture.decisions", "--writer"]
        given = [self.name, author, str(seed), str(count), str(self.told[author])]
        return subprocess.Popen([*module, json.dumps(given)])

    def _told(self, author: str) -> list[str]:
        lines = self.told[author].read_text("utf-8").splitlines(keepends=True)
        return [line.strip() for line in lines if line.endswith("\n")]


def run(folder: Path, decisions: int, seed: int = 0, rounds: int = 8, server: str = "") -> int:
    """Torture a collection; how many decisions it has come through with."""
    torture = Torture(folder, seed, people=4 + decisions // 2000)
    upheavals: list[Callable[[], None]] = [
        *(torture.back_up, torture.cluster, torture.another_detector, torture.move),
        *(torture.sidecars, torture.replay),
    ]
    for number in range(rounds):
        torture.write(decisions // rounds)
        torture.check()
        before = torture.names()
        upheaval = upheavals[number % len(upheavals)]
        upheaval()
        length = torture.check()
        changed = {place for place, who in torture.names().items() if before.get(place, who) != who}
        assert not changed, f"{upheaval.__name__} changed the names of {len(changed)} faces"
        print(f"{upheaval.__name__:18} {length:8,} decisions, {torture.kills} kills", flush=True)
    if server:
        torture.server(server)
        print(f"{'server and back':18} {torture.check():8,} decisions", flush=True)
    return torture.check()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--server", default="")
    parser.add_argument("--writer", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.writer:
        name, author, seed, count, told = json.loads(given.writer)
        write(name, author, int(seed), int(count), Path(told))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        run(folder, given.decisions, given.seed, given.rounds, given.server)


if __name__ == "__main__":
    main()
