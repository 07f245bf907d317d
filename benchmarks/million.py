"""From vectors to clusters at growing sizes, and how far approximate neighbours cost quality.

    python benchmarks/million.py 10000 100000 1000000
    python benchmarks/million.py 10000 --peers
    python benchmarks/million.py 100000 --exact

Made-up embeddings (see crowds.py), in a file that is mapped, as a collection's are. Each line is a
process of its own, so that its peak memory is its own, the vectors in it (512 bytes a face)
included. `--exact` adds the graph that compares all pairs; `--peers` adds graphs by FAISS and
pynndescent with the same clustering, scikit-learn's DBSCAN and HDBSCAN and dlib's Chinese whispers,
each given up after `--patience` seconds.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from crowds import crowd
from prosopon.metrics.clustering import scores
from prosopon.records import Embeddings, NeighbourGraph

EPS = 0.28
"""Euclidean; for DBSCAN, ours and scikit-learn's (its best on LFW)."""
WHISPERS = 0.35
"""Euclidean distance for edges of dlib's Chinese whispers: cosine 0.94, as ours."""


def adaptive(n: int, exact: bool | None, k: int) -> dict[str, Any]:
    """Graph and default clustering."""
    from prosopon import graph

    embeddings, persons = drawn(n)
    start = time.perf_counter()
    made = graph.build(embeddings, k, exact)
    return clustered(made, persons, time.perf_counter() - start)


def clustered(made: NeighbourGraph, persons: np.ndarray, seconds: float) -> dict[str, Any]:
    """The default clustering on a graph that took so many seconds."""
    from prosopon import clustering

    peak = memory()
    start = time.perf_counter()
    labels = clustering.make("adaptive").fit(made).labels_
    taken = time.perf_counter() - start
    found = {"graph": seconds, "cluster": taken, "recall": made.recall, "graph_memory": peak}
    return {**found, "memory": memory(), **_scores(persons, labels)}


def hnsw(n: int, k: int) -> dict[str, Any]:
    """FAISS' graph of small worlds."""
    import faiss

    embeddings, persons = drawn(n)
    start = time.perf_counter()
    index = faiss.IndexHNSWFlat(embeddings.vectors.shape[1], 24, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = 80, max(100, k + 1)
    index.add(embeddings.vectors)
    cosines, rows = index.search(embeddings.vectors, k + 1)
    return clustered(_as_graph(embeddings, rows, cosines), persons, time.perf_counter() - start)


def pynndescent(n: int, k: int) -> dict[str, Any]:
    from pynndescent import NNDescent

    embeddings, persons = drawn(n)
    NNDescent(embeddings.vectors[:5000], metric="cosine", n_neighbors=k + 1)  # compiles
    start = time.perf_counter()
    found = NNDescent(embeddings.vectors, metric="cosine", n_neighbors=k + 1, random_state=0)
    rows, distances = found.neighbor_graph
    return clustered(
        _as_graph(embeddings, rows, 1 - distances), persons, time.perf_counter() - start
    )


def _as_graph(embeddings: Embeddings, rows: np.ndarray, cosines: np.ndarray) -> NeighbourGraph:
    """Of lists that hold the face itself, mostly in front."""
    from prosopon.graph.building import _recall

    own = rows == np.arange(len(rows))[:, None]
    own[~own.any(axis=1), -1] = True
    neighbours = rows[~own].reshape(len(rows), -1).astype(np.int32)
    similarities = cosines[~own].reshape(len(rows), -1).astype(np.float32)
    similarities[neighbours < 0] = -np.inf
    recall = _recall(neighbours, embeddings.vectors)
    return NeighbourGraph(embeddings.face_ids, neighbours, similarities, "made-up", recall)


def drawn(n: int) -> tuple[Embeddings, np.ndarray]:
    """The crowd of `n`, kept from run to run; drawn by another process, as that takes memory."""
    folder = Path(tempfile.gettempdir()) / f"prosopon-crowd-{n}"
    if not (folder / "persons.npy").exists():
        subprocess.run([sys.executable, __file__, str(n), "--draw", str(folder)], check=True)
    vectors = np.load(folder / "vectors.npy", mmap_mode="r").view(np.ndarray)
    return Embeddings(np.arange(n), vectors, "made-up"), np.load(folder / "persons.npy")


def draw(n: int, folder: Path) -> None:
    embeddings, persons = crowd(n)
    folder.mkdir(exist_ok=True)
    np.save(folder / "vectors.npy", embeddings.vectors)
    np.save(folder / "persons.npy", persons)


def memory() -> int:
    """Bytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def dbscan(n: int) -> dict[str, Any]:
    from sklearn.cluster import DBSCAN

    embeddings, persons = drawn(n)
    start = time.perf_counter()
    labels = DBSCAN(eps=EPS, min_samples=1).fit(embeddings.vectors).labels_
    return {"cluster": time.perf_counter() - start, **_scores(persons, labels)}


def hdbscan(n: int) -> dict[str, Any]:
    from sklearn.cluster import HDBSCAN

    embeddings, persons = drawn(n)
    start = time.perf_counter()
    labels = HDBSCAN(min_cluster_size=2, min_samples=2, copy=True).fit(embeddings.vectors).labels_
    return {"cluster": time.perf_counter() - start, **_scores(persons, labels)}


def chinese_whispers(n: int) -> dict[str, Any]:
    import dlib

    embeddings, persons = drawn(n)
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
    "FAISS HNSW, adaptive": hnsw,
    "pynndescent, adaptive": pynndescent,
    "scikit-learn DBSCAN": lambda n, _: dbscan(n),
    "scikit-learn HDBSCAN": lambda n, _: hdbscan(n),
    "dlib Chinese whispers": lambda n, _: chinese_whispers(n),
}

COLUMNS = ("faces", "method", "graph s", "cluster s", "peak GB", "KB a face, graph / all")
COLUMNS += ("recall", "pairwise F", "B³ F")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=int)
    parser.add_argument("--k", type=int, default=80, help="neighbours in the graph")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--patience", type=float, default=600, help="seconds for each peer")
    parser.add_argument("--only", choices=METHODS, help="one of the methods, as JSON")
    parser.add_argument("--draw", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.draw:
        draw(arguments.sizes[0], arguments.draw)
        return
    if arguments.only:
        result = METHODS[arguments.only](arguments.sizes[0], arguments.k)
        result["memory"] = memory()
        print(json.dumps(result))
        return
    names = ["prosopon"]
    if arguments.exact:
        names.append("prosopon, exact neighbours")
    if arguments.peers:
        names += list(METHODS)[2:]
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
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
        return f" | not done in {patience:,.0f} | | | | |"
    if done.returncode:
        return f" | failed: {done.stderr.strip().splitlines()[-1]} | | | | |"
    found = json.loads(done.stdout.splitlines()[-1])
    cells = [
        f"{found['graph']:.1f}" if "graph" in found else "",
        f"{found['cluster']:.1f}",
        f"{found['memory'] / 1e9:.1f}",
        f"{found.get('graph_memory', 0) / n / 1e3:.2f} / {found['memory'] / n / 1e3:.2f}",
        f"{found['recall']:.3f}" if "recall" in found else "",
        f"{found['pairwise_f']:.3f}",
        f"{found['bcubed_f']:.3f}",
    ]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
