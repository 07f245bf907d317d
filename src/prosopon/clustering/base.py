"""What all clusterers share: scikit-learn's conventions, on a graph or on vectors."""

from typing import Any, ClassVar, Literal, Self

from sklearn.base import BaseEstimator, ClusterMixin

from prosopon.errors import UsageError
from prosopon.records import Int32, NeighbourGraph


class Clusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Parameters verbatim in `__init__`, `fit(X)`, then `labels_`: (n,) int32, -1 for noise."""

    name: ClassVar[str]
    """As the command line calls it."""
    takes: ClassVar[Literal["graph", "vectors"]]
    """What `fit` wants: a NeighbourGraph, or an (n, d) array."""
    labels_: Int32


class GraphClusterer(Clusterer):
    """A method on the neighbour graph."""

    takes = "graph"

    def fit(self, X: NeighbourGraph, y: None = None) -> Self:
        """Cluster the faces of a graph."""
        if not isinstance(X, NeighbourGraph):
            raise UsageError(
                f"{self.name} clusters a NeighbourGraph, got {type(X).__name__}: "
                "build one with prosopon.graph.build"
            )
        self.labels_ = self._cluster(X)
        return self

    def _cluster(self, graph: NeighbourGraph) -> Int32:
        """Return the (n,) labels."""
        raise NotImplementedError

    def fit_predict(self, X: Any, y: None = None, **kwargs: Any) -> Int32:
        """Cluster and return `labels_`."""
        return self.fit(X, **kwargs).labels_
