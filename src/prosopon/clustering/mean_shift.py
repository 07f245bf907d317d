"""Mean shift: Comaniciu and Meer, PAMI 24 (2002)."""

import numpy as np
from sklearn.cluster import MeanShift as SklearnMeanShift

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int64


class MeanShift(VectorClusterer):
    """Each face climbs to a peak of density; those on one peak are a cluster (scikit-learn's).

    Its time grows with the square of the number of faces: for thousands, not for millions.

    Parameters
    ----------
    bandwidth : Euclidean radius of the flat kernel.
    max_iter : steps after which a climb ends.
    """

    name = "mean-shift"

    def __init__(self, bandwidth: float = 0.25, max_iter: int = 300) -> None:
        self.bandwidth = bandwidth
        self.max_iter = max_iter

    def _cluster(self, vectors: Float32) -> Int64:
        model = SklearnMeanShift(bandwidth=self.bandwidth, max_iter=self.max_iter)
        return np.asarray(model.fit(vectors).labels_)

    def _bytes(self, n: int, d: int) -> float:
        return 8.0 * n * 4 * d  # every face's peak, as tuples and arrays
