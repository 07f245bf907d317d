"""First neighbours: the idea of FINCH (Sarfraz, Sharma and Stiefelhagen, CVPR 2019), own code."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int32

_BLOCK = 1_024
"""Groups that look for their first neighbour at a time."""


class FirstNeighbours(VectorClusterer):
    """Each face joins its most similar one; then each group the group with the nearest mean.

    The paper gives a partition for each step and has the user choose one. Here a group joins
    another only from a threshold on, so that the last step is the answer.

    Parameters
    ----------
    threshold : cosine of faces, and of groups' mean vectors, from which they join; -1: always.
    steps : at most; 1 is the paper's first partition.
    """

    name = "first-neighbours"
    calibrated = "threshold"

    def __init__(self, threshold: float = 0.95, steps: int = 20) -> None:
        self.threshold = threshold
        self.steps = steps

    def _cluster(self, vectors: Float32) -> Int32:
        labels = np.arange(len(vectors), dtype=np.int32)
        for _ in range(self.steps):
            means = _means(vectors, labels)
            joined = _joined(means, self.threshold)
            if joined.max(initial=-1) + 1 == len(means):
                break
            labels = joined[labels]
        return labels

    def _bytes(self, n: int, d: int) -> float:
        return 8.0 * n * (2 * d + _BLOCK)


def _means(vectors: Float32, labels: Int32) -> Float32:
    """(groups, d) mean vectors of unit length."""
    ones = np.ones(len(labels), vectors.dtype)
    members = coo_array((ones, (labels, np.arange(len(labels))))).tocsr()
    means = np.asarray(members @ vectors)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.maximum(lengths, np.finfo(means.dtype).tiny))


def _joined(means: Float32, threshold: float) -> Int32:
    """(groups,) numbers of what hangs together when each joins its nearest."""
    count = len(means)
    nearest, near = np.zeros(count, np.int64), np.full(count, -np.inf)
    for start in range(0, count if count > 1 else 0, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        cosines = means[rows] @ means.T
        cosines[rows - start, rows] = -np.inf
        nearest[rows] = cosines.argmax(axis=1)
        near[rows] = cosines.max(axis=1)
    rows = np.flatnonzero(near >= threshold)
    links = coo_array((np.ones(len(rows)), (rows, nearest[rows])), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int32)


CLUSTERERS = {"first-neighbours": FirstNeighbours}
