"""Running an estimator, and what comes out of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from prosopon.clustering.base import Clusterer
from prosopon.clustering.constraints import Constraints
from prosopon.clustering.dividing import divided
from prosopon.clustering.duplicates import together
from prosopon.clustering.edges import distances_among
from prosopon.clustering.parting import parted
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
    pictures: Int32 | None = None,
    mixed: Sequence[Int64] = (),
    threshold: float = 0.0,
    strangers: float = 0.0,
) -> Clustering:
    """Cluster with `estimator`, on the graph or, for methods that take them, on `embeddings`.

    Both hold the same faces in the same order. The graph is used for the membership in any case.
    weak : faces that join clusters and make none.
    pictures : (n,) as of `near_duplicates`, which stay together.
    mixed, threshold : see `divided`.
    strangers : mean cosine below which two halves of a cluster may be two people, see `parted`; at
        0, and without embeddings, none are parted.
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
        labels = estimator.trimmed(graph, weak.cluster(fit, graph, constraints))
    if estimator.parts and strangers and embeddings is not None:
        each = np.arange(len(graph), dtype=np.int32) if pictures is None else pictures
        one = None if constraints is None else constraints.persons
        labels = parted(
            labels, embeddings.vectors, each, strangers, one, None if weak is None else weak.rows
        )
    if pictures is not None:
        labels = together(labels, pictures)
    if constraints is not None:
        labels = constraints.enforced(labels, lambda rows: distances_among(graph, rows))
    labels = divided(labels, graph, mixed, threshold, constraints)
    about = {"k": graph.neighbours.shape[1], "recall": graph.recall}
    recipe = ClusteringSpec(estimator.name, estimator.get_params(), graph.model, about)
    return Clustering(graph.face_ids, labels, membership(graph, labels), recipe)
