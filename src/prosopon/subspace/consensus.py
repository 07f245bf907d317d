"""One clustering out of many: weighted meta-clustering (wMetaC).

The method is the one introduced with SAFE-clustering and SHARP (Wan, Kim and Won, *SHARP*, Genome
Research 30, 2020): samples that the runs disagree about count more, clusters of all runs are
themselves clustered by what they share, and every sample goes where most of its clusters went.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_array

WEIGHT_FLOOR = 0.01
"""Added to every weight, so that samples on which all runs agree still count."""


class WeightedMetaClustering(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Consensus of several partitions of the same samples.

    With sᵢⱼ the share of the runs that put i and j together, the association of a pair weighs
    sᵢⱼ(1 − sᵢⱼ), and a sample wᵢ = Σⱼ sᵢⱼ(1 − sᵢⱼ), scaled to at most 1. Two clusters are as
    similar as the weight of what they share over the weight of what they cover. Hierarchical
    clustering of the clusters gives the meta-clusters; samples vote with their clusters.

    Neither time nor memory grows with n²: Σⱼ sᵢⱼ and Σⱼ sᵢⱼ² are sums of cluster sizes and of
    sizes of intersections, so they come exactly from the contingency tables of the runs.

    Parameters
    ----------
    n_clusters : int or None
        None takes the median number of clusters of the runs.
    method : str
        Linkage of `scipy.cluster.hierarchy`.

    Attributes
    ----------
    labels_ : (n,) int32, from 0 without gaps
    confidence_ : (n,) share of the runs that voted for the label, 0 to 1
    weights_ : (n,) how much the runs disagree about each sample, 0.01 to 1.01
    """

    def __init__(self, n_clusters: int | None = None, method: str = "average") -> None:
        self.n_clusters = n_clusters
        self.method = method

    def fit(self, X: Any, y: None = None) -> Self:
        """Unite the partitions X (n samples, runs): integer labels, each column its own run's."""
        X = check_array(X, dtype=np.int64)
        members = _one_hot(X)
        self.weights_ = association_weights(members, X.shape[1])
        similarity = cluster_similarity(members, self.weights_)
        wanted = self.n_clusters or round(float(np.median([len(np.unique(c)) for c in X.T])))
        meta = _group(similarity, wanted, self.method)
        votes = members @ np.eye(meta.max() + 1)[meta]  # (n, meta-clusters)
        winners = votes.argmax(axis=1)
        self.confidence_ = votes.max(axis=1) / X.shape[1]
        self.labels_ = np.unique(winners, return_inverse=True)[1].astype(np.int32)
        return self


def _one_hot(partitions: NDArray[np.int64]) -> csr_array:
    """Membership (n, clusters of all runs) of partitions (n, runs): 1 in one column per run."""
    n, runs = partitions.shape
    columns = np.empty((n, runs), np.int64)
    offset = 0
    for run in range(runs):
        names, codes = np.unique(partitions[:, run], return_inverse=True)
        columns[:, run] = codes + offset
        offset += len(names)
    ones = np.ones(n * runs)
    return csr_array((ones, columns.ravel(), np.arange(0, n * runs + 1, runs)), shape=(n, offset))


def association_weights(members: csr_array, runs: int) -> NDArray[np.float64]:
    """wᵢ = Σⱼ sᵢⱼ(1 − sᵢⱼ) over its maximum, plus the floor (n,), for membership (n, clusters)."""
    shared = members.T @ members  # (clusters, clusters) sizes of the intersections
    together = members @ shared.diagonal() / runs
    squared = (members @ shared).multiply(members).sum(axis=1) / runs**2
    weights = np.maximum(together - squared, 0)
    return np.asarray(weights / max(float(weights.max()), 1e-12) + WEIGHT_FLOOR)


def cluster_similarity(members: csr_array, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted Jaccard similarity (clusters, clusters): weight shared over weight covered."""
    shared = (members.T @ members.multiply(weights[:, None])).toarray()
    size = shared.diagonal()
    similarity: NDArray[np.float64] = shared / (size[:, None] + size[None, :] - shared)
    return similarity


def _group(similarity: NDArray[np.float64], count: int, method: str) -> NDArray[np.int64]:
    """Group (clusters,) from 0 of each cluster, in at most `count` groups."""
    if len(similarity) == 1:
        return np.zeros(1, np.int64)
    distance = np.clip(1 - (similarity + similarity.T) / 2, 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method)
    return np.asarray(fcluster(tree, count, criterion="maxclust") - 1, np.int64)
