"""The sizes that papers timed: DBSCAN on 5,170 faces, approximate rank-order on 13,233.

    python benchmarks/papers_sizes.py

Made-up embeddings (see crowds.py). Seconds of the graph and of the method, the best of three;
compiled loops are warm. Beside them scikit-learn's DBSCAN on the vectors.
"""

import time
from collections.abc import Callable

from sklearn.cluster import DBSCAN

from crowds import crowd
from prosopon import clustering, graph

EPS = 0.29


def main() -> None:
    """Print a row for each."""
    print("| faces | method | graph s | method s |\n|---|---|---|---|")
    embeddings, _ = crowd(5_170)
    made = graph.build(embeddings)
    built = best(lambda: graph.build(embeddings))
    ours = best(lambda: clustering.make("dbscan", eps=EPS).fit(made))
    print(f"| 5,170 | dbscan | {built:.2f} | {ours:.4f} |")
    theirs = best(lambda: DBSCAN(eps=EPS, min_samples=1).fit(embeddings.vectors))
    print(f"| 5,170 | scikit-learn DBSCAN | | {theirs:.2f} |")
    embeddings, _ = crowd(13_233)
    made = graph.build(embeddings, k=50)
    built = best(lambda: graph.build(embeddings, k=50))
    for method in ("approximate-rank-order", "adaptive"):
        seconds = best(lambda: clustering.make(method).fit(made))  # noqa: B023 - used at once
        print(f"| 13,233 | {method} | {built:.2f} | {seconds:.3f} |")


def best(work: Callable[[], object]) -> float:
    """Least wall-clock seconds of three calls."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
