"""Agglomerative clustering: Ward, JASA 58 (1963); Sokal and Michener (1958) for the average."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int64


class Agglomerative(VectorClusterer):
    """Merges the two nearest clusters until they are too far apart (scikit-learn's).

    Parameters
    ----------
    linkage : ward (Euclidean only), complete, average or single.
    metric : euclidean, manhattan or cosine.
    distance_threshold : distance of two clusters, in the linkage's and the metric's own terms, at
        which merging ends; unused where `n_clusters` is given.
    n_clusters : number of clusters to end with instead.
    """

    name = "agglomerative"

    def __init__(
        self,
        linkage: str = "average",
        metric: str = "cosine",
        distance_threshold: float = 0.06,
        n_clusters: int | None = None,
    ) -> None:
        self.linkage = linkage
        self.metric = metric
        self.distance_threshold = distance_threshold
        self.n_clusters = n_clusters

    def _cluster(self, vectors: Float32) -> Int64:
        if len(vectors) == 1:
            return np.zeros(1, np.int64)
        wanted = self.n_clusters
        model = AgglomerativeClustering(
            n_clusters=None if wanted is None else min(wanted, len(vectors)),
            distance_threshold=self.distance_threshold if wanted is None else None,
            linkage=self.linkage,
            metric="euclidean" if self.linkage == "ward" else self.metric,
        )
        return np.asarray(model.fit(vectors).labels_)

    def _bytes(self, n: int, d: int) -> float:
        if self.linkage == "single":
            return 16.0 * n * d
        return 16.0 * n * n  # scipy's condensed distances and scikit-learn's working copy


CLUSTERERS = {"agglomerative": Agglomerative}
