"""Communities by the map equation: Rosvall, Axelsson and Bergstrom, EPJ Special Topics 178 (2009).

For faces: Yu et al., "FaceMap", arXiv 2203.10090.
"""

import numpy as np
from scipy.sparse import csr_array

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.communities import numbered
from prosopon.clustering.edges import edges_above
from prosopon.records import Int32, NeighbourGraph

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
        weights = edges_above(graph, self.threshold)
        weights.data += np.float32(self.floor - self.threshold)
        return map_communities(weights, self.seed)


def map_communities(weights: csr_array, seed: int) -> Int32:
    """(n,) community of each node of a symmetric weighted graph, numbered by their first members.

    Nodes move in an order that `seed` draws; one thread, so that the same seed gives the same.
    """
    from prosopon.clustering.map_kernels import moved_to_best

    order = np.random.default_rng(seed).permutation(weights.shape[0]).astype(np.int32)
    return numbered(moved_to_best(weights.indptr, weights.indices, weights.data, order, ROUNDS))


CLUSTERERS = {"map-equation": MapEquation}
