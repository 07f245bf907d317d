"""k-means: Lloyd, IEEE Transactions on Information Theory 28 (1982)."""

import numpy as np
from sklearn.cluster import KMeans as SklearnKMeans

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int64


class KMeans(VectorClusterer):
    """As many clusters as asked for, each face in that of the nearest mean (scikit-learn's).

    Parameters
    ----------
    n_clusters : number of clusters, at most the number of faces.
    n_init : starts (k-means++), of which the best is kept.
    seed : of the random starts.
    """

    name = "k-means"

    def __init__(self, n_clusters: int = 8, n_init: int = 1, seed: int = 0) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.seed = seed

    def _cluster(self, vectors: Float32) -> Int64:
        clusters = min(self.n_clusters, len(vectors))
        model = SklearnKMeans(clusters, n_init=self.n_init, random_state=self.seed)
        return np.asarray(model.fit(vectors).labels_)

    def _bytes(self, n: int, d: int) -> float:
        return 4.0 * (2 * n * d + 2 * self.n_clusters * d)


CLUSTERERS = {"k-means": KMeans}
