"""Spectral clustering on a sparse neighbour graph, so that memory grows with n, not n².

The graph joins each point with its nearest neighbours under self-tuning Gaussian weights (Zelnik-
Manor and Perona, *Self-tuning spectral clustering*, NIPS 2004); it is symmetric, has a zero
diagonal, and may have several components. Embedding and grouping follow Ng, Jordan and Weiss (*On
spectral clustering*, NIPS 2001).
"""

from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import eigsh
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_random_state, validate_data

_DENSE_UP_TO = 500
"""Points up to which the full eigenvalue problem is solved: quicker, and safe for any number."""


class SparseSpectralClustering(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Normalised affinity, leading eigenvectors with rows of length 1, k-means.

    Parameters
    ----------
    n_clusters : int
    n_neighbors : int
        Neighbours of each point in the graph.
    n_eigenvectors : int or None
        Dimensions of the embedding; None takes `n_clusters` as Ng, Jordan and Weiss do. More keep
        small clusters apart when the leading ones are spent on the inner structure of large ones.
    n_init : int
        Starts of k-means.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : (n,) int32
    embedding_ : (n, n_eigenvectors) rows of length 1
    eigenvalues_ : (n_eigenvectors,) of the normalised affinity, descending; 1 for each component
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_neighbors: int = 10,
        n_eigenvectors: int | None = None,
        n_init: int = 10,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.n_eigenvectors = n_eigenvectors
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Cluster X (n, d). Raises ValueError where there are fewer points than clusters."""
        X = validate_data(self, X, dtype=np.float32, order="C", ensure_min_samples=2)
        if not 1 <= self.n_clusters <= len(X):
            raise ValueError(
                f"n_clusters: expected 1 to {len(X)}, the number of points, got {self.n_clusters!r}"
            )
        random = check_random_state(self.random_state)
        affinity = self_tuning_affinity(X, self.n_neighbors)
        dimensions = min(self.n_eigenvectors or self.n_clusters, len(X))
        self.eigenvalues_, vectors = leading_eigenvectors(affinity, dimensions, random)
        self.embedding_ = normalize(vectors)
        kmeans = KMeans(self.n_clusters, n_init=self.n_init, random_state=random)
        self.labels_ = kmeans.fit_predict(self.embedding_)
        return self


def self_tuning_affinity(X: NDArray[np.float32], n_neighbors: int) -> csr_array:
    """Weights exp(−d²ᵢⱼ/σᵢσⱼ) (n, n) between neighbours, σᵢ the distance to the 7th neighbour.

    A pair counts when one is among the `n_neighbors` of the other. Fewer neighbours than 7 make
    the last one set σ. X is (n, d), C-contiguous.
    """
    n = len(X)
    k = min(n_neighbors, n - 1)
    index = faiss.IndexFlatL2(X.shape[1])
    index.add(X)
    squared, neighbours = index.search(X, k + 1)
    squared = np.maximum(squared, 0)  # rounding can leave −1e-7
    tiny = np.finfo(np.float32).tiny
    scale = np.sqrt(squared[:, min(7, k)])
    weights = np.exp(-squared / np.maximum(scale[:, None] * scale[neighbours], tiny))
    pairs = (np.repeat(np.arange(n), k + 1), neighbours.ravel())
    affinity = csr_array((weights.ravel().astype(np.float64), pairs), shape=(n, n))
    affinity.setdiag(0)  # a point need not be its own first neighbour where points coincide
    affinity.eliminate_zeros()
    return affinity.maximum(affinity.T)


def leading_eigenvectors(
    affinity: csr_array, count: int, random: np.random.RandomState
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The `count` largest eigenvalues of D^-½ A D^-½, descending, and vectors (n, count)."""
    n = affinity.shape[0]
    degrees = affinity.sum(axis=1)
    root = diags_array(1 / np.sqrt(np.maximum(degrees, np.finfo(np.float64).tiny)))
    normalised = root @ affinity @ root
    if n <= max(_DENSE_UP_TO, 2 * count):
        values, vectors = np.linalg.eigh(normalised.toarray())
    else:
        # Full precision: a looser one misses copies of the eigenvalue 1 of a graph in parts.
        values, vectors = eigsh(normalised, count, which="LA", v0=random.uniform(size=n))
    order = np.argsort(-values)[:count]
    return values[order], vectors[:, order]
