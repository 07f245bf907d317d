"""What all clusterers share: scikit-learn's conventions, constraints, refusal of the impossible."""

from typing import Any, ClassVar, Literal, Self

import numpy as np
import psutil
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics import pairwise_distances
from sklearn.utils.validation import validate_data

from prosopon.clustering.constraints import Constraints
from prosopon.clustering.edges import distances_among, edges_above
from prosopon.clustering.plain import graph_of
from prosopon.errors import ProsoponError
from prosopon.records import Embeddings, Float32, Int32, Int64, NeighbourGraph


class Clusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Parameters verbatim in `__init__`, `fit(X)`, then `labels_`: (n,) int32, -1 for noise."""

    name: ClassVar[str]
    """As the command line calls it."""
    takes: ClassVar[Literal["graph", "vectors"]]
    """What suits it best: a NeighbourGraph, or vectors. All take Embeddings and (n, d) arrays."""
    calibrated: ClassVar[str | None] = None
    """The parameter that is a cosine threshold, to be taken from the embedder's calibration."""
    parts: ClassVar[bool] = False
    """Whether clusters that are plainly two people are parted afterwards; see `parted`."""
    labels_: Int32

    def fit(self, X: Any, y: None = None, constraints: Constraints | None = None) -> Self:
        """Cluster `X`, keeping to `constraints` on its rows."""
        raise NotImplementedError

    def fit_predict(self, X: Any, y: None = None, **kwargs: Any) -> Int32:
        """Cluster and return `labels_`."""
        return self.fit(X, **kwargs).labels_

    def trimmed(self, graph: NeighbourGraph, labels: Int32) -> Int32:
        """`labels` (n,) without the faces that the method leaves alone after all."""
        return labels


class GraphClusterer(Clusterer):
    """A method on the neighbour graph."""

    takes = "graph"

    @property
    def reach(self) -> float:
        """Cosine below which a pair of faces has no bearing on the result."""
        return -1.0

    def fit(self, X: Any, y: None = None, constraints: Constraints | None = None) -> Self:
        """Cluster the faces of a NeighbourGraph, keeping to `constraints` on its rows.

        Embeddings and (n, d) arrays are taken too, and a graph is made of them: for more than some
        ten thousand rows `prosopon.graph.build` makes it sooner.
        """
        if not isinstance(X, NeighbourGraph):
            vectors = X.vectors if isinstance(X, Embeddings) else X
            X = graph_of(validate_data(self, vectors, dtype=(np.float32, np.float64)))
        if constraints is None:
            self.labels_ = self._cluster(X)
        else:
            graph = constraints.applied(X)
            labels = self._cluster(graph)
            self.labels_ = constraints.enforced(labels, lambda rows: distances_among(graph, rows))
        return self

    def informed(self, graph: NeighbourGraph, labels: Int32) -> "GraphClusterer":
        """The method for a graph whose (n,) `labels` are known to be about right."""
        return self

    def of(self, rows: Int64) -> "GraphClusterer":
        """The method for the part of the graph that `rows` are."""
        return self

    def links(self, graph: NeighbourGraph) -> csr_array:
        """Pairs that have a bearing on the result: symmetric (n, n)."""
        return edges_above(graph, self.reach)

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        """Return the (n,) labels."""
        raise NotImplementedError


class VectorClusterer(Clusterer):
    """A method on the vectors themselves."""

    takes = "vectors"
    min_rows: ClassVar[int] = 1
    """Fewer faces than this are given no clusters."""

    def fit(self, X: Any, y: None = None, constraints: Constraints | None = None) -> Self:
        """Cluster the rows of Embeddings or of an (n, d) array, keeping to `constraints`."""
        vectors = X.vectors if isinstance(X, Embeddings) else X
        vectors = validate_data(self, vectors, dtype=(np.float32, np.float64))
        self._refuse_if_too_large(*vectors.shape)
        labels = np.asarray(self._cluster(vectors), np.int32)
        if constraints is not None:
            labels = constraints.enforced(
                labels, lambda rows: csr_array(pairwise_distances(vectors[rows]))
            )
        self.labels_ = labels
        return self

    def _cluster(self, vectors: Float32) -> Int32 | Int64:
        """Return the (n,) labels."""
        raise NotImplementedError

    def _bytes(self, n: int, d: int) -> float:
        """Memory that clustering (n, d) vectors takes at its peak."""
        raise NotImplementedError

    def _refuse_if_too_large(self, n: int, d: int) -> None:
        needed, free = self._bytes(n, d), psutil.virtual_memory().available
        if needed > free:
            raise ProsoponError(
                f"{self.name} on {n:,} faces needs about {needed / 1e9:,.1f} GB of memory and "
                f"{free / 1e9:,.1f} GB are free: use a method on the neighbour graph, "
                "such as map-equation"
            )
