"""Index runs killed at random moments, engine by engine: in the end, what one whole run gives.

    python -m benchmarks.torture.kills [--kills 200] [--engines threads,processes,serial] [--seed 0]
    python -m benchmarks.torture.kills --kills 10 --engines ray --workers

With `--workers` it is not the runs that are killed but the workers of one run, of Ray alone.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import psutil

import prosopon
from prosopon import synthetic

_INDEX = """
import sys, prosopon
with prosopon.open(sys.argv[1], engine=sys.argv[3], workers=2) as collection:
    collection.index(sys.argv[2])
"""


def found(name: Path) -> list[tuple[object, ...]]:
    """Photo and box of every face, and how long its vectors are."""
    query = """
        SELECT photos.sha256, round(x1, 2), round(y1, 2), round(x2, 2), length(vector)
        FROM faces JOIN photos ON photos.id = photo_id JOIN embeddings ON face_id = faces.id
        ORDER BY 1, 2, 3
    """
    with closing(sqlite3.connect(name)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute(query).fetchall()


def undisturbed(folder: Path, seed: int, people: int = 6) -> tuple[Path, list[tuple[object, ...]]]:
    """Drawn photographs, and what one whole run finds in them."""
    drawn = synthetic.album(folder / "drawn", people, people, seed=seed, size=320)
    images = drawn.folder / "images"
    with prosopon.open(folder / "whole.prosopon") as collection:
        collection.index(images)
    return images, found(folder / "whole.prosopon")


def run(folder: Path, kills: int, engine: str, seed: int = 0, longest: float = 6.0) -> int:
    """Kill index runs so many times; how many of the runs were still going."""
    chance = random.Random(seed)
    images, expected = undisturbed(folder, seed)
    name, hit, number = folder / "0.prosopon", 0, 0
    for _ in range(kills):
        command = [sys.executable, "-c", _INDEX, str(name), str(images), engine]
        running = subprocess.Popen(command)
        time.sleep(chance.uniform(0, longest))
        if running.poll() is None:
            running.send_signal(signal.SIGKILL)
            hit += 1
        running.wait()
        if name.exists() and found_or_none(name) == expected:  # done: begin another
            number += 1
            name = folder / f"{number}.prosopon"
    with prosopon.open(name, engine=engine, workers=2) as collection:
        collection.index(images)
    assert found(name) == expected, f"after {kills} kills in {engine}: other faces than without"
    return hit


def lose_workers(folder: Path, kills: int, seed: int = 0) -> int:
    """Kill so many workers of one run on Ray; how many it lost."""
    chance = random.Random(seed)
    images, expected = undisturbed(folder, seed, people=20)
    name, lost = folder / "0.prosopon", 0
    with subprocess.Popen([sys.executable, "-c", _INDEX, str(name), str(images), "ray"]) as running:
        while running.poll() is None:
            time.sleep(chance.uniform(0.5, 2))
            with suppress(psutil.NoSuchProcess):
                below = psutil.Process(running.pid).children(recursive=True)
                working = [one for one in below if "_with_place" in " ".join(one.cmdline())]
                if working and lost < kills:
                    chance.choice(working).kill()
                    lost += 1
    assert running.returncode == 0, f"ended with {running.returncode} after {lost} workers lost"
    assert found(name) == expected, f"after {lost} workers lost: other faces than without"
    return lost


def found_or_none(name: Path) -> list[tuple[object, ...]] | None:
    """The faces; None where the tables are not made yet."""
    try:
        return found(name)
    except sqlite3.OperationalError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engines", default="threads,processes,serial")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", action="store_true", help="kill those, not the runs")
    given = parser.parse_args()
    if given.workers:
        with tempfile.TemporaryDirectory() as made:
            lost = lose_workers(Path(made), given.kills, given.seed)
        print(f"ray: one run, {lost} workers killed, all as without", flush=True)
        return
    for engine in given.engines.split(","):
        with tempfile.TemporaryDirectory() as made:
            hit = run(Path(made), given.kills, engine, given.seed)
        print(
            f"{engine}: {given.kills} runs, {hit} killed on their way, all as one run", flush=True
        )


if __name__ == "__main__":
    main()
