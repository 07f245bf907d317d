"""The neighbour graph by the rules of an outside yardstick, on made-up vectors.

    python benchmarks/sisap.py
    python benchmarks/sisap.py 300000

SISAP's Indexing Challenge 2025, second task (https://sisap-challenges.github.io/2025): the graph of
the 15 nearest of 3,000,000 vectors of 384 numbers, with a recall of at least .8, on 8 cores and
16 GB. Its vectors are of sentences (GOOAQ) and not at hand: these are crowds (see crowds.py) of as
many numbers, so times compare roughly. The vectors are mapped from a file that is made before.
"""

import argparse
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from crowds import crowd
from million import Clock
from prosopon import graph
from prosopon.records import Embeddings

DIMENSIONS, NEIGHBOURS = 384, 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("n", nargs="?", type=int, default=3_000_000)
    n = parser.parse_args().n
    file = Path(tempfile.gettempdir()) / f"prosopon-crowd-{n}-{DIMENSIONS}.npy"
    if not file.exists():  # by another process, as that takes memory
        drawing = get_context("spawn").Process(target=draw, args=(n, file))
        drawing.start()
        drawing.join()
        if drawing.exitcode:
            sys.exit(drawing.exitcode)
    graph.build(crowd(60_000, dimensions=DIMENSIONS)[0], NEIGHBOURS, exact=False)  # compiles
    vectors = np.load(file, mmap_mode="r").view(np.ndarray)
    clock = Clock()
    made = graph.build(Embeddings(np.arange(n), vectors, "made-up"), NEIGHBOURS, exact=False)
    taken = clock.taken("graph")
    print("| vectors | s by the clock | processor s | GB, own / with files | recall of the 15 |")
    print("|---|---|---|---|---|")
    memory = f"{taken['graph_own'] / 1e9:.1f} / {taken['graph_all'] / 1e9:.1f}"
    seconds = f"{taken['graph']:,.0f} | {taken['graph_processor']:,.0f}"
    print(f"| {n:,} | {seconds} | {memory} | {made.recall:.3f} |")


def draw(n: int, file: Path) -> None:
    np.save(file, crowd(n, dimensions=DIMENSIONS)[0].vectors)


if __name__ == "__main__":
    main()
