"""Spectral clustering: Ng, Jordan and Weiss, NIPS 2001; Shi and Malik, PAMI 22 (2000)."""

import numpy as np
from sklearn.cluster import SpectralClustering

from prosopon.clustering.base import VectorClusterer
from prosopon.records import Float32, Int64


class Spectral(VectorClusterer):
    """k-means on the leading eigenvectors of the neighbour graph's Laplacian (scikit-learn's).

    Parameters
    ----------
    n_clusters : number of clusters, at most the number of faces.
    n_neighbors : neighbours of each face in the graph.
    seed : of the eigenvector search and of k-means.
    """

    name = "spectral"

    def __init__(self, n_clusters: int = 8, n_neighbors: int = 10, seed: int = 0) -> None:
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.seed = seed

    def _cluster(self, vectors: Float32) -> Int64:
        n = len(vectors)
        if n <= self.n_clusters:  # each face alone; the solver wants fewer clusters than faces
            return np.arange(n)
        model = SpectralClustering(
            self.n_clusters,
            affinity="nearest_neighbors",
            n_neighbors=min(self.n_neighbors, n),
            random_state=self.seed,
            assign_labels="cluster_qr",
        )
        return np.asarray(model.fit(vectors).labels_)

    def _bytes(self, n: int, d: int) -> float:
        eigenvectors = 8.0 * n * 4 * self.n_clusters  # ARPACK's basis is twice as wide, and copied
        return eigenvectors + 24.0 * n * self.n_neighbors


CLUSTERERS = {"spectral": Spectral}
