"""How near the strangers are: the measure behind the adaptive threshold."""

import numpy as np
from numpy.typing import NDArray

from prosopon.records import Float32, Int32, NeighbourGraph

Mask = NDArray[np.bool_]

_BLOCK = 50_000
"""Faces that are looked at together."""


def mean_of_strangers(
    neighbours: Int32, similarities: Float32, labels: Int32, strangers: int
) -> Float32:
    """(n,) mean similarity of the first `strangers` with another label; NaN if there are fewer."""
    means = np.full(len(neighbours), np.nan, np.float32)
    for start in range(0, len(neighbours), _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = neighbours[rows]
        strange = (near >= 0) & (labels[near] != labels[rows, None])
        strange &= np.cumsum(strange, axis=1) <= strangers
        totals = np.where(strange, similarities[rows], 0).sum(axis=1, dtype=np.float64)
        enough = strange.sum(axis=1) == strangers
        means[rows][enough] = totals[enough] / strangers
    return means


def crowding(graph: NeighbourGraph, labels: Int32, strangers: int) -> tuple[Float32, Mask]:
    """(n,) mean cosine of each face to its nearest `strangers` neighbours in other clusters.

    A face whose list holds fewer is taken to be little crowded: a quarter of the others are less.
    The second array (n,) says of which faces it is known.
    """
    means = mean_of_strangers(graph.neighbours, graph.similarities, labels, strangers)
    known = ~np.isnan(means)
    means[~known] = np.quantile(means[known], 0.25) if known.any() else 0
    return means, known
