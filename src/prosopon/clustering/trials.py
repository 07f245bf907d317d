"""Trying methods and parameters on labelled faces, side by side."""

import itertools
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from numpy.typing import ArrayLike, NDArray

from prosopon.clustering.base import Clusterer
from prosopon.clustering.methods import make
from prosopon.metrics.clustering import scores
from prosopon.progress import track
from prosopon.records import Embeddings, NeighbourGraph

FEW = 20
"""Of fewer faces nobody is warned that one cluster holds most of them, or none does."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One method with one choice of parameters, tried."""

    method: str
    parameters: dict[str, Any]
    clusters: int
    """Of two faces or more."""
    singletons: int
    """Faces alone or in no cluster."""
    swallowed: int
    """Faces in the largest cluster where that is most of them; 0 where it is not."""
    seconds: float
    memory: int
    """Bytes that the process grew by at its peak."""
    scores: dict[str, float]
    """As `metrics.clustering.scores` names them; empty where no face has a known person."""


def attempt(
    estimator: Clusterer,
    graph: NeighbourGraph,
    embeddings: Embeddings,
    truth: ArrayLike | None = None,
    known: ArrayLike | None = None,
) -> Trial:
    """Fit and score one estimator; only the rows in `known` (n,) bool have a known person."""
    with _peak_memory() as memory:
        start = time.perf_counter()
        labels = estimator.fit(graph if estimator.takes == "graph" else embeddings).labels_
        seconds = time.perf_counter() - start
    rows = slice(None) if known is None else np.asarray(known, bool)
    sizes = np.bincount(labels[labels >= 0])
    return Trial(
        method=estimator.name,
        parameters=estimator.get_params(),
        clusters=int(np.count_nonzero(sizes > 1)),
        singletons=int(np.count_nonzero(sizes == 1) + np.count_nonzero(labels < 0)),
        swallowed=swallowed(sizes, len(labels)),
        seconds=seconds,
        memory=memory[0],
        scores={} if truth is None else scores(np.asarray(truth)[rows], labels[rows]),
    )


def swallowed(sizes: NDArray[np.integer[Any]], faces: int) -> int:
    """The size of the largest cluster (of those `sizes`) if it holds most of the faces, else 0."""
    largest = int(sizes.max(initial=0))
    return largest if faces >= FEW and largest > faces / 2 else 0


def compare(
    methods: Iterable[tuple[str, Mapping[str, Any]]],
    graph: NeighbourGraph,
    embeddings: Embeddings,
    truth: ArrayLike | None = None,
    known: ArrayLike | None = None,
) -> list[Trial]:
    """Try several methods, each with its parameters, on the same faces."""
    estimators = [make(name, **parameters) for name, parameters in methods]  # all wrong ones first
    return [
        attempt(estimator, graph, embeddings, truth, known)
        for estimator in track(estimators, "comparing methods")
    ]


def sweep(
    method: str,
    grid: Mapping[str, Sequence[Any]],
    graph: NeighbourGraph,
    embeddings: Embeddings,
    truth: ArrayLike,
    known: ArrayLike | None = None,
) -> list[Trial]:
    """Try a method with every combination of the values in `grid`, by parameter."""
    combinations = itertools.product(*grid.values())
    choices = [(method, dict(zip(grid, values, strict=True))) for values in combinations]
    return compare(choices, graph, embeddings, truth, known)


def operating_points(trials: Sequence[Trial]) -> dict[str, Trial]:
    """The three points of a sweep worth knowing, those of the National Archives' thesis (§4.1).

    precision : the highest homogeneity, 1 if it is reached, and with that the most completeness;
    recall : the highest completeness, and with that the most homogeneity;
    balance : the best mean of V-measure, ARI and AMI.
    """

    def by(*names: str) -> Trial:
        return max(trials, key=lambda trial: tuple(round(trial.scores[name], 4) for name in names))

    def agreement(trial: Trial) -> float:
        return sum(trial.scores[name] for name in ("v_measure", "ari", "ami"))

    return {
        "precision": by("homogeneity", "completeness"),
        "recall": by("completeness", "homogeneity"),
        "balance": max(trials, key=agreement),
    }


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Watch how many bytes the process grows by; the figure is there when the block has ended."""
    process, done, growth = psutil.Process(), threading.Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.005):
            growth[0] = max(growth[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield growth
    finally:
        done.set()
        watcher.join()
        growth[0] = max(growth[0], process.memory_info().rss - before)
