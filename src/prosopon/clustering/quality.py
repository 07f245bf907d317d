"""How good a clustering is, face by face and cluster by cluster, without the truth.

Otto, Wang and Jain (PAMI 2018, section 6) rank clusters by an internal measure so that good ones
are looked at first. Here the measures are fitted to labelled faces: to whether a face is the person
that most of its cluster is, and to the precision of clusters. How often that is so differs between
collections; `interval` says how much.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from prosopon.clustering.strangers import crowding
from prosopon.metrics.clustering import Contingency
from prosopon.records import Float32, Float64, Int32, Int64, NeighbourGraph

NEAREST = 10
"""Own and other faces that a face is judged by."""
LISTED = 20
"""Nearest faces among which a face's own cluster should be."""
SUREST = 1e-3
"""Nothing is taken to be surer than that, either way."""
MOST_APART = 0.01
"""Least share of faces alone, and of others, that a collection is taken to have."""
LARGEST = 236
"""Faces of the largest person that `MEMBERSHIP` was fitted on. What size says of a face is known up
to there; larger clusters count as that."""


def membership(graph: NeighbourGraph, labels: Int32) -> Float32:
    """(n,) how probable it is that each face is the person that most of its cluster is.

    0 for faces alone.
    """
    features = of_faces(graph, labels)
    known = features[:, 0] > 0
    return np.where(known, MEMBERSHIP.probability(features), 0).astype(np.float32)


def without_strangers(graph: NeighbourGraph, labels: Int32, doubt: float) -> Int32:
    """`labels` (n,) where faces whose membership is below `doubt` are in no cluster."""
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    leave = (sizes[labels] > 1) & (membership(graph, labels) < doubt)
    return np.where(leave, -1, labels).astype(np.int32)


def firmness(graph: NeighbourGraph, labels: Int32) -> Float32:
    """(n,) relative similarity (see `AdaptiveMapEquation`) of each face to its nearest in the
    cluster: 0 if they are no nearer than strangers, 1 if they are identical. 0 for faces alone."""
    own, found = _nearest_own(graph, labels)
    crowd, _ = crowding(graph, labels, NEAREST)
    relative = (own - crowd) / np.maximum(1 - crowd, 1e-6)
    return np.where(found, np.clip(relative, 0, 1), 0).astype(np.float32)


def qualities(graph: NeighbourGraph, labels: Int32) -> dict[int, float]:
    """By label, the expected precision of each cluster of two faces or more, 0 to 1: the share of
    its pairs that are one person."""
    measured, features = of_clusters(graph, labels)
    return dict(zip(measured.tolist(), QUALITY.probability(features).tolist(), strict=True))


def interval(quality: float) -> tuple[float, float]:
    """From where to where a cluster's precision is expected, of any collection."""
    odds = logit(np.clip(quality, 1e-6, 1 - 1e-6)) + np.array([-1, 1]) * QUALITY.shift
    low, high = expit(odds).tolist()
    return low, high


@dataclass(frozen=True, slots=True)
class Scale:
    """From features to a probability: a logistic function (Platt 1999)."""

    coefficients: tuple[float, ...]
    intercept: float
    shift: float
    """Log odds by which the labelled sets, each by itself, lie apart from it at most."""
    benchmark: str
    """The labelled data that it was fitted on."""

    def probability(self, features: Float64) -> Float64:
        """(n,) of (n, f) features."""
        found: Float64 = expit(self.intercept + features @ np.array(self.coefficients))
        return found


Sample = tuple[str, NeighbourGraph, Int32, ArrayLike]
"""Data set, graph, labels (n,), and true persons (n,) with "" where not known."""


def fit_membership(samples: list[Sample]) -> Scale:
    """On graphs with labels and true persons."""
    names, features, correct = [], [], []
    for name, graph, labels, truth in samples:
        rows, right = right_and_wrong(labels, np.asarray(truth).astype(str))
        names += [name] * len(rows)
        features.append(of_faces(graph, labels)[rows])
        correct.append(right)
    found = np.concatenate(correct).astype(np.float64)
    return _fitted(np.array(names), np.concatenate(features), found, np.ones(len(found)))


def fit_quality(samples: list[Sample]) -> Scale:
    """On graphs with labels and true persons; each data set weighs the same."""
    names, features, shares = [], [], []
    for name, graph, labels, truth in samples:
        persons = np.asarray(truth).astype(str)
        measured, found = of_clusters(graph, labels)
        told = np.bincount(labels[(labels >= 0) & (persons != "")], minlength=len(labels)) > 1
        names += [name] * int(told[measured].sum())
        features.append(found[told[measured]])
        shares.append(precisions(labels, persons)[measured[told[measured]]])
    sets, number, counts = np.unique(names, return_inverse=True, return_counts=True)
    weights = len(names) / len(sets) / counts[number]
    return _fitted(np.array(names), np.concatenate(features), np.concatenate(shares), weights)


