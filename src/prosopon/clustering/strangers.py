"""How near the strangers are: the measure behind the adaptive threshold."""

import numpy as np
from numpy.typing import NDArray

from prosopon.records import Float32, Int32, NeighbourGraph

Mask = NDArray[np.bool_]
CHOICE = 10
"""Among so many times as many faces are the nearest strangers the ones that resemble a face most;
among fewer they are whoever is there, and say little."""


def mean_of_strangers(
    neighbours: Int32, similarities: Float32, labels: Int32, strangers: int
) -> Float32:
    """(n,) mean similarity of the first `strangers` with another label; NaN if there are fewer."""
    from prosopon.clustering.edge_kernels import nearest

    sums, counts = nearest(neighbours, similarities, labels, strangers, False)
    means: Float32 = np.where(counts == strangers, sums / strangers, np.nan).astype(np.float32)
    return means


def crowding(graph: NeighbourGraph, labels: Int32, strangers: int) -> tuple[Float32, Mask]:
    """(n,) mean cosine of each face to its nearest `strangers` neighbours in other clusters.

    A face whose list holds fewer is taken to be little crowded: a quarter of the others are less.
    The second array (n,) says of which faces it is known; in small collections of none.
    """
    means = mean_of_strangers(graph.neighbours, graph.similarities, labels, strangers)
    known = ~np.isnan(means)
    means[~known] = np.quantile(means[known], 0.25) if known.any() else 0
    return means, known & (len(graph) >= CHOICE * strangers)
