"""The default: map equation communities with a threshold that adapts to each face.

Low-quality, frontal or simply average faces resemble everybody; at one threshold for all, they glue
persons together, while unusual faces of one person stay apart. Speaker verification meets the same
and normalises each score by those of its nearest impostors (Karam, Campbell and Dehak, "Towards
reduced false-alarms using cohorts", ICASSP 2011; adaptive s-norm). Here the impostors of a face are
its nearest neighbours outside of its own cluster, so they are known after a first clustering, and
better after a second. FaceMap (Yu et al., arXiv 2203.10090) trims a face's neighbours by a similar
idea, from the gaps in the list.
"""

from scipy.sparse import csr_array

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.map_equation import MapEquation, map_communities
from prosopon.clustering.quality import without_strangers
from prosopon.clustering.strangers import Mask, crowding
from prosopon.records import Float32, Int32, Int64, NeighbourGraph

TINY = 1e-9
"""Least weight of an edge where `margin` asks for none."""


class AdaptiveMapEquation(GraphClusterer):
    """Communities of faces that resemble one another more than they resemble strangers.

    A face's crowding q is its mean cosine to its nearest `strangers` in other clusters. With c the
    mean of two faces' crowding, their relative similarity is (cosine - c) / (1 - c); pairs below
    `margin` are no edges, the others weigh their relative similarity. Starts from the map equation
    at `threshold` and repeats `rounds` times. Between faces of which enough strangers are known,
    these tell more than the threshold does: there it is lowered by a share `slack` of its distance.
    In the end faces leave their cluster whose membership (`quality.membership`) is below `doubt`.

    Parameters
    ----------
    threshold : cosine below which no pair is an edge: the model's calibrated threshold.
    margin : least relative similarity, the same for all models.
    slack : 0 to leave the threshold as it is.
    strangers : how many of them tell a face's crowding.
    rounds : of crowding and clustering.
    doubt : 0 to let them all stay. The default is where a face is more probably a stranger than not
        even in the one of the labelled sets where most are right.
    seed : of the search for communities.
    """

    name = "adaptive"
    calibrated = "threshold"
    parts = True

    def __init__(
        self,
        threshold: float = 0.94,
        margin: float = 0.22,
        slack: float = 0.1,
        strangers: int = 10,
        rounds: int = 3,
        doubt: float = 0.3,
        seed: int = 0,
    ) -> None:
        self.threshold = threshold
        self.margin = margin
        self.slack = slack
        self.strangers = strangers
        self.rounds = rounds
        self.doubt = doubt
        self.seed = seed

    @property
    def reach(self) -> float:
        return self.threshold - self.slack * (1 - self.threshold)

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        labels = MapEquation(self.threshold, seed=self.seed).fit(graph).labels_
        for _ in range(self.rounds):
            crowd, known = crowding(graph, labels, self.strangers)
            labels = map_communities(self.weights(graph, crowd, known), self.seed)
        return self.trimmed(graph, labels)

    def trimmed(self, graph: NeighbourGraph, labels: Int32) -> Int32:
        return without_strangers(graph, labels, self.doubt)

    def weights(self, graph: NeighbourGraph, crowd: Float32, known: Mask) -> csr_array:
        """Symmetric (n, n): pairs of a relative similarity of at least `margin`, weighing that.

        crowd, known : (n,) as of `crowding`.
        """
        from prosopon.clustering.edge_kernels import symmetric

        lists = (graph.neighbours, graph.similarities)
        least = (self.reach, self.threshold, max(self.margin, TINY))
        starts, others, values = symmetric(*lists, *least, crowd, known)
        return csr_array((values, others, starts), shape=(len(graph), len(graph)))

    def informed(self, graph: NeighbourGraph, labels: Int32) -> GraphClusterer:
        return _WithKnownCrowding(self, *crowding(graph, labels, self.strangers))


class _WithKnownCrowding(GraphClusterer):
    """The last round alone, on faces whose crowding (n,) is known."""

    name = AdaptiveMapEquation.name

    def __init__(self, whole: AdaptiveMapEquation, crowd: Float32, known: Mask) -> None:
        self.whole = whole
        self.crowd = crowd
        self.known = known

    def of(self, rows: Int64) -> GraphClusterer:
        return _WithKnownCrowding(self.whole, self.crowd[rows], self.known[rows])

    def links(self, graph: NeighbourGraph) -> csr_array:
        return self.whole.weights(graph, self.crowd, self.known)

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        return map_communities(self.links(graph), self.whole.seed)


CLUSTERERS = {"adaptive": AdaptiveMapEquation}
