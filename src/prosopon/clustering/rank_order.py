"""Rank-order clustering: Zhu, Wen and Sun, "A rank-order distance based clustering algorithm for
face tagging", CVPR 2011.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.edges import edges_above
from prosopon.records import Int32, NeighbourGraph

Float64 = NDArray[np.float64]


class RankOrder(GraphClusterer):
    """Clusters whose nearest neighbours come in nearly the same order merge, again and again.

    Two clusters merge if their rank-order distance (equations 1 to 3) is below `threshold` and
    their distance, by that between nearby faces (equations 4 and 5), is below 1. Ranks reach as far
    as the graph's lists do.

    Parameters
    ----------
    threshold : largest rank-order distance; 14 in the paper.
    nearest : neighbours that tell how far apart nearby faces are; 9 in the paper.
    """

    name = "rank-order"

    def __init__(self, threshold: float = 14.0, nearest: int = 9) -> None:
        self.threshold = threshold
        self.nearest = nearest

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        pairs = edges_above(graph, -1.0).tocoo()
        lengths = np.sqrt(np.maximum(2 - 2 * pairs.data.astype(np.float64), 0))  # Euclidean
        nearby = np.sqrt(np.maximum(2 - 2 * graph.similarities[:, : self.nearest], 0))
        listed = np.isfinite(nearby)
        spread = np.where(listed, nearby, 0).sum(1) / np.maximum(listed.sum(1), 1)
        labels = np.arange(len(graph), dtype=np.int32)
        while True:
            merged = self._merged(labels, pairs.row, pairs.col, lengths, spread)
            if merged.max(initial=-1) == labels.max(initial=-1):
                return labels
            labels = merged

    def _merged(
        self, labels: Int32, a: Int32, b: Int32, lengths: Float64, spread: Float64
    ) -> Int32:
        """One round of merging."""
        from prosopon.clustering.rank_kernels import rank_sums

        lists = _cluster_lists(labels[a], labels[b], lengths, labels.max(initial=-1) + 1)
        n = lists.shape[0]
        here = np.repeat(np.arange(n), np.diff(lists.indptr))
        there = lists.indices
        ranks = np.arange(len(there)) - lists.indptr[here] + 1
        # The lists are symmetric, so sorting their slots by (there, here) pairs each with its twin.
        twin = np.empty(len(there), np.int64)
        twin[np.lexsort((there, here))] = np.lexsort((here, there))
        sums = rank_sums(lists.indptr, there)
        rank_order = (sums + sums[twin]) / np.minimum(ranks, ranks[twin])
        sizes = np.bincount(labels, minlength=n)
        spreads = np.bincount(labels, spread, minlength=n)
        typical = (spreads[here] + spreads[there]) / (sizes[here] + sizes[there])
        merge = (rank_order < self.threshold) & (lists.data < typical)
        links = coo_array((np.ones(merge.sum(), bool), (here[merge], there[merge])), shape=(n, n))
        return np.asarray(connected_components(links, directed=False)[1], np.int32)[labels]


def _cluster_lists(here: Int32, there: Int32, lengths: Float64, n: int) -> csr_array:
    """The other clusters near each, nearest first: CSR rows *not* in the order of columns."""
    apart = here != there
    here, there, lengths = here[apart], there[apart], lengths[apart]
    order = np.lexsort((lengths, there, here))  # the shortest of each pair of clusters comes first
    here, there, lengths = here[order], there[order], lengths[order]
    first = np.ones(len(here), bool)
    first[1:] = (here[1:] != here[:-1]) | (there[1:] != there[:-1])
    here, there, lengths = here[first], there[first], lengths[first]
    order = np.lexsort((there, lengths, here))
    indptr = np.searchsorted(here, np.arange(n + 1))
    return csr_array((lengths[order], there[order], indptr), shape=(n, n))


CLUSTERERS = {"rank-order": RankOrder}
