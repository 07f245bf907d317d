"""Mean shift: Comaniciu and Meer, PAMI 24 (2002)."""

import numpy as np

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int64

BLOCK = 1_024
"""Faces that climb at a time."""


class MeanShift(VectorClusterer):
    """Each face climbs to a peak of density; faces whose peaks are one are a cluster.

    Gives scikit-learn's clusters, by matrix products instead of a search for each step. The time
    grows with the square of the number of faces: for thousands, not for millions.

    Parameters
    ----------
    bandwidth : Euclidean radius of the flat kernel, and distance within which peaks are one.
    steps : after which a climb ends, if it isn't at the top.
    """

    name = "mean-shift"

    def __init__(self, bandwidth: float = 0.25, steps: int = 300) -> None:
        self.bandwidth = bandwidth
        self.steps = steps

    def _cluster(self, vectors: Float32) -> Int64:
        climbs = [
            self._climb(vectors[start : start + BLOCK], vectors)
            for start in range(0, len(vectors), BLOCK)
        ]
        ends = np.concatenate([peaks for peaks, _ in climbs])
        crowds = np.concatenate([counts for _, counts in climbs])
        peaks: list[Float32] = []
        for row in np.lexsort((*ends.T, crowds))[::-1]:  # the most crowded peaks first
            if not peaks or _squares(ends[row, None], np.array(peaks)).min() > self.bandwidth**2:
                peaks.append(ends[row])
        return np.concatenate(
            [
                _squares(vectors[start : start + BLOCK], np.array(peaks)).argmin(axis=1)
                for start in range(0, len(vectors), BLOCK)
            ]
        )

    def _climb(self, points: Float32, vectors: Float32) -> tuple[Float32, Int64]:
        """The peaks of `points`, and how many faces are around each."""
        points = points.copy()
        crowds = np.zeros(len(points), np.int64)
        climbing = np.arange(len(points))
        for _ in range(self.steps):
            around = _squares(points[climbing], vectors) <= self.bandwidth**2
            crowds[climbing] = around.sum(axis=1)
            climbing = climbing[crowds[climbing] > 0]
            around = around[around.any(axis=1)]
            means = around.astype(vectors.dtype) @ vectors / crowds[climbing, None]
            moves = np.linalg.norm(means - points[climbing], axis=1)
            points[climbing] = means
            climbing = climbing[moves > 1e-3 * self.bandwidth]
            if not len(climbing):
                break
        return points, crowds

    def _bytes(self, n: int, d: int) -> float:
        return 8.0 * n * (3 * d + 4 * BLOCK)


def _squares(a: Float32, b: Float32) -> Float32:
    """(len(a), len(b)) squared distances."""
    lengths = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b)
    return np.asarray(lengths - 2 * (a @ b.T))


CLUSTERERS = {"mean-shift": MeanShift}
