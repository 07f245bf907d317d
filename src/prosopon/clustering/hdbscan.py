"""HDBSCAN: Campello, Moulavi and Sander, PAKDD 2013."""

import numpy as np
from sklearn.cluster import HDBSCAN as SklearnHDBSCAN

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int32, Int64


class HDBSCAN(VectorClusterer):
    """The clusters that last longest as the density threshold falls (scikit-learn's).

    Parameters
    ----------
    min_cluster_size : smaller groups are noise; at least 2.
    min_samples : neighbours that make a place dense.
    cluster_selection_epsilon : clusters nearer than this Euclidean distance stay one.
    """

    name = "hdbscan"

    def __init__(
        self,
        min_cluster_size: int = 2,
        min_samples: int = 2,
        cluster_selection_epsilon: float = 0.0,
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.cluster_selection_epsilon = cluster_selection_epsilon

    def _cluster(self, vectors: Float32) -> Int32 | Int64:
        if len(vectors) < max(self.min_cluster_size, self.min_samples):
            return np.full(len(vectors), -1, np.int32)
        model = SklearnHDBSCAN(
            min_cluster_size=self.min_cluster_size,
            min_samples=self.min_samples,
            cluster_selection_epsilon=self.cluster_selection_epsilon,
            copy=True,
        )
        return np.asarray(model.fit(vectors).labels_)

    def _bytes(self, n: int, d: int) -> float:
        return 8.0 * n * (3 * d + 20)  # the tree's and two double-precision copies of the vectors


CLUSTERERS = {"hdbscan": HDBSCAN}
