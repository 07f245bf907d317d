"""From vectors to clusters at growing sizes, and how far approximate neighbours cost quality.

    python benchmarks/million.py 10000 100000 1000000
    python benchmarks/million.py 10000 --peers
    python benchmarks/million.py 100000 --exact

Made-up embeddings (see crowds.py), in a file that is mapped, as a collection's are. Each line is a
process of its own, so that its peak memory is its own; what is mapped of vectors (512 bytes a face)
and graph (640) counts in "with files". The graph is kept in the folder of its vectors: after a run
that was stopped, `--go-on` takes it from there, or from the last step of its search.

`--exact` adds the graph that compares all pairs; `--peers` adds graphs by FAISS and
pynndescent with the same clustering, scikit-learn's DBSCAN and HDBSCAN, fast_hdbscan and dlib's
Chinese whispers, each given up after `--patience` seconds.

`--ray` adds a graph for which two nodes of a Ray cluster, both on this machine, look into the
cells: its time and memory are those of all processes, with the object stores of both nodes. Its
columns on the right compare it with the line without Ray.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from crowds import BLOCK, DIMENSIONS, crowd
from prosopon.files import let_go
from prosopon.metrics.clustering import scores
from prosopon.protocols import Elsewhere, Engine
from prosopon.records import Embeddings, NeighbourGraph

EPS = 0.28
"""Euclidean; for DBSCAN, ours and scikit-learn's (its best on LFW)."""
ALIKE = "dlib-resnet"
"""The embedder whose cosines the made-up vectors have."""
WHISPERS = 0.35
"""Euclidean distance for edges of dlib's Chinese whispers: cosine 0.94, as ours."""


def adaptive(
    n: int, k: int, go_on: bool, exact: bool | None = None, engine: Engine | None = None
) -> dict[str, Any]:
    """Graph and default clustering."""
    from prosopon import graph

    embeddings, persons = drawn(n)
    let_go(embeddings.vectors)
    folder = crowd_folder(n) / f"graph-{k}{'-exact' if exact else '-ray' if engine else ''}"
    said = folder / "taken.json"
    if go_on and said.exists():
        taken = json.loads(said.read_text())
    else:
        steps = folder.with_name(f"{folder.name}-unfinished")
        if not go_on:
            shutil.rmtree(steps, ignore_errors=True)
        start = Clock()
        made = graph.build(embeddings, k, exact, steps, engine)
        taken = start.taken("graph")
        graph.save(made, folder)
        said.write_text(json.dumps(taken))
        del made
    let_go(embeddings.vectors)
    found = clustered(graph.load(folder), embeddings, persons, folder / "labels.npy")
    if engine:
        found |= _compared(folder, crowd_folder(n) / f"graph-{k}")
    return {**taken, **found}


def clustered(
    made: NeighbourGraph, embeddings: Embeddings, persons: np.ndarray, kept: Path | None = None
) -> dict[str, Any]:
    """The default clustering on a graph, from the estimated threshold to parted clusters; its
    labels go into the file `kept`."""
    from prosopon import clustering, zoo

    start = Clock()
    found = clustering.estimate_threshold(embeddings, made, zoo.card(ALIKE).threshold)
    pictures = clustering.near_duplicates(made, found.duplicate)
    estimator = clustering.make("adaptive", threshold=found.cosine)
    labels = clustering.run(
        *(estimator, made, embeddings), pictures=pictures, strangers=found.strangers
    ).labels
    if kept:
        np.save(kept, labels)
    return {**start.taken("cluster"), "recall": made.recall, **_scores(persons, labels)}


def _compared(folder: Path, other: Path) -> dict[str, float]:
    """How far graph and labels in one folder are those in the other, if these are there."""
    if not (other / "labels.npy").exists():
        return {}
    mine, theirs = (
        np.load(of / "neighbours.npy", mmap_mode="r").view(np.ndarray) for of in (folder, other)
    )
    same = sum(
        int((mine[start : start + BLOCK] == theirs[start : start + BLOCK]).all(axis=1).sum())
        for start in range(0, len(mine), BLOCK)
    )
    labels = np.load(other / "labels.npy")
    alone = labels < 0
    labels[alone] = len(labels) + np.arange(alone.sum())  # as truth they would be one person
    found = scores(labels, np.load(folder / "labels.npy"))
    return {"same_rows": same / len(mine), "same_clusters": found["pairwise_f"]}


