"""Threshold clustering, the "sequential algorithm" of pattern recognition (BSAS).

Theodoridis and Koutroumbas, Pattern Recognition, 4th edition (2009), section 12.3.
"""

import numpy as np

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int32


class Threshold(VectorClusterer):
    """Faces arrive one by one; each joins the nearest cluster, or opens one if all are too far.

    Online and greedy: the result depends on the order of the faces. A cluster stands where the
    mean of its faces does.

    Parameters
    ----------
    threshold : cosine similarity to the cluster's mean from which a face joins.
    """

    name = "threshold"
    calibrated = "threshold"

    def __init__(self, threshold: float = 0.95) -> None:
        self.threshold = threshold

    def _cluster(self, vectors: Float32) -> Int32:
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        units = vectors / np.maximum(lengths, np.finfo(vectors.dtype).tiny)
        labels = np.zeros(len(units), np.int32)
        sums = np.zeros_like(units)  # of each cluster's faces
        means = np.zeros_like(units)  # of unit length
        count = 0
        for row, unit in enumerate(units):
            cosines = means[:count] @ unit
            nearest = int(cosines.argmax()) if count else 0
            if count == 0 or cosines[nearest] < self.threshold:
                nearest = count
                count += 1
            labels[row] = nearest
            sums[nearest] += unit
            length = np.linalg.norm(sums[nearest])
            means[nearest] = sums[nearest] / (length or 1)  # opposite faces cancel out
        return labels

    def _bytes(self, n: int, d: int) -> float:
        return 4.0 * n * 3 * d


CLUSTERERS = {"threshold": Threshold}
