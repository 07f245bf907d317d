"""How good a clustering is, cluster by cluster, as far as can be told without the truth.

Otto, Wang and Jain (PAMI 2018, section 6) rank clusters by an internal measure so that good ones
are looked at first. Here the measure is fitted to precision on labelled faces.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from prosopon.clustering.adaptive import crowding
from prosopon.metrics.clustering import Contingency
from prosopon.records import Float32, Int32, NeighbourGraph

NEAREST = 10
"""Own and other faces that a face is judged by."""


def membership(graph: NeighbourGraph, labels: Int32) -> Float32:
    """(n,) how firmly each face belongs to its cluster, 0 to 1.

    Relative similarity (see `AdaptiveMapEquation`) to its nearest faces in the cluster: 0 if they
    are no nearer than strangers, 1 if they are identical to it. 0 for faces alone.
    """
    own, found = _nearest_own(graph, labels)
    crowd = crowding(graph, labels, NEAREST)
    relative = (own - crowd) / np.maximum(1 - crowd, 1e-6)
    return np.where(found, np.clip(relative, 0, 1), 0).astype(np.float32)


def qualities(
    graph: NeighbourGraph, labels: Int32, scale: "Scale | None" = None
) -> dict[int, float]:
    """By label, the expected precision of each cluster of two faces or more, 0 to 1."""
    scale = scale or SCALE
    measured, features = _features(graph, labels)
    expected = expit(scale.intercept + features @ scale.coefficients)
    return dict(zip(measured.tolist(), expected.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Scale:
    """From a cluster's features to its expected precision: a logistic function."""

    coefficients: tuple[float, float, float]
    """Of the mean strength, of the least strength, and of the share of the pairs that are listed
    neighbours."""
    intercept: float
    benchmark: str
    """The labelled data that it was fitted on."""


def fit_scale(samples: list[tuple[NeighbourGraph, Int32, ArrayLike]], benchmark: str) -> Scale:
    """Fit to the pairwise precision of each cluster in graphs with labels and true persons."""
    features, precisions = [], []
    for graph, labels, truth in samples:
        measured, found = _features(graph, labels)
        features.append(found)
        precisions.append(_precisions(labels, truth)[measured])
    x, y = np.concatenate(features), np.concatenate(precisions)
    right_and_wrong = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    model = LogisticRegression(C=100).fit(
        np.concatenate([x, x]), right_and_wrong, sample_weight=np.concatenate([y, 1 - y])
    )
    a, b, c = model.coef_[0].tolist()
    return Scale((a, b, c), float(model.intercept_[0]), benchmark)


SCALE = Scale((10.90, 0.97, 2.35), -4.52, "LFW and CelebA, halves for development, dlib-resnet")
"""Made by `benchmarks/clustering.py --quality`."""


def _features(graph: NeighbourGraph, labels: Int32) -> tuple[Int32, NDArray[np.float64]]:
    """Labels of the (c,) clusters of two or more, and their (c, 3) features."""
    sizes = np.bincount(labels[labels >= 0])
    measured = np.flatnonzero(sizes > 1).astype(np.int32)
    strong = membership(graph, labels)
    inside = labels >= 0
    sums = np.bincount(labels[inside], strong[inside], minlength=len(sizes))
    least = np.ones(len(sizes))
    np.minimum.at(least, labels[inside], strong[inside])
    own = (labels[graph.neighbours] == labels[:, None]) & (graph.neighbours >= 0)
    listed = np.bincount(labels[inside], own.sum(axis=1)[inside], minlength=len(sizes))
    possible = sizes * np.minimum(sizes - 1, graph.neighbours.shape[1])
    with np.errstate(invalid="ignore"):  # labels that no face has
        columns = [sums / sizes, least, listed / possible]
    return measured, np.column_stack([column[measured] for column in columns])


def _nearest_own(
    graph: NeighbourGraph, labels: Int32
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n,) mean cosine to the nearest faces of the same cluster, and whether there is any."""
    own = (labels[graph.neighbours] == labels[:, None]) & (graph.neighbours >= 0)
    own &= labels[:, None] >= 0
    own &= np.cumsum(own, axis=1, dtype=np.int32) <= NEAREST
    counts = np.count_nonzero(own, axis=1)
    sums = np.where(own, graph.similarities, 0).sum(axis=1, dtype=np.float64)
    return sums / np.maximum(counts, 1), counts > 0


def _precisions(labels: Int32, truth: ArrayLike) -> NDArray[np.float64]:
    """By label, the share of a cluster's pairs that are one person."""
    clustered = labels >= 0
    table = Contingency.of(np.asarray(truth)[clustered], labels[clustered])
    right = np.bincount(table.clusters, table.counts * (table.counts - 1))
    sizes = table.label_sizes
    precisions = np.zeros(labels.max(initial=-1) + 1)
    precisions[np.unique(labels[clustered])] = right / np.maximum(sizes * (sizes - 1), 1)
    return precisions
