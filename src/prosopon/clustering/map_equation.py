"""Communities by the map equation: Rosvall, Axelsson and Bergstrom, EPJ Special Topics 178 (2009).

For faces: Yu et al., "FaceMap", arXiv 2203.10090.
"""

import numpy as np
from scipy.sparse import csr_array

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.communities import numbered
from prosopon.clustering.edges import edges_above
from prosopon.records import Float64, Int32, NeighbourGraph

ROUNDS = 32
"""How often each face is looked at, at most."""


class MapEquation(GraphClusterer):
    """Clusters are groups of faces that a random walker on the similar pairs seldom leaves.

    Parameters
    ----------
    threshold : cosine from which a pair is an edge.
    floor : weight of an edge just at the threshold; the rest is cosine above the threshold.
    seed : of the search (the order in which faces move).
    """

    name = "map-equation"
    calibrated = "threshold"

    def __init__(self, threshold: float = 0.95, floor: float = 0.01, seed: int = 0) -> None:
        self.threshold = threshold
        self.floor = floor
        self.seed = seed

    @property
    def reach(self) -> float:
        return self.threshold

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        return map_communities(self._weights(graph), self.seed)

    def _weights(self, graph: NeighbourGraph) -> csr_array:
        weights = edges_above(graph, self.threshold)
        weights.data += np.float32(self.floor - self.threshold)
        return weights


def map_communities(weights: csr_array, seed: int) -> Int32:
    """(n,) community of each node of a symmetric weighted graph, numbered by their first members.

    Nodes move, then the communities they made move as nodes of a smaller graph, until nothing does
    (Blondel et al., J. Stat. Mech. P10008, 2008). `seed` draws the order in which they do; one
    thread, so that the same seed gives the same. Keep no reference to `weights`, and their memory
    is free as soon as there is the smaller graph.
    """
    rng = np.random.default_rng(seed)
    inside = np.zeros(weights.shape[0])
    labels = np.arange(weights.shape[0], dtype=np.int32)
    while True:
        n = weights.shape[0]
        moved = _moved(weights, inside, rng.permutation(n).astype(np.int32))
        labels = moved[labels]
        if moved.max(initial=-1) + 1 == n:
            return numbered(labels)
        weights, inside = _of_modules(weights, inside, moved)


def _moved(weights: csr_array, inside: Float64, order: Int32) -> Int32:
    from prosopon.clustering.map_kernels import moved_to_best

    arrays = (weights.indptr, weights.indices, weights.data)
    return numbered(moved_to_best(*arrays, inside, order, ROUNDS))


def _of_modules(weights: csr_array, inside: Float64, modules: Int32) -> tuple[csr_array, Float64]:
    """The graph between modules (m, m), and (m,) the weight within each."""
    from prosopon.clustering.map_kernels import between_modules

    count = int(modules.max(initial=-1)) + 1
    arrays = (weights.indptr, weights.indices, weights.data)
    starts, others, values, kept = between_modules(*arrays, inside, modules, count)
    return csr_array((values, others, starts), shape=(count, count)), kept


CLUSTERERS = {"map-equation": MapEquation}
