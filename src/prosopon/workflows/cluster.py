"""Group the faces of a collection by person, and keep the run."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from prosopon import clustering, zoo
from prosopon.errors import ProsoponError
from prosopon.records import Clustering, Recipe
from prosopon.store import Store, clusterings, faces
from prosopon.workflows.current import current
from prosopon.workflows.neighbours import neighbour_graph


@dataclass(frozen=True, slots=True)
class Clustered:
    """What a run of a clusterer gave."""

    id: int
    """Of the run, in the store."""
    recipe: Recipe
    faces: int
    clusters: int
    """Of two faces or more."""
    singletons: int
    """Faces alone in their cluster, or in none."""
    largest: int
    seconds: float
    """Graph and clustering together."""


def cluster(
    store: Store,
    method: str,
    parameters: Mapping[str, Any],
    *,
    embedder: str | None = None,
) -> Clustered:
    """Run `method` over the collection's faces.

    parameters : of the method's constructor; strings are parsed as the parameters' types.

    Raises ProsoponError if there is nothing to cluster, UsageError for an unknown method or
    parameter.
    """
    estimator = clustering.make(method, **parameters)
    with store.read() as connection:
        chosen = current(store, connection, embedder)
        embeddings = faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)
    if not len(embeddings):
        raise ProsoponError(
            f"{store.name}: no faces to cluster; index photographs with faces first"
        )
    start = time.perf_counter()
    graph = neighbour_graph(store, embeddings)
    estimator.fit(graph)
    seconds = time.perf_counter() - start
    labels = estimator.labels_
    recipe = Recipe(
        method,
        estimator.get_params(),
        embeddings.model,
        {"k": graph.neighbours.shape[1], "recall": graph.recall},
    )
    made = Clustering(embeddings.face_ids, labels, np.ones(len(labels), np.float32), recipe)
    with store.writing(), store.begin() as connection:
        run = clusterings.save(connection, made, {}, {})
    sizes = np.unique_counts(labels[labels >= 0]).counts
    return Clustered(
        id=run,
        recipe=recipe,
        faces=len(labels),
        clusters=int(np.count_nonzero(sizes > 1)),
        singletons=int(np.count_nonzero(sizes == 1) + np.count_nonzero(labels < 0)),
        largest=int(sizes.max(initial=0)),
        seconds=seconds,
    )


def make(method: str, parameters: Mapping[str, Any], embedder: str) -> clustering.Clusterer:
    """The clusterer; a threshold that isn't given is the embedder's own, where it is calibrated."""
    calibrated = zoo.card(embedder).threshold
    known = clustering.METHODS[method].parameters if method in clustering.METHODS else {}
    defaults: dict[str, Any] = {}
    if calibrated is not None and "threshold" in known:
        defaults["threshold"] = calibrated.cosine
    return clustering.make(method, **{**defaults, **parameters})
