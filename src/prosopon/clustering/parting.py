"""Clusters that are plainly two people, whom a few pairs glued together, are parted.

The map equation looks at the pairs that are edges; here all pairs of a cluster are looked at: the
last two parts that average linkage (Sokal and Michener, Univ. Kansas Sci. Bull. 38, 1958) would
join are two people where each is alike in itself and across they are as strangers are.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from threadpoolctl import threadpool_limits

from prosopon.records import Float32, Int32, Int64

APART = 0.5
"""By how much the mean transformed cosine within the parts is above the mean across them."""
LEAST = 2
"""Pictures that a part holds at least: one picture alone is told by its membership."""
ENOUGH = 500
"""Pictures of a cluster that are compared with one another."""
LIMIT = 0.9999
"""Largest cosine that is transformed."""


def parted(
    labels: Int32,
    vectors: Float32,
    pictures: Int32,
    strangers: float,
    persons: Int32 | None = None,
    weak: NDArray[np.bool_] | None = None,
) -> Int32:
    """`labels` (n,) where one of two people in a cluster has a new label, until none are two.

    vectors : (n, d) of unit length.
    pictures : (n,) as of `near_duplicates`; each counts once.
    strangers : mean cosine across parts below which they may be two people.
    persons : (n,) faces with the same number are known to be one person, and stay together.
    weak : (n,) faces that make no cluster among themselves.
    """
    persons = np.arange(len(labels), dtype=np.int32) if persons is None else persons
    weak = np.zeros(len(labels), bool) if weak is None else weak
    below = float(np.arctanh(strangers))
    labels, free = labels.copy(), int(labels.max(initial=-1)) + 1
    clustered = np.flatnonzero(labels >= 0)
    clustered = clustered[np.argsort(labels[clustered], kind="stable")]
    todo = np.split(clustered, np.flatnonzero(np.diff(labels[clustered])) + 1)
    # The products are small: a second thread would wait for them, at six times the processor time.
    with threadpool_limits(1):
        while todo:
            rows = todo.pop()
            away = _second(vectors, pictures, rows, below) if len(rows) >= 2 * LEAST else None
            if away is None:
                continue
            here, there = rows[~away], rows[away]
            one = np.isin(persons[here], persons[there]).any()
            if one or weak[here].all() or weak[there].all():
                continue
            labels[there] = free
            free += 1
            todo += [here, there]
    return labels


def _second(
    vectors: Float32, pictures: Int32, rows: Int64, below: float
) -> NDArray[np.bool_] | None:
    """(m,) which rows of a cluster are a second person, the rarer; None where all are one."""
    _, first, picture = np.unique(pictures[rows], return_index=True, return_inverse=True)
    units = vectors[rows[first]]
    compared = units[:: -(-len(units) // ENOUGH)]
    cosines = compared @ compared.T
    if cosines.min() >= np.tanh(below):
        return None  # so that the mean across parts can't be below, either
    parts = _last_joined(cosines)
    if parts is None or not _are_two(np.arctanh(np.clip(cosines, -LIMIT, LIMIT)), *parts, below):
        return None
    one, other = (compared[part].mean(axis=0) for part in parts)
    towards = other / np.linalg.norm(other) - one / np.linalg.norm(one)
    away: NDArray[np.bool_] = (units @ towards > 0)[picture]
    if away.all() or not away.any():
        return None
    return away if 2 * away.sum() <= len(away) else ~away


def _last_joined(cosines: Float32) -> tuple[Int64, Int64] | None:
    """The last two parts of `LEAST` or more of m things that average linkage joins; None where only
    single things are joined to others. Those joined later are in neither."""
    count = len(cosines)
    if count < 2 * LEAST:
        return None
    links = linkage(squareform(1 - cosines, checks=False), "average")
    parts = [np.array([one]) for one in range(count)]
    for one, other in links[:, :2].astype(int).tolist():
        parts.append(np.concatenate([parts[one], parts[other]]))
    for one, other in links[::-1, :2].astype(int).tolist():
        if min(len(parts[one]), len(parts[other])) >= LEAST:
            return parts[one], parts[other]
    return None


def _are_two(z: Float32, one: Int64, other: Int64, below: float) -> bool:
    """Whether parts of transformed cosines (m, m) are two people."""
    across = float(z[np.ix_(one, other)].mean())
    if across >= below:
        return False
    inside = [z[np.ix_(part, part)][np.triu_indices(len(part), 1)] for part in (one, other)]
    return float(np.concatenate(inside).mean()) > across + APART
