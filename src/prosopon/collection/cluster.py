"""Group the faces of a collection by person, and keep the run."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from prosopon import clustering, zoo
from prosopon.clustering import Constraints
from prosopon.collection.current import current
from prosopon.collection.decided import decided
from prosopon.collection.neighbours import neighbour_graph
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import Kind, State
from prosopon.records import Clustering, Embeddings, Int64, NeighbourGraph, Recipe
from prosopon.store import Store, clusterings, faces
from prosopon.store.database import recall

CHOSEN = "chosen clustering"
"""Where the store keeps the operating point that a sweep chose."""


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What became of the clusters since the run before, by their lasting identifiers."""

    joined: dict[int, int]
    """Cluster → new faces in it."""
    merged: dict[int, list[int]]
    """Cluster → the earlier ones that its faces come from."""
    split: dict[int, list[int]]
    """Earlier cluster → those that its faces went to."""
    appeared: list[int]
    vanished: list[int]


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
    changes: ChangeReport | None
    """Since the run before on the same embeddings; None for the first."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to cluster."""

    embeddings: Embeddings
    graph: NeighbourGraph
    constraints: Constraints
    """What people decided; and two faces in one photo are rarely one person."""
    threshold: float
    """Cosine that tells people apart here; see `clustering.suited`."""


def cluster(
    store: Store, method: str, parameters: Mapping[str, Any], *, embedder: str | None = None
) -> Clustered:
    """Run `method` over all faces of the collection.

    parameters : of the method's constructor; strings are parsed as the parameters' types. Without
    any, those that a sweep chose for this method are taken.

    Raises ProsoponError if there is nothing to cluster, UsageError for an unknown method or
    parameter.
    """
    start = time.perf_counter()
    scene = load_scene(store, embedder)
    chosen = parameters or _chosen(store, method)
    estimator = make(method, chosen, scene.threshold)
    made = clustering.run(estimator, scene.graph, scene.embeddings, scene.constraints)
    return _keep(store, scene, made, time.perf_counter() - start)


def update(store: Store) -> Clustered:
    """Bring the last run up to date with new faces, looking only at the clusters near them.

    Where faces have gone or come back since, everything is clustered anew.

    Raises ProsoponError if nothing has been clustered yet.
    """
    start = time.perf_counter()
    scene, previous = _scene_and_previous(store)
    estimator = clustering.make(previous.recipe.algorithm, **previous.recipe.parameters)
    ids = scene.embeddings.face_ids
    grown = np.array_equal(previous.face_ids, ids[: len(previous)])
    if grown and isinstance(estimator, clustering.GraphClusterer):
        labels = clustering.update(previous.labels, scene.graph, estimator, scene.constraints)
        strengths = clustering.strengths(scene.graph, labels)
        made = Clustering(ids, labels, strengths, previous.recipe)
    else:
        made = clustering.run(estimator, scene.graph, scene.embeddings, scene.constraints)
    return _keep(store, scene, made, time.perf_counter() - start)


def cluster_leftovers(store: Store, method: str, parameters: Mapping[str, Any]) -> Clustered:
    """Group the faces that the last run left alone, with a looser setting of their own.

    Raises ProsoponError if nothing has been clustered yet, UsageError for a method on vectors.
    """
    start = time.perf_counter()
    scene, previous = _scene_and_previous(store)
    estimator = make(method, parameters, scene.threshold)
    if not isinstance(estimator, clustering.GraphClusterer):
        raise UsageError(f"{method}: leftovers are clustered by a method on the neighbour graph")
    if not np.array_equal(previous.face_ids, scene.embeddings.face_ids):
        raise ProsoponError(
            f"{store.name}: faces have come or gone since the last clustering; run  "
            "prosopon cluster --update  first"
        )
    labels = clustering.cluster_leftovers(previous.labels, scene.graph, estimator)
    own = {"method": method, **estimator.get_params()}
    recipe = Recipe(
        previous.recipe.algorithm,
        {**previous.recipe.parameters, "leftovers": own},
        previous.recipe.model,
        previous.recipe.graph,
    )
    strengths = clustering.strengths(scene.graph, labels)
    made = Clustering(previous.face_ids, labels, strengths, recipe)
    return _keep(store, scene, made, time.perf_counter() - start)


