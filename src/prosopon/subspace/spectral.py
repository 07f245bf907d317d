"""Spectral clustering on a sparse neighbour graph, so that memory grows with n, not n².

The graph joins each point with its nearest neighbours; it is symmetric, has a zero diagonal, and
may have several components. Embedding and grouping follow Ng, Jordan and Weiss (*On
spectral clustering*, NIPS 2001).
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import eigsh
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_random_state, validate_data

from prosopon.optional import require

ONE_SIDED = 0.01
"""Weight of a pair of which only one is a neighbour of the other."""
_DENSE_UP_TO = 500
"""Points up to which the full eigenvalue problem is solved: quicker, and safe for any number."""


class SparseSpectralClustering(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Normalised affinity, leading eigenvectors with rows of length 1, k-means.

    Parameters
    ----------
    n_clusters : int
    n_neighbors : int
        Neighbours of each point in the graph.
    affinity : "self-tuning" or "mutual"
        Gaussian weights with a width for each point, or equal weights for pairs that are each
        among the other's neighbours; see `self_tuning_affinity` and `mutual_affinity`.
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
        affinity: str = "self-tuning",
        n_eigenvectors: int | None = None,
        n_init: int = 10,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.affinity = affinity
        self.n_eigenvectors = n_eigenvectors
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Cluster X (n, d).

        Raises ValueError where there are fewer points than clusters, or no such affinity.
        """
        X = validate_data(self, X, dtype=np.float32, order="C", ensure_min_samples=2)
        if not 1 <= self.n_clusters <= len(X):
            raise ValueError(
                f"n_clusters: expected 1 to {len(X)}, the number of points, got {self.n_clusters!r}"
            )
        if self.affinity not in AFFINITIES:
            raise ValueError(f"affinity: expected {' or '.join(AFFINITIES)}, got {self.affinity!r}")
        random = check_random_state(self.random_state)
        affinity = AFFINITIES[self.affinity](X, self.n_neighbors)
        dimensions = min(self.n_eigenvectors or self.n_clusters, len(X))
        self.eigenvalues_, vectors = leading_eigenvectors(affinity, dimensions, random)
        self.embedding_ = normalize(vectors)
        kmeans = KMeans(self.n_clusters, n_init=self.n_init, random_state=random)
        self.labels_ = kmeans.fit_predict(self.embedding_)
        return self


def self_tuning_affinity(X: NDArray[np.float32], n_neighbors: int) -> csr_array:
    """Weights exp(−d²ᵢⱼ/σᵢσⱼ) (n, n), σᵢ the distance from i to its 7th neighbour.

    A pair counts when one is among the `n_neighbors` of the other. Where there are fewer than 7
    the last one sets σ. X is (n, d), C-contiguous. Zelnik-Manor and Perona, *Self-tuning spectral
    clustering*, NIPS 2004.
    """
    squared, neighbours = _nearest(X, n_neighbors)
    scale = np.sqrt(squared[:, min(7, squared.shape[1] - 1)])
    products = np.maximum(scale[:, None] * scale[neighbours], np.finfo(np.float32).tiny)
    one_sided = _graph(neighbours, np.exp(-squared / products))
    return one_sided.maximum(one_sided.T)


def mutual_affinity(X: NDArray[np.float32], n_neighbors: int) -> csr_array:
    """1 where each is among the other's `n_neighbors`, `ONE_SIDED` where only one is (n, n).

    Most pairs across two clusters are one-sided, from the edge of one into the dense part of the
    other. They keep a little weight, so that no point hangs in the air. X is (n, d), C-contiguous.
    """
    squared, neighbours = _nearest(X, n_neighbors)
    one_sided = _graph(neighbours, np.ones_like(squared))
    either, both = one_sided.maximum(one_sided.T), one_sided.minimum(one_sided.T)
    return ONE_SIDED * either + (1 - ONE_SIDED) * both


AFFINITIES = {"self-tuning": self_tuning_affinity, "mutual": mutual_affinity}


def _nearest(
    X: NDArray[np.float32], n_neighbors: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Squared distances and rows (n, k + 1) of the nearest points, as a rule itself first."""
    index = require("faiss", extra="study").IndexFlatL2(X.shape[1])
    index.add(X)
    squared, neighbours = index.search(X, min(n_neighbors, len(X) - 1) + 1)
    return np.maximum(squared, 0), neighbours  # rounding can leave −1e-7


def _graph(neighbours: NDArray[np.int64], weights: NDArray[np.float32]) -> csr_array:
    """The weights (n, k) of each point's edges to `neighbours` (n, k), without loops, as (n, n)."""
    n, k = neighbours.shape
    edges = (np.repeat(np.arange(n), k), neighbours.ravel())
    graph = csr_array((weights.ravel().astype(np.float64), edges), shape=(n, n))
    graph.setdiag(0)  # a point need not be its own first neighbour where points coincide
    graph.eliminate_zeros()
    return graph


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
