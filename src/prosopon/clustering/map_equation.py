"""Communities by the map equation: Rosvall, Axelsson and Bergstrom, EPJ Special Topics 178 (2009).

For faces: Yu et al., "FaceMap", arXiv 2203.10090.
"""

import networkit as nk

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.communities import communities
from prosopon.clustering.edges import edges_above
from prosopon.records import Int32, NeighbourGraph


class MapEquation(GraphClusterer):
    """Clusters are groups of faces that a random walker on the similar pairs seldom leaves.

    Parameters
    ----------
    threshold : cosine from which a pair is an edge.
    floor : weight of an edge just at the threshold; the rest is cosine above the threshold.
    seed : of the search (Louvain's order of moves).
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
        weights.data += self.floor - self.threshold
        return communities(weights, nk.community.LouvainMapEquation, self.seed)


CLUSTERERS = {"map-equation": MapEquation}
