"""The default: map equation communities with a threshold that adapts to each face.

Low-quality, frontal or simply average faces resemble everybody; at one threshold for all, they glue
persons together, while unusual faces of one person stay apart. Speaker verification meets the same
and normalises each score by those of its nearest impostors (Karam, Campbell and Dehak, "Towards
reduced false-alarms using cohorts", ICASSP 2011; adaptive s-norm). Here the impostors of a face are
its nearest neighbours outside of its own cluster, so they are known after a first clustering, and
better after a second. FaceMap (Yu et al., arXiv 2203.10090) trims a face's neighbours by a similar
idea, from the gaps in the list.
"""

import networkit as nk
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.communities import communities
from prosopon.clustering.edges import edges_above
from prosopon.clustering.map_equation import MapEquation
from prosopon.clustering.strangers import mean_of_strangers
from prosopon.records import Float32, Int32, Int64, NeighbourGraph


class AdaptiveMapEquation(GraphClusterer):
    """Communities of faces that resemble one another more than they resemble strangers.

    A face's crowding q is its mean cosine to its nearest `strangers` in other clusters. With c the
    mean of two faces' crowding, their relative similarity is (cosine - c) / (1 - c); pairs below
    `margin` are no edges, the others weigh their relative similarity. Starts from the map equation
    at `threshold` and repeats `rounds` times.

    Parameters
    ----------
    threshold : cosine below which no pair is an edge: the model's calibrated threshold.
    margin : least relative similarity, the same for all models.
    strangers : how many of them tell a face's crowding.
    rounds : of crowding and clustering.
    seed : of the search for communities.
    """

    name = "adaptive"
    calibrated = "threshold"

    def __init__(
        self,
        threshold: float = 0.94,
        margin: float = 0.22,
        strangers: int = 10,
        rounds: int = 3,
        seed: int = 0,
    ) -> None:
        self.threshold = threshold
        self.margin = margin
        self.strangers = strangers
        self.rounds = rounds
        self.seed = seed

    @property
    def reach(self) -> float:
        return self.threshold

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        labels = MapEquation(self.threshold, seed=self.seed).fit(graph).labels_
        pairs = edges_above(graph, self.threshold)
        for _ in range(self.rounds):
            weights = _relative(pairs, crowding(graph, labels, self.strangers), self.margin)
            labels = communities(weights, nk.community.LouvainMapEquation, self.seed)
        return labels

    def informed(self, graph: NeighbourGraph, labels: Int32) -> GraphClusterer:
        return _WithKnownCrowding(self, crowding(graph, labels, self.strangers))


class _WithKnownCrowding(GraphClusterer):
    """The last round alone, on faces whose crowding (n,) is known."""

    name = AdaptiveMapEquation.name

    def __init__(self, whole: AdaptiveMapEquation, crowd: Float32) -> None:
        self.whole = whole
        self.crowd = crowd

    def of(self, rows: Int64) -> GraphClusterer:
        return _WithKnownCrowding(self.whole, self.crowd[rows])

    def links(self, graph: NeighbourGraph) -> csr_array:
        return _relative(edges_above(graph, self.whole.threshold), self.crowd, self.whole.margin)

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        return communities(self.links(graph), nk.community.LouvainMapEquation, self.whole.seed)


def crowding(graph: NeighbourGraph, labels: Int32, strangers: int) -> Float32:
    """(n,) mean cosine of each face to its nearest `strangers` neighbours in other clusters.

    A face whose list holds fewer is taken to be little crowded: a quarter of the others are less.
    """
    means = mean_of_strangers(graph.neighbours, graph.similarities, labels, strangers)
    unknown = np.isnan(means)
    if unknown.all():
        return np.zeros_like(means)
    means[unknown] = np.quantile(means[~unknown], 0.25)
    return means


def _relative(pairs: csr_array, crowd: NDArray[np.floating], margin: float) -> csr_array:
    """The pairs with a relative similarity of at least `margin`, as their weight."""
    edges = pairs.tocoo()
    common = (crowd[edges.row] + crowd[edges.col]) / 2
    edges.data = (edges.data - common) / np.maximum(1 - common, 1e-6)
    edges.data[edges.data < margin] = 0
    weights = edges.tocsr()
    weights.eliminate_zeros()
    return weights


CLUSTERERS = {"adaptive": AdaptiveMapEquation}
