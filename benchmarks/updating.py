"""What new photographs cost: bringing graph and clusters up to date against starting over.

    python benchmarks/updating.py 20000 100000 --new 1000

Made-up embeddings (see crowds.py); the last `--new` faces come later. Prints the seconds of an
update and of a full run on the same graph, and how far the two clusterings are the same: pairwise
F of one against the other, and of each against the truth.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from crowds import crowd
from prosopon import clustering, graph
from prosopon.metrics.clustering import scores
from prosopon.records import Embeddings

T = TypeVar("T")


def main() -> None:
    """Print a row for each size and method."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=int)
    parser.add_argument("--new", type=int, default=1000)
    parser.add_argument("--methods", nargs="+", default=["adaptive", "dbscan"])
    arguments = parser.parse_args()
    print("| faces | new | method | graph anew s | extended s | full run s | update s |", end="")
    print(" F update against full | F update | F full |\n|---|---|---|---|---|---|---|---|---|---|")
    for n in arguments.sizes:
        compare(n, arguments.new, arguments.methods)


def compare(n: int, new: int, methods: list[str]) -> None:
    """The rows of one size."""
    everyone, persons = crowd(n)
    known = n - new
    before = Embeddings(everyone.face_ids[:known], everyone.vectors[:known], everyone.model)
    old = graph.build(before)
    _, anew = timed(partial(graph.build, everyone))
    grown, extended = timed(partial(graph.extend, old, everyone))
    for method in methods:
        estimator = clustering.make(method)
        previous = estimator.fit(old).labels_
        full, whole = timed(partial(estimator.fit_predict, grown))
        updated, part = timed(partial(clustering.update, previous, grown, estimator))
        alike = scores(full, updated)["pairwise_f"]
        ours, theirs = (scores(persons, labels)["pairwise_f"] for labels in (updated, full))
        figures = f"{anew:.1f} | {extended:.1f} | {whole:.2f} | {part:.2f}"
        print(
            f"| {n:,} | {new:,} | {method} | {figures} | {alike:.4f} | {ours:.4f} | {theirs:.4f} |"
        )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What a call gives, and its wall-clock seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


if __name__ == "__main__":
    main()
