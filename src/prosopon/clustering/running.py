"""Running an estimator, and what comes out of it."""

from typing import Any

import numpy as np

from prosopon.clustering.base import Clusterer
from prosopon.clustering.constraints import Constraints
from prosopon.clustering.duplicates import near_duplicates, together
from prosopon.clustering.edges import distances_among
from prosopon.clustering.quality import membership
from prosopon.clustering.weak import WeakFaces
from prosopon.records import (
    Clustering,
    ClusteringSpec,
    Embeddings,
    Int32,
    Int64,
    NeighbourGraph,
)


def run(
    estimator: Clusterer,
    graph: NeighbourGraph,
    embeddings: Embeddings | None = None,
    constraints: Constraints | None = None,
    weak: WeakFaces | None = None,
    duplicate: float | None = None,
) -> Clustering:
    """Cluster with `estimator`, on the graph or, for methods that take them, on `embeddings`.

    Both hold the same faces in the same order. The graph is used for the membership in any case.
    weak : faces that join clusters and make none.
    duplicate : cosine from which two faces are near-duplicates, which stay together.
    """

    def fit(rows: Int64, part: NeighbourGraph, known: Constraints | None) -> Int32:
        data: Any = part
        if estimator.takes != "graph":
            assert embeddings is not None
            data = embeddings.vectors[rows]
        return estimator.fit(data, constraints=known).labels_

    if weak is None:
        labels = fit(np.arange(len(graph)), graph, constraints)
    else:
        labels = weak.cluster(fit, graph, constraints)
    if duplicate is not None:
        labels = together(labels, near_duplicates(graph, duplicate))
        if constraints is not None:
            labels = constraints.enforced(labels, lambda rows: distances_among(graph, rows))
    about = {"k": graph.neighbours.shape[1], "recall": graph.recall}
    recipe = ClusteringSpec(estimator.name, estimator.get_params(), graph.model, about)
    return Clustering(graph.face_ids, labels, membership(graph, labels), recipe)
