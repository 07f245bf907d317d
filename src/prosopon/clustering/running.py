"""Running an estimator, and what comes out of it."""

from typing import Any

from prosopon.clustering.base import Clusterer
from prosopon.clustering.constraints import Constraints
from prosopon.clustering.quality import membership
from prosopon.records import Clustering, ClusteringSpec, Embeddings, NeighbourGraph


def run(
    estimator: Clusterer,
    graph: NeighbourGraph,
    embeddings: Embeddings | None = None,
    constraints: Constraints | None = None,
) -> Clustering:
    """Cluster with `estimator`, on the graph or, for methods that take them, on `embeddings`.

    Both hold the same faces in the same order. The graph is used for the membership in any case.
    """
    data: Any = graph if estimator.takes == "graph" else embeddings
    labels = estimator.fit(data, constraints=constraints).labels_
    about = {"k": graph.neighbours.shape[1], "recall": graph.recall}
    recipe = ClusteringSpec(estimator.name, estimator.get_params(), graph.model, about)
    return Clustering(graph.face_ids, labels, membership(graph, labels), recipe)
