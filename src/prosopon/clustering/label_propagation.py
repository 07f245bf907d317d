"""Label propagation: Raghavan, Albert and Kumara, Physical Review E 76 (2007)."""

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.communities import communities
from prosopon.clustering.edges import edges_above
from prosopon.optional import require
from prosopon.records import Int32, NeighbourGraph


class LabelPropagation(GraphClusterer):
    """Each face takes the label that weighs most among its similar faces, until nothing changes.

    Parameters
    ----------
    threshold : cosine from which a pair is an edge, weighing its cosine.
    seed : of the order in which faces take their turn.
    """

    name = "label-propagation"
    calibrated = "threshold"

    def __init__(self, threshold: float = 0.95, seed: int = 0) -> None:
        self.threshold = threshold
        self.seed = seed

    @property
    def reach(self) -> float:
        return self.threshold

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        nk = require("networkit", extra="study")

        return communities(edges_above(graph, self.threshold), nk.community.PLP, self.seed)


CLUSTERERS = {"label-propagation": LabelPropagation}