def load_scene(store: Store, embedder: str | None = None) -> Scene:
    """Embeddings, graph and constraints of the collection. Raises ProsoponError if it is empty."""
    with store.read() as connection:
        chosen = current(store, connection, embedder)
        embeddings = faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)
        photos = faces.photos_of(connection, embeddings.face_ids)
        state = decided(connection, chosen.detector_id)
    if not len(embeddings):
        raise ProsoponError(
            f"{store.name}: no faces to cluster; index photographs with faces first"
        )
    graph = neighbour_graph(store, embeddings)
    threshold = clustering.suited(embeddings, zoo.card(chosen.embedder).threshold)
    constraints = _constraints(state, embeddings.face_ids, photos, overrule=(1 + threshold) / 2)
    return Scene(embeddings, graph, constraints, threshold)


def _constraints(state: State, face_ids: Int64, photos: Int64, overrule: float) -> Constraints:
    """What is known of the faces; decisions in conflict don't count, nor those on other faces."""
    rows = {face: row for row, face in enumerate(face_ids.tolist())}
    numbers = {person: number for number, person in enumerate(state.people)}
    names = np.full(len(face_ids), -1, np.int32)
    for face, person in state.hard_labels().items():
        if face in rows:
            names[rows[face]] = numbers[person]
    aside = [face for face, mark in state.marks.items() if mark in (Kind.IGNORE, Kind.NOT_A_FACE)]

    def pairs(said: Sequence[tuple[int, int]]) -> Int64:
        known = [(rows[a], rows[b]) for a, b in said if a in rows and b in rows]
        return np.array(known, np.int64).reshape(-1, 2)

    return Constraints(
        face_ids,
        pairs(state.must_link),
        pairs(state.cannot_link),
        photos,
        overrule,
        names,
        np.isin(face_ids, aside),
    )


def make(method: str, parameters: Mapping[str, Any], threshold: float) -> clustering.Clusterer:
    """The clusterer; a cosine threshold that isn't given is the scene's."""
    known = clustering.METHODS.get(method)
    defaults: dict[str, Any] = {}
    if known is not None and known.estimator.calibrated is not None:
        defaults[known.estimator.calibrated] = threshold
    return clustering.make(method, **{**defaults, **parameters})


def _chosen(store: Store, method: str) -> dict[str, Any]:
    """The parameters that a sweep has chosen for `method`."""
    with store.read() as connection:
        kept = json.loads(recall(connection, CHOSEN) or "{}")
    parameters: dict[str, Any] = kept["parameters"] if kept.get("method") == method else {}
    return parameters


def _scene_and_previous(store: Store) -> tuple[Scene, Clustering]:
    with store.read() as connection:
        run = clusterings.find(connection)
        if run is None:
            raise ProsoponError(f"{store.name}: nothing is clustered yet; run  prosopon cluster")
        previous = clusterings.load(connection, run.id)
    return load_scene(store, run.recipe.model), previous


def _keep(store: Store, scene: Scene, made: Clustering, seconds: float) -> Clustered:
    """Save a run with the quality and the lasting identifiers of its clusters."""
    qualities = clustering.qualities(scene.graph, made.labels)
    with store.writing(), store.begin() as connection:
        before = _run_before(connection, made.recipe.model)
        found, identifiers = None, {}
        if before is not None:
            found = clustering.changes(clusterings.load(connection, before), made)
            known = clusterings.identifiers(connection, before)
            identifiers = {label: known[old] for label, old in found.continues.items()}
        run = clusterings.save(connection, made, identifiers, qualities)
        report = None
        if found is not None:
            report = _in_identifiers(found, known, clusterings.identifiers(connection, run))
    sizes = np.unique_counts(made.labels[made.labels >= 0]).counts
    return Clustered(
        id=run,
        recipe=made.recipe,
        faces=len(made),
        clusters=int(np.count_nonzero(sizes > 1)),
        singletons=int(np.count_nonzero(sizes == 1) + np.count_nonzero(made.labels < 0)),
        largest=int(sizes.max(initial=0)),
        seconds=seconds,
        changes=report,
    )


def _run_before(connection: Connection, model: str) -> int | None:
    runs = [run.id for run in clusterings.list_runs(connection) if run.recipe.model == model]
    return runs[-1] if runs else None


def _in_identifiers(
    found: clustering.Changes, earlier: Mapping[int, int], later: Mapping[int, int]
) -> ChangeReport:
    """Labels mean something within their run only; identifiers last."""
    return ChangeReport(
        joined={later[label]: count for label, count in found.joined.items()},
        merged={later[new]: [earlier[old] for old in olds] for new, olds in found.merged.items()},
        split={earlier[old]: [later[new] for new in news] for old, news in found.split.items()},
        appeared=[later[label] for label in found.appeared],
        vanished=[earlier[label] for label in found.vanished],
    )
