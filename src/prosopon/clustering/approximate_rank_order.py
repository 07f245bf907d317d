"""Approximate rank-order clustering: Otto, Wang and Jain, "Clustering millions of faces by
identity", PAMI 40 (2018), arXiv 1604.00989.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from prosopon.clustering.base import GraphClusterer
from prosopon.records import Int32, NeighbourGraph


class ApproximateRankOrder(GraphClusterer):
    """Faces whose nearest neighbours are largely the same are one person.

    The distance of a and b (equations 3 and 4) counts the faces up to b in a's list that b's list
    lacks, and those up to a in b's that a's lacks, over the smaller of the two ranks. Pairs of
    which one lists the other and whose distance is below `threshold` merge, all at once,
    transitively.

    Parameters
    ----------
    threshold : distance below which faces merge. 0.1 is about where dlib-resnet's pairwise F is
        highest on LFW's and CelebA's development halves (docs/results/clustering.md); from .9 on
        nearly all faces are one cluster there.
    k : neighbours considered, at most those of the graph.
    min_cosine : pairs less similar than this don't merge; the paper has no such limit.
    """

    name = "approximate-rank-order"

    def __init__(self, threshold: float = 0.1, k: int = 50, min_cosine: float = -1.0) -> None:
        self.threshold = threshold
        self.k = k
        self.min_cosine = min_cosine

    @property
    def reach(self) -> float:
        return self.min_cosine

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        from prosopon.clustering.rank_kernels import shared_distances

        near = np.ascontiguousarray(graph.neighbours[:, : self.k])
        close = shared_distances(near) < self.threshold
        close &= graph.similarities[:, : self.k] >= self.min_cosine
        links = (np.ones(np.count_nonzero(close), bool), (np.nonzero(close)[0], near[close]))
        joined = coo_array(links, shape=(len(graph), len(graph)))
        return np.asarray(connected_components(joined, directed=False)[1], np.int32)


CLUSTERERS = {"approximate-rank-order": ApproximateRankOrder}
