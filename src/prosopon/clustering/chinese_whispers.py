"""Chinese whispers: Biemann, TextGraphs workshop (2006). dlib groups faces by it."""

import numpy as np
from scipy.sparse import csr_array

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.communities import numbered
from prosopon.clustering.edges import edges_above
from prosopon.records import Int32, NeighbourGraph


class ChineseWhispers(GraphClusterer):
    """Each face takes the group that most of its similar faces are in; a few rounds at random.

    Parameters
    ----------
    threshold : cosine from which a pair is an edge; all edges weigh the same.
    rounds : in each, every face takes a turn, in random order.
    seed : of these orders.
    """

    name = "chinese-whispers"
    calibrated = "threshold"

    def __init__(self, threshold: float = 0.95, rounds: int = 20, seed: int = 0) -> None:
        self.threshold = threshold
        self.rounds = rounds
        self.seed = seed

    @property
    def reach(self) -> float:
        return self.threshold

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        edges = edges_above(graph, self.threshold)
        labels = np.arange(len(graph), dtype=np.int32)
        rng = np.random.default_rng(self.seed)
        for _ in range(self.rounds):
            if not _turn(edges, labels, rng.permutation(np.flatnonzero(np.diff(edges.indptr)))):
                break
        return numbered(labels)


def _turn(edges: csr_array, labels: Int32, order: np.ndarray) -> bool:
    """One turn for every face of `order`, in place; whether any changed its group."""
    changed = False
    for face in order.tolist():
        near = labels[edges.indices[edges.indptr[face] : edges.indptr[face + 1]]]
        groups, counts = np.unique(near, return_counts=True)
        most = groups[counts == counts.max()]
        if labels[face] not in most:  # of equals, the face keeps its own or takes the first
            labels[face] = most[0]
            changed = True
    return changed


CLUSTERERS = {"chinese-whispers": ChineseWhispers}
