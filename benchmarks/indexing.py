"""How fast photographs of one megapixel are indexed, and whether memory stays flat.

    python benchmarks/indexing.py [--photos 300 1000 6000] [--detector yunet] [--engine threads]

Draws twenty group photographs of 1224×816 pixels, writes as many files of other bytes as asked for,
and indexes each number of them in a process of its own, from an empty collection.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from prosopon import synthetic

DRAWN = 20


def draw(folder: Path, photos: int) -> None:
    """Write `photos` JPEGs: the same few pictures, each with its number in its top left corner, as
    dark and light squares: a photograph is known by its pixels."""
    people = {f"person {n}": synthetic.Person.sample(np.random.default_rng(n)) for n in range(12)}
    pictures = []
    for number in range(DRAWN):
        rng = np.random.default_rng(1000 + number)
        cast = dict(list(people.items())[number % 7 : number % 7 + 5])
        pixels = synthetic.group(rng, cast, 1224, 816)[0].pixels
        pictures.append(pixels)
    for number in range(photos):
        buffer = io.BytesIO()
        pixels = pictures[number % DRAWN].copy()
        bits = [255 * (number >> place & 1) for place in range(16)]
        pixels[:8, : 16 * 8] = np.repeat(np.array(bits, np.uint8), 8)[None, :, None]
        Image.fromarray(pixels).save(buffer, "JPEG", quality=88)
        (folder / f"{number:06d}.jpg").write_bytes(buffer.getvalue())


def measure(photos: Path, flags: list[str]) -> dict[str, float]:
    """Index a folder in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-c", _CHILD, "index", str(photos), "--json", "-q"]
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "-c", f"{scratch}/a.prosopon", *flags],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - start
    result, used = done.stdout.strip().splitlines()
    found = json.loads(result)
    peak, processor = map(float, used.split())
    return {
        "photos": found["files"],
        "faces": found["faces"],
        "seconds": seconds,
        "photos_per_second": found["files"] / seconds,
        "processor_ms": 1000 * processor / found["files"],
        "peak_mb": peak / 1e3,
    }


_CHILD = """
import resource, sys
from prosopon.cli import main
try:
    main()
except SystemExit as done:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_maxrss, used.ru_utime + used.ru_stime)
    sys.exit(done.code)
"""


def main() -> None:
    """Print one row for each number of photographs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=[300])
    parser.add_argument("--detector", default="yunet")
    parser.add_argument("--engine", default="threads")
    arguments = parser.parse_args()
    flags = ["--detector", arguments.detector, "--engine", arguments.engine]
    print("| photos | faces | seconds | photos/s | processor ms a photo | peak memory MB |")
    print("|---|---|---|---|---|---|")
    for number in arguments.photos:
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder), number)
            row = measure(Path(folder), flags)
        print(
            f"| {row['photos']:,} | {row['faces']:,} | {row['seconds']:.1f} | "
            f"{row['photos_per_second']:.1f} | {row['processor_ms']:.0f} | {row['peak_mb']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
