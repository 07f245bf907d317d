"""Single linkage, cut at a distance: Sibson, Computer Journal 16 (1973)."""

import numpy as np
from sklearn.cluster import DBSCAN

from prosopon.clustering import VectorClusterer
from prosopon.records import Float32, Int32


class SingleLink(VectorClusterer):
    """Faces that hang together by steps of at most `distance`.

    Parameters
    ----------
    distance : Euclidean.
    """

    name = "example-single-link"

    def __init__(self, distance: float = 0.3) -> None:
        self.distance = distance

    def _cluster(self, vectors: Float32) -> Int32:
        labels = DBSCAN(eps=self.distance, min_samples=1).fit(vectors).labels_
        return np.asarray(labels, np.int32)

    def _bytes(self, n: int, d: int) -> float:
        return 8.0 * n * d
