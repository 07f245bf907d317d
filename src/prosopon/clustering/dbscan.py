"""DBSCAN: Ester, Kriegel, Sander and Xu, KDD 1996."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.edges import edges_above
from prosopon.records import Int32, NeighbourGraph


class DBSCAN(GraphClusterer):
    """Clusters are what hangs together through dense places.

    A core face has at least `min_samples` faces (itself included) within `eps`. Core faces within
    `eps` of one another share a cluster; other faces within `eps` of a core face join its cluster,
    the lowest-numbered if there are several; the rest is noise. Labels are those that
    scikit-learn's DBSCAN gives on the same data, as long as no list of the graph is full of
    neighbours within `eps`.

    Parameters
    ----------
    eps : Euclidean distance between unit vectors; cosine similarity is 1 - eps²/2.
    min_samples : with 1 there is no noise, and clusters are connected components.
    """

    name = "dbscan"

    def __init__(self, eps: float = 0.28, min_samples: int = 1) -> None:
        self.eps = eps
        self.min_samples = min_samples

    @property
    def reach(self) -> float:
        return 1 - self.eps**2 / 2

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        near = edges_above(graph, self.reach)
        core = np.diff(near.indptr) + 1 >= self.min_samples
        labels = np.full(len(graph), -1, np.int32)
        labels[core] = connected_components(near[core][:, core], directed=False)[1]
        # Every other face takes the lowest label among the core faces near it.
        border = near[~core][:, core].tocoo()
        joined = np.full(np.count_nonzero(~core), len(graph), np.int32)
        np.minimum.at(joined, border.row, labels[core][border.col])
        labels[~core] = np.where(joined < len(graph), joined, -1)
        return labels


CLUSTERERS = {"dbscan": DBSCAN}
