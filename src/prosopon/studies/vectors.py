"""Clustering of vectors from a file, and labels in files held against the truth: no collection.

For tables of others on their own data: whoever has MS1M's parts makes ours beside theirs with one
command.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from prosopon import clustering, graph
from prosopon.datasets.vector_files import read_labels, read_vectors, write_labels
from prosopon.errors import UsageError
from prosopon.metrics.clustering import scores
from prosopon.records import ClusteringSpec
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class VectorsClustered(Result):
    """What became of a file of vectors."""

    labels: str
    """File."""
    recipe: ClusteringSpec
    faces: int
    clusters: int
    """Of two rows or more."""
    singletons: int
    largest: int
    graph_seconds: float
    seconds: float
    """Of the clustering alone."""


def cluster_vectors(
    vectors: Path,
    labels: Path,
    method: str,
    parameters: Mapping[str, Any],
    dimensions: int,
    neighbours: int,
) -> VectorsClustered:
    """Cluster the rows of a `.bin` file and write their labels, a line each, to `labels`.

    Rows are scaled to unit length. A cosine threshold that isn't given is estimated from them.
    """
    start = time.perf_counter()
    made = graph.build(read_vectors(vectors, dimensions), neighbours)
    built = time.perf_counter()
    known = clustering.METHODS.get(method)
    chosen = dict(parameters)
    calibrated = None if known is None else known.estimator.calibrated
    if calibrated is not None and calibrated not in chosen:
        rows = graph.unit_vectors(read_vectors(vectors, dimensions))
        chosen[calibrated] = clustering.estimate_threshold(rows, made).cosine
    estimator = clustering.make(method, **chosen)
    if estimator.takes != "graph":
        raise UsageError(f"{method}: files of vectors are clustered by a method on the graph")
    found = clustering.run(estimator, made)
    write_labels(labels, found.labels)
    sizes = np.bincount(found.labels[found.labels >= 0])
    return VectorsClustered(
        str(labels),
        found.recipe,
        len(found),
        int(np.count_nonzero(sizes > 1)),
        int(np.count_nonzero(sizes == 1) + np.count_nonzero(found.labels < 0)),
        int(sizes.max(initial=0)),
        built - start,
        time.perf_counter() - built,
    )


def evaluate_labels(truth: Path, labels: Path) -> dict[str, float]:
    """All scores of the labels in one file against those in another, row by row."""
    true, found = read_labels(truth), read_labels(labels)
    if len(true) != len(found):
        raise UsageError(
            f"{labels} has {len(found):,} labels and {truth} {len(true):,}: they are of other rows"
        )
    return scores(true, found)
