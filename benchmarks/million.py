"""From vectors to clusters at growing sizes, and how far approximate neighbours cost quality.

    python benchmarks/million.py 10000 100000 1000000
    python benchmarks/million.py 10000 --peers
    python benchmarks/million.py 100000 --exact

Made-up embeddings (see crowds.py). Each line is a process of its own, so that its peak memory is
its own. `--exact` adds the graph that compares all pairs; `--peers` adds scikit-learn's DBSCAN and
HDBSCAN and dlib's Chinese whispers, each given up after `--patience` seconds.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from crowds import crowd
from prosopon.metrics.clustering import scores

EPS = 0.28
"""Euclidean; for DBSCAN, ours and scikit-learn's (its best on LFW)."""
WHISPERS = 0.35
"""Euclidean distance for edges of dlib's Chinese whispers: cosine 0.94, as ours."""


def adaptive(n: int, exact: bool | None, k: int) -> dict[str, Any]:
    """Graph and default clustering."""
    from prosopon import clustering, graph

    embeddings, persons = crowd(n)
    start = time.perf_counter()
    made = graph.build(embeddings, k, exact)
    built = time.perf_counter()
    labels = clustering.make("adaptive").fit(made).labels_
    return {
        "graph": built - start,
        "cluster": time.perf_counter() - built,
        "recall": made.recall,
        **_scores(persons, labels),
    }


def dbscan(n: int) -> dict[str, Any]:
    from sklearn.cluster import DBSCAN

    embeddings, persons = crowd(n)
    start = time.perf_counter()
    labels = DBSCAN(eps=EPS, min_samples=1).fit(embeddings.vectors).labels_
    return {"cluster": time.perf_counter() - start, **_scores(persons, labels)}


def hdbscan(n: int) -> dict[str, Any]:
    from sklearn.cluster import HDBSCAN

    embeddings, persons = crowd(n)
    start = time.perf_counter()
    labels = HDBSCAN(min_cluster_size=2, min_samples=2, copy=True).fit(embeddings.vectors).labels_
    return {"cluster": time.perf_counter() - start, **_scores(persons, labels)}


def chinese_whispers(n: int) -> dict[str, Any]:
    import dlib

    embeddings, persons = crowd(n)
    start = time.perf_counter()
    vectors = [dlib.vector(vector.astype(float).tolist()) for vector in embeddings.vectors]
    labels = np.array(dlib.chinese_whispers_clustering(vectors, WHISPERS))
    return {"cluster": time.perf_counter() - start, **_scores(persons, labels)}


def _scores(persons: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    found = scores(persons, labels)
    return {name: found[name] for name in ("pairwise_f", "bcubed_f", "clusters")}


METHODS = {
    "prosopon": lambda n, k: adaptive(n, None, k),
    "prosopon, exact neighbours": lambda n, k: adaptive(n, True, k),
    "scikit-learn DBSCAN": lambda n, _: dbscan(n),
    "scikit-learn HDBSCAN": lambda n, _: hdbscan(n),
    "dlib Chinese whispers": lambda n, _: chinese_whispers(n),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=int)
    parser.add_argument("--k", type=int, default=80, help="neighbours in the graph")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--patience", type=float, default=600, help="seconds for each peer")
    parser.add_argument("--only", choices=METHODS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        result = METHODS[arguments.only](arguments.sizes[0], arguments.k)
        result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(result))
        return
    names = ["prosopon"]
    if arguments.exact:
        names.append("prosopon, exact neighbours")
    if arguments.peers:
        names += list(METHODS)[2:]
    print("| faces | method | graph s | cluster s | peak GB | recall | pairwise F | B³ F |")
    print("|---|---|---|---|---|---|---|---|")
    for n in arguments.sizes:
        for name in names:
            print(f"| {n:,} | {name} | {_line(n, name, arguments)} |", flush=True)


def _line(n: int, name: str, arguments: argparse.Namespace) -> str:
    """Run one method in a process of its own."""
    command = [sys.executable, __file__, str(n), "--k", str(arguments.k), "--only", name]
    patience = arguments.patience if name in list(METHODS)[2:] else None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return f" | not done in {patience:,.0f} | | | |"
    if done.returncode:
        return f" | failed: {done.stderr.strip().splitlines()[-1]} | | | |"
    found = json.loads(done.stdout.splitlines()[-1])
    cells = [
        f"{found['graph']:.1f}" if "graph" in found else "",
        f"{found['cluster']:.1f}",
        f"{found['memory'] / 1e9:.1f}",
        f"{found['recall']:.3f}" if "recall" in found else "",
        f"{found['pairwise_f']:.3f}",
        f"{found['bcubed_f']:.3f}",
    ]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
