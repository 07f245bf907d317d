"""Index runs killed at random moments, engine by engine: in the end, what one whole run gives.

    python -m benchmarks.torture.kills [--kills 200] [--engines threads,processes,serial,ray,watch]
    python -m benchmarks.torture.kills --kills 10 --workers

A run is forked from a server that has loaded Prosopon already, so that kills fall into the work
and not into the start of Python. Where a run came through, the next begins another collection.
`watch` stands for what that verb does when it looks at a folder: it indexes and clusters. With
--folder, what was done so far is kept there, and a later call goes on; --minutes ends a call.
With --workers it is not the runs that are killed but the workers of one run on Ray.
"""

import argparse
import json
import multiprocessing
import random
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import psutil

import prosopon
from prosopon import files, synthetic
from prosopon.collection.watch import take_in

_SERVER = multiprocessing.get_context("forkserver")
_LOADED = ["prosopon.collection.index", "prosopon.collection.index_worker", "onnxruntime", "cv2"]


def index(name: Path, images: Path, engine: str) -> None:
    if engine == "watch":
        with prosopon.open(name) as collection:
            take_in(collection, images)
    else:
        with prosopon.open(name, engine=engine, workers=2) as collection:
            collection.index(images)


def found(name: Path) -> list[tuple[object, ...]]:
    """Photo and box of every face, and how long its vectors are; none before there are tables."""
    query = """
        SELECT photos.sha256, round(x1, 2), round(y1, 2), round(x2, 2), length(vector)
        FROM faces JOIN photos ON photos.id = photo_id JOIN embeddings ON face_id = faces.id
        ORDER BY 1, 2, 3
    """
    if not name.exists():
        return []
    with closing(sqlite3.connect(name)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = {one for (one,) in database.execute("SELECT name FROM sqlite_master")}
        return database.execute(query).fetchall() if "embeddings" in tables else []


class Kills:
    """Runs of one engine over one drawn album; what was done is kept in `folder`."""

    def __init__(self, folder: Path, engine: str, seed: int = 0, people: int = 6) -> None:
        self.folder, self.engine, self.seed = folder, engine, seed
        self.state = folder / f"{engine}.json"
        self.runs = self.killed = self.partly = self.collections = 0
        if self.state.exists():
            vars(self).update(json.loads(self.state.read_text()))
        if not (folder / "whole.prosopon").exists():
            drawn = synthetic.album(folder / "drawn", people, 8, seed=seed, size=200)
            (drawn.folder / "images").rename(folder / "images")
            index(folder / "whole.prosopon", folder / "images", "serial")
        self.expected = found(folder / "whole.prosopon")
        _SERVER.set_forkserver_preload(_LOADED)

    @property
    def name(self) -> Path:
        """The collection of now."""
        return self.folder / f"{self.engine}-{self.collections}.prosopon"

    def start(self) -> multiprocessing.process.BaseProcess:
        given = (self.name, self.folder / "images", self.engine)
        running = _SERVER.Process(target=index, args=given)
        running.start()
        return running

    def whole(self) -> float:
        """Seconds of a whole run; the collection of now is done then."""
        began = time.monotonic()
        running = self.start()
        running.join()
        assert running.exitcode == 0, f"{self.name}: {self.engine} does not come through"
        assert found(self.name) == self.expected, f"{self.name}: other faces than without kills"
        if self.engine == "watch":
            with prosopon.open(self.name) as collection:
                assert not take_in(collection, self.folder / "images"), "something was left to do"
        self.collections += 1
        return time.monotonic() - began

    def run(self, kills: int, minutes: float = 60 * 24) -> int:
        """Kill until so many runs were; how many of them had begun and not ended."""
        until = time.monotonic() + minutes * 60
        longest = self.whole()
        while self.killed < kills and time.monotonic() < until:
            chance = random.Random(f"{self.engine} {self.seed} {self.runs}")
            before, running = len(found(self.name)), self.start()
            running.join(chance.uniform(0, longest))
            if running.is_alive():
                running.kill()
                self.killed += 1
            running.join()
            self.runs += 1
            after = found(self.name)
            assert len(after) >= before, f"{self.name}: a kill has taken faces away"
            self.partly += before < len(after) < len(self.expected)
            if after == self.expected:  # all is there: begin another
                self.whole()
            counts = ("runs", "killed", "partly", "collections")
            files.write_text(self.state, json.dumps({one: vars(self)[one] for one in counts}))
        self.whole()
        return self.killed


def lose_workers(folder: Path, kills: int, seed: int = 0) -> int:
    """Kill so many workers of one run on Ray; how many it lost."""
    chance = random.Random(seed)
    one, lost = Kills(folder, "ray", seed, people=50), 0
    running = one.start()
    while running.is_alive():
        time.sleep(chance.uniform(0.5, 2))
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(running.pid).children(recursive=True)
            working = [each for each in below if "_with_place" in " ".join(each.cmdline())]
            if working and lost < kills:
                chance.choice(working).kill()
                lost += 1
    assert running.exitcode == 0, f"ended with {running.exitcode} after {lost} workers lost"
    assert found(one.name) == one.expected, f"after {lost} workers lost: other faces than without"
    return lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engines", default="threads,processes,serial")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", action="store_true", help="kill those, not the runs")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60 * 24)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if given.workers:
            lost = lose_workers(folder, given.kills, given.seed)
            print(f"ray: one run, {lost} workers killed, all as without", flush=True)
            return
        for engine in given.engines.split(","):
            kills = Kills(folder, engine, given.seed)
            kills.run(given.kills, given.minutes)
            print(
                f"{engine}: {kills.runs} runs, {kills.killed} killed ({kills.partly} with some of "
                f"their faces saved), {kills.collections} collections, all as one run",
                flush=True,
            )


if __name__ == "__main__":
    main()
