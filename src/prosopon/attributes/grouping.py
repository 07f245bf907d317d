"""Grouping faces by attribute: weights, and how well groups are told apart over a range of k.

Anzalone et al., "Transfer Learning for Facial Attributes Prediction and Clustering" (2019): faces
are points in the space of chosen attributes, and weights make common or rare attributes count
more. Clusterers are handed in, any that follow scikit-learn's convention.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import DBSCAN
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors

from prosopon.errors import UsageError
from prosopon.protocols import Clusterer
from prosopon.records import Float32, Int32

Weighting = Literal["even", "common", "rare"]
SAMPLE = 5_000
"""Silhouettes compare all pairs; of more faces than this, a sample is taken."""


def weights(frequencies: ArrayLike, kind: Weighting) -> Float32:
    """A weight for each attribute from its frequency in the collection, (a,).

    `common`: f + (1 − max f); `rare`: 1 − f + min f, the papers' formulas: the largest weight is 1
    either way. `even`: 1 each.
    """
    shares = np.asarray(frequencies, np.float32)
    found: dict[str, Float32] = {
        "even": np.ones_like(shares),
        "common": shares + (1 - shares.max(initial=0)),
        "rare": 1 - shares + shares.min(initial=1),
    }
    return found[kind]


def points(values: ArrayLike, given: ArrayLike) -> Float32:
    """Attribute values (n, a), probabilities or 0 and 1, scaled by weights (a,)."""
    table, factors = np.asarray(values, np.float32), np.asarray(given, np.float32)
    if table.ndim != 2 or factors.shape != table.shape[1:]:
        raise UsageError(
            f"weights: expected one for each of {table.shape[-1]} attributes, got {factors.size}"
        )
    if (factors < 0).any() or not np.isfinite(factors).all():
        raise UsageError("weights: expected numbers of 0 and above")
    return table * factors


def check_clusters(k: int, faces: int) -> None:
    """Raise UsageError where so many clusters can't be made of so many faces."""
    if not 1 <= k <= faces:
        raise UsageError(f"clusters: expected 1 to {faces}, the number of faces, got {k}")


def reach(values: ArrayLike, neighbours: int, seed: int = 0) -> float:
    """The median distance of a face to its `neighbours`-th nearest: where DBSCAN's eps is usually
    to be looked for (Ester et al. 1996). Above SAMPLE faces, that of a sample to all. At least a
    small number, where most faces are equal.
    """
    table = np.asarray(values, np.float32)
    rows = np.arange(len(table))
    if len(rows) > SAMPLE:
        rows = np.random.default_rng(seed).choice(rows, SAMPLE, replace=False)
    nearest = NearestNeighbors(n_neighbors=min(neighbours + 1, len(table))).fit(table)
    distances, _ = nearest.kneighbors(table[rows])
    return max(float(np.median(distances[:, -1])), 1e-6)


def dbscan(eps: float | None, min_samples: int) -> Clusterer:
    """DBSCAN on points of attributes, which unlike vectors of identity have no unit length."""
    density: Clusterer = DBSCAN(eps=eps, min_samples=min_samples)
    return density


def silhouette(
    values: ArrayLike, labels: ArrayLike, seed: int = 0, metric: str = "euclidean"
) -> float:
    """The mean silhouette (Rousseeuw 1987) over all faces; faces in no cluster (-1) count as 0.

    metric : how far faces are from one another, by scikit-learn's name.

    NaN where fewer than two clusters are found, or only clusters of one. Above SAMPLE faces, that
    of a sample.
    """
    table, groups = np.asarray(values, np.float32), np.asarray(labels)
    if len(table) > SAMPLE:
        rows = np.random.default_rng(seed).choice(len(table), SAMPLE, replace=False)
        table, groups = table[rows], groups[rows]
    clustered = groups >= 0
    if not 2 <= len(np.unique(groups[clustered])) < clustered.sum():
        return float("nan")
    scores = silhouette_samples(table[clustered], groups[clustered], metric=metric)
    return float(scores.sum() / len(groups))


def equal_vectors(present: ArrayLike) -> Int32:
    """(n,) a group for every vector of labels that two faces or more share, -1 for the others: what
    a clustering of labels is to be held against, since equal vectors have silhouettes of 1."""
    _, groups, counts = np.unique(
        np.asarray(present), axis=0, return_inverse=True, return_counts=True
    )
    shared: Int32 = np.where(counts[groups] > 1, groups, -1).astype(np.int32)
    return shared


def silhouette_study(
    values: ArrayLike,
    sized: Mapping[str, Callable[[int], Clusterer]],
    unsized: Mapping[str, Clusterer],
    sizes: Iterable[int],
) -> list[dict[str, str | int | float]]:
    """The silhouette of each method over a range of k: rows of method, k, clusters, silhouette.

    The silhouette is taken in the clusterer's own metric, where it has one. What finds fewer than
    two clusters, or none of two faces, has no silhouette and no row.

    Methods that find k themselves (`unsized`, DBSCAN) run first; in the papers' protocol the
    others are given the number that these found, besides `sizes`.
    """
    table = np.asarray(values, np.float32)
    rows: list[dict[str, str | int | float]] = []

    def judge(name: str, clusterer: Clusterer, wanted: int) -> int:
        labels = clusterer.fit(table).labels_
        found = len(set(labels[labels >= 0].tolist()))
        metric = getattr(clusterer, "metric", "euclidean")
        score = silhouette(table, labels, metric=metric)
        if np.isfinite(score):
            rows.append(
                {"method": name, "k": wanted or found, "clusters": found, "silhouette": score}
            )
        return found

    found = {judge(name, clusterer, 0) for name, clusterer in unsized.items()}
    for k in sorted({*sizes, *found}):
        if 2 <= k < len(table):
            for name, make in sized.items():
                judge(name, make(k), k)
    return rows