def _fitted(sets: NDArray[Any], x: Float64, shares: Float64, weights: Float64) -> Scale:
    """Scale from features (n, f) to the share (n,) that was right."""
    twice = np.concatenate([np.ones(len(x)), np.zeros(len(x))])  # as right, and as wrong
    model = LogisticRegression(C=100, max_iter=1000).fit(
        np.concatenate([x, x]), twice, np.concatenate([weights * shares, weights * (1 - shares)])
    )
    scores = model.decision_function(x)
    names = dict.fromkeys(sets.tolist())
    shifts = [_shift(scores[sets == name], float(shares[sets == name].mean())) for name in names]
    return Scale(
        tuple(np.round(model.coef_[0], 2).tolist()),
        round(float(model.intercept_[0]), 2),
        round(max(map(abs, shifts)), 2),
        " and ".join(names),
    )


def _shift(scores: Float64, share: float) -> float:
    """What is to be added to the log odds for a mean probability of `share`."""
    found: float = brentq(lambda by: float(expit(scores + by).mean()) - share, -20, 20)
    return found


MEMBERSHIP = Scale(
    (6.8, -0.82, 2.69, -0.22),
    0.23,
    0.87,
    "LFW and CelebA, development halves, as they are and as archive copies, and albums of them",
)
"""Made by `benchmarks/clustering.py --quality`, with dlib-resnet-mirrored."""
QUALITY = Scale(
    (1.34, -12.65),
    1.37,
    0.71,
    "LFW and CelebA, development halves, as they are and as archive copies, and albums of them",
)
"""Made in the same way. The shift is what CelebA lies apart from a scale fitted without it."""


def of_faces(graph: NeighbourGraph, labels: Int32) -> Float64:
    """(n, 4) firmness, log size of the cluster (at most `LARGEST`), share of the nearest `LISTED`
    that are in it, and log odds of being alone in this collection: where few are, few are
    strangers."""
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    size = np.where(labels >= 0, sizes[labels], 1)
    near = graph.neighbours[:, :LISTED]
    own = (labels[near] == labels[:, None]) & (near >= 0) & (labels[:, None] >= 0)
    possible = np.clip(size - 1, 1, near.shape[1])
    share = np.count_nonzero(own, axis=1) / possible
    alone = np.clip(np.mean(size == 1), MOST_APART, 1 - MOST_APART)
    odds = np.full(len(labels), logit(alone))
    known_size = np.log(np.minimum(size, LARGEST))
    return np.column_stack([firmness(graph, labels), known_size, share, odds])


def of_clusters(graph: NeighbourGraph, labels: Int32) -> tuple[Int64, Float64]:
    """(c,) labels of the clusters of two faces or more, and (c, 2) of each the log odds of the
    precision that its faces' membership would give if they erred one by one, and one by its size.

    In small clusters they err together: of two faces that are two people neither is a stray.
    """
    probable = membership(graph, labels).astype(np.float64)
    inside = labels >= 0
    sizes = np.bincount(labels[inside])
    sums, squares = (np.bincount(labels[inside], probable[inside] ** power) for power in (1, 2))
    measured = np.flatnonzero(sizes > 1)
    pairs = ((sums**2 - squares) / np.maximum(sizes * (sizes - 1), 1))[measured]
    odds = logit(np.clip(pairs, SUREST, 1 - SUREST))
    return measured, np.column_stack([odds, 1 / sizes[measured]])


def right_and_wrong(labels: Int32, persons: NDArray[Any]) -> tuple[Int64, NDArray[np.bool_]]:
    """Rows of the known faces in clusters that one person has most of, and whether it is they."""
    known = np.flatnonzero((labels >= 0) & (persons != ""))
    if not len(known):
        return known, np.zeros(0, bool)
    _, person = np.unique(persons[known], return_inverse=True)
    table = coo_array((np.ones(len(known)), (labels[known], person))).tocsr()
    most = table.max(axis=1).toarray().ravel()
    whose = np.asarray(table.argmax(axis=1)).ravel()
    told = (most > 1)[labels[known]]
    return known[told], (whose[labels[known]] == person)[told]


def _nearest_own(
    graph: NeighbourGraph, labels: Int32
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n,) mean cosine to the nearest faces of the same cluster, and whether there is any."""
    from prosopon.clustering.edge_kernels import nearest

    sums, counts = nearest(graph.neighbours, graph.similarities, labels, NEAREST, True)
    return sums / np.maximum(counts, 1), counts > 0


def precisions(labels: Int32, truth: ArrayLike) -> NDArray[np.float64]:
    """By label, the share of a cluster's pairs that are one person."""
    persons = np.asarray(truth).astype(str)
    clustered = (labels >= 0) & (persons != "")
    table = Contingency.of(persons[clustered], labels[clustered])
    right = np.bincount(table.clusters, table.counts * (table.counts - 1))
    sizes = table.label_sizes
    precisions = np.zeros(labels.max(initial=-1) + 1)
    precisions[np.unique(labels[clustered])] = right / np.maximum(sizes * (sizes - 1), 1)
    return precisions