class TwoNodes:
    """A Ray cluster that is there while it has work: its stores keep what they once took."""

    def __init__(self, store: int) -> None:
        """store : bytes for objects on each node."""
        self._store = store

    def map(
        self, function: Callable[[Any], Any | Elsewhere[Any]], items: Iterable[Any]
    ) -> Iterator[Any]:
        import ray_nodes
        from prosopon import engines

        with ray_nodes.nodes(2, head_works=True, store=self._store) as cluster:
            os.environ["RAY_ADDRESS"] = cluster.address
            found = engines.build("ray", 2).map(function, items)
            del function
            yield from found


def two_nodes(n: int) -> TwoNodes:
    """With room for the vectors of n faces in 16 bits, their cells, and lists under way."""
    return TwoNodes(n * (2 * DIMENSIONS + 64) * 5 // 4 + 2**29)


class Clock:
    """Seconds by the clock and of the processor, and the most memory held, from now on: of this
    process, of those it started, and of the memory that they share (`/dev/shm`)."""

    EVERY = 0.25

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()
        self._others: dict[int, float] = {}
        self._own = self._all = 0
        self._shared = _shared()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def _look(self) -> None:
        while True:
            found = psutil.Process().memory_info()
            others = self._look_at_others() + _shared() - self._shared
            self._own = max(self._own, found.rss - found.shared + others)
            self._all = max(self._all, found.rss + others)
            if self._over.wait(self.EVERY):
                return

    def _look_at_others(self) -> int:
        """Their memory, and the time they took, which is lost when they end."""
        memory = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
                found, taken = process.memory_info(), process.cpu_times()
                memory += found.rss - found.shared
                self._others[process.pid] = taken.user + taken.system
        return memory

    def taken(self, name: str) -> dict[str, float]:
        self._over.set()
        self._watch.join()
        processor = time.process_time() - self._start[1] + sum(self._others.values())
        return {
            name: time.perf_counter() - self._start[0],
            f"{name}_processor": processor,
            f"{name}_own": self._own,
            f"{name}_all": self._all,
        }


def _shared() -> int:
    return psutil.disk_usage("/dev/shm").used if Path("/dev/shm").exists() else 0


def hnsw(n: int, k: int) -> dict[str, Any]:
    """FAISS' graph of small worlds."""
    import faiss

    embeddings, persons = drawn(n)
    start = Clock()
    index = faiss.IndexHNSWFlat(embeddings.vectors.shape[1], 24, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = 80, max(100, k + 1)
    index.add(embeddings.vectors)
    cosines, rows = index.search(embeddings.vectors, k + 1)
    made = _as_graph(embeddings, rows, cosines)
    return {**start.taken("graph"), **clustered(made, embeddings, persons)}


def pynndescent(n: int, k: int) -> dict[str, Any]:
    from pynndescent import NNDescent

    embeddings, persons = drawn(n)
    NNDescent(embeddings.vectors[:5000], metric="cosine", n_neighbors=k + 1)  # compiles
    start = Clock()
    found = NNDescent(embeddings.vectors, metric="cosine", n_neighbors=k + 1, random_state=0)
    rows, distances = found.neighbor_graph
    made = _as_graph(embeddings, rows, 1 - distances)
    return {**start.taken("graph"), **clustered(made, embeddings, persons)}


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
    folder = crowd_folder(n)
    if not (folder / "persons.npy").exists():
        subprocess.run([sys.executable, __file__, str(n), "--draw", str(folder)], check=True)
    vectors = np.load(folder / "vectors.npy", mmap_mode="r").view(np.ndarray)
    return Embeddings(np.arange(n), vectors, "made-up"), np.load(folder / "persons.npy")


def crowd_folder(n: int) -> Path:
    return Path(tempfile.gettempdir()) / f"prosopon-crowd-{n}"


def draw(n: int, folder: Path) -> None:
    embeddings, persons = crowd(n)
    folder.mkdir(exist_ok=True)
    np.save(folder / "vectors.npy", embeddings.vectors)
    np.save(folder / "persons.npy", persons)


def dbscan(n: int) -> dict[str, Any]:
    from sklearn.cluster import DBSCAN

    embeddings, persons = drawn(n)
    start = Clock()
    labels = DBSCAN(eps=EPS, min_samples=1).fit(embeddings.vectors).labels_
    return {**start.taken("cluster"), **_scores(persons, labels)}


def hdbscan(n: int) -> dict[str, Any]:
    from sklearn.cluster import HDBSCAN

    embeddings, persons = drawn(n)
    start = Clock()
    labels = HDBSCAN(min_cluster_size=2, min_samples=2, copy=True).fit(embeddings.vectors).labels_
    return {**start.taken("cluster"), **_scores(persons, labels)}


def fast_hdbscan(n: int) -> dict[str, Any]:
    from fast_hdbscan import HDBSCAN

    embeddings, persons = drawn(n)
    HDBSCAN(min_cluster_size=2, min_samples=2).fit(embeddings.vectors[:1000])  # compiles
    start = Clock()
    labels = HDBSCAN(min_cluster_size=2, min_samples=2).fit(embeddings.vectors).labels_
    return {**start.taken("cluster"), **_scores(persons, labels)}


def chinese_whispers(n: int) -> dict[str, Any]:
    import dlib

    embeddings, persons = drawn(n)
    start = Clock()
    vectors = [dlib.vector(vector.astype(float).tolist()) for vector in embeddings.vectors]
    labels = np.array(dlib.chinese_whispers_clustering(vectors, WHISPERS))
    return {**start.taken("cluster"), **_scores(persons, labels)}


def _scores(persons: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    found = scores(persons, labels)
    return {name: found[name] for name in ("pairwise_f", "bcubed_f", "clusters")}


METHODS = {
    "prosopon": adaptive,
    "prosopon, exact neighbours": lambda n, k, go_on: adaptive(n, k, go_on, exact=True),
    "prosopon, two Ray nodes": lambda n, k, go_on: adaptive(n, k, go_on, engine=two_nodes(n)),
    "FAISS HNSW, adaptive": lambda n, k, _: hnsw(n, k),
    "pynndescent, adaptive": lambda n, k, _: pynndescent(n, k),
    "scikit-learn DBSCAN": lambda n, *_: dbscan(n),
    "scikit-learn HDBSCAN": lambda n, *_: hdbscan(n),
    "fast_hdbscan": lambda n, *_: fast_hdbscan(n),
    "dlib Chinese whispers": lambda n, *_: chinese_whispers(n),
}

PEERS = list(METHODS)[3:]

COLUMNS = ("faces", "method", "graph s, clock / processor", "clusters s, clock / processor")
COLUMNS += ("graph GB, own / with files", "clusters GB, own / with files")
COLUMNS += ("recall", "pairwise F", "B³ F", "same rows", "F against clusters without Ray")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="+", type=int)
    parser.add_argument("--k", type=int, default=80, help="neighbours in the graph")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--patience", type=float, default=600, help="seconds for each peer")
    parser.add_argument("--go-on", action="store_true", help="with what a stopped run has left")
    parser.add_argument("--only", choices=METHODS, help="one of the methods, as JSON")
    parser.add_argument("--draw", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.draw:
        draw(arguments.sizes[0], arguments.draw)
        return
    if arguments.only:
        made = METHODS[arguments.only](arguments.sizes[0], arguments.k, arguments.go_on)
        print(json.dumps(made))
        return
    names = ["prosopon"]
    if arguments.exact:
        names.append("prosopon, exact neighbours")
    if arguments.ray:
        names.append("prosopon, two Ray nodes")
    if arguments.peers:
        names += PEERS
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for n in arguments.sizes:
        for name in names:
            print(f"| {n:,} | {name} | {_line(n, name, arguments)} |", flush=True)


def _line(n: int, name: str, arguments: argparse.Namespace) -> str:
    """Run one method in a process of its own."""
    command = [sys.executable, __file__, str(n), "--k", str(arguments.k), "--only", name]
    command += ["--go-on"] if arguments.go_on else []
    patience = arguments.patience if name in PEERS else None
    empty = " |" * (len(COLUMNS) - 3)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return f"not done in {patience:,.0f}{empty}"
    if done.returncode:
        return f"failed, exit status {done.returncode}{empty}"
    found = json.loads(done.stdout.splitlines()[-1])
    steps = ("graph", "cluster")
    cells = [_pair(found, step, step + "_processor", 1, ",.0f") for step in steps]
    cells += [_pair(found, step + "_own", step + "_all", 1e9, ".1f") for step in steps]
    measures = ("recall", "pairwise_f", "bcubed_f", "same_rows", "same_clusters")
    cells += [f"{found[name]:.3f}" if name in found else "" for name in measures]
    return " | ".join(cells)


def _pair(found: dict[str, float], one: str, other: str, unit: float, form: str) -> str:
    return f"{found[one] / unit:{form}} / {found[other] / unit:{form}}" if one in found else ""


if __name__ == "__main__":
    main()
