"""Group the faces of a collection by person, and keep the run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon import clustering, engines
from prosopon.collection.collection import Collection
from prosopon.errors import ProsoponError, UsageError
from prosopon.records import Clustering, ClusteringSpec
from prosopon.stage_timer import StageTimer
from prosopon.store import clusterings, runs
from prosopon.store.database import recall
from prosopon.tables import Result

CHOSEN = "chosen clustering"
"""Where the store keeps the operating point that a sweep chose."""
SCARCE = 0.05
"""Where less than this share of the faces is in clusters, that is said."""


@dataclass(frozen=True, slots=True)
class ChangeReport(Result):
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
class Clustered(Result):
    """What a run of a clusterer gave."""

    id: int
    """Of the run, in the store."""
    recipe: ClusteringSpec
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
    warning: str = ""
    """What looks wrong: one cluster holds most of the faces, or hardly any is grouped."""
    estimated: clustering.EstimatedThreshold | None = None
    """The threshold that the method was given, and how sure it is; None where it needs none, or
    where the user, a sweep or an earlier run chose it."""


def cluster(
    collection: Collection,
    method: str | None = None,
    *,
    embedder: str | None = None,
    update: bool = False,
    leftovers: bool = False,
    **parameters: Any,
) -> Clustered:
    """Group the faces by person, and keep the run; see docs/clustering.md.

    method : by default that of the settings.
    embedder : whose vectors; by default those last indexed.
    update : only bring the last run up to date, as it was made, near the new faces.
    leftovers : only group the faces that the last run left alone, with a looser method of their
        own, which works on the neighbour graph.
    parameters : of the method's constructor; strings are parsed as the parameters' types. Without
        any, those that a sweep chose for this method are taken.

    Raises ProsoponError if there is nothing to cluster, or nothing was clustered before; UsageError
    for an unknown method or parameter.
    """
    timer = StageTimer()
    name = method or collection.settings.method
    if not update and not leftovers:
        collection = collection.using(embedder)
        _find_neighbours(collection)
        chosen = parameters or _chosen(collection, name)
        estimator = make(name, chosen, collection.threshold)
        with timer.lap("clustering"):
            made = _run(collection, estimator)
        estimated = collection.view.faces.estimated_threshold
        given = estimator.calibrated is not None and estimator.calibrated not in chosen
        return replace(keep(collection, made, timer), estimated=estimated if given else None)
    if update and (leftovers or method or parameters):
        raise UsageError("an update goes on with the last run's method: leave the others out")
    previous = last_run(collection)
    collection = collection.using(previous.recipe.model)
    with timer.lap("clustering"):
        if update:
            made = _updated(collection, previous)
        else:
            estimator = make(name, parameters, collection.threshold)
            made = _with_leftovers(collection, previous, estimator, name)
    return keep(collection, made, timer)


def _find_neighbours(collection: Collection) -> None:
    """Have all computers of a Ray cluster find them, where that is the engine."""
    settings = collection.settings
    if settings.engine == "ray":
        collection.view.faces.find_neighbours(engines.build("ray", settings.workers))


def _run(collection: Collection, estimator: clustering.Clusterer) -> Clustering:
    found = collection.view.faces
    return clustering.run(
        estimator,
        found.graph,
        found.embeddings,
        collection.constraints,
        _weak(collection),
        found.pictures,
        collection.view.mixed,
        found.threshold,
        found.estimated_threshold.strangers,
    )


def _weak(collection: Collection) -> clustering.WeakFaces:
    found = collection.view.faces
    return clustering.WeakFaces(
        found.weak[found.rows(found.graph.face_ids.tolist())], found.threshold
    )


def _updated(collection: Collection, previous: Clustering) -> Clustering:
    """Where faces have gone or come back since, everything is clustered anew."""
    estimator = clustering.make(previous.recipe.algorithm, **previous.recipe.parameters)
    graph = collection.graph
    grown = np.array_equal(previous.face_ids, graph.face_ids[: len(previous)])
    if not (grown and isinstance(estimator, clustering.GraphClusterer)):
        return _run(collection, estimator)
    weak = _weak(collection)
    labels = clustering.update(previous.labels, graph, estimator, collection.constraints, weak)
    found = collection.view.faces
    strangers = found.estimated_threshold.strangers
    if estimator.parts and strangers:
        labels = clustering.parted(
            *(labels, found.embeddings.vectors, found.pictures, strangers),
            *(collection.constraints.persons, weak.rows),
        )
    labels = clustering.divided(
        labels, graph, collection.view.mixed, collection.threshold, collection.constraints
    )
    membership = clustering.membership(graph, labels)
    return Clustering(graph.face_ids, labels, membership, previous.recipe)


def _with_leftovers(
    collection: Collection, previous: Clustering, estimator: clustering.Clusterer, method: str
) -> Clustering:
    if not isinstance(estimator, clustering.GraphClusterer):
        raise UsageError(f"{method}: leftovers are clustered by a method on the neighbour graph")
    graph = collection.graph
    if not np.array_equal(previous.face_ids, graph.face_ids):
        raise ProsoponError(
            f"{collection.name}: faces have come or gone since the last clustering; run  "
            "prosopon cluster --update  first"
        )
    labels = clustering.cluster_leftovers(previous.labels, graph, estimator)
    own = {"method": method, **estimator.get_params()}
    recipe = replace(previous.recipe, parameters={**previous.recipe.parameters, "leftovers": own})
    membership = clustering.membership(graph, labels)
    return Clustering(previous.face_ids, labels, membership, recipe)


def make(method: str, parameters: Mapping[str, Any], threshold: float) -> clustering.Clusterer:
    """The clusterer; a cosine threshold that isn't given is the collection's."""
    known = clustering.METHODS.get(method)
    defaults: dict[str, Any] = {}
    if known is not None and known.estimator.calibrated is not None:
        defaults[known.estimator.calibrated] = threshold
    return clustering.make(method, **{**defaults, **parameters})


def _chosen(collection: Collection, method: str) -> dict[str, Any]:
    """The parameters that a sweep has chosen for `method`."""
    with collection.store.read() as connection:
        kept = json.loads(recall(connection, CHOSEN) or "{}")
    parameters: dict[str, Any] = kept["parameters"] if kept.get("method") == method else {}
    return parameters


def last_run(collection: Collection) -> Clustering:
    with collection.store.read() as connection:
        run = clusterings.find(connection)
        if run is None:
            raise ProsoponError(
                f"{collection.name}: nothing is clustered yet; run  prosopon cluster"
            )
        return clusterings.load(connection, run.id)


def keep(collection: Collection, made: Clustering, timer: StageTimer) -> Clustered:
    """Save a run with the quality and the lasting identifiers of its clusters."""
    laps = {name: asdict(lap) for name, lap in timer.laps.items()}
    qualities = clustering.qualities(collection.graph, made.labels)
    store = collection.store
    with store.writing(), store.begin(same_faces=True) as connection:
        noted = runs.start(connection, "cluster", {"method": made.recipe.algorithm})
        runs.end(connection, noted, "done", {"faces": len(made), "stages": laps})
        earlier = clusterings.list_runs(connection)
        before = [run.id for run in earlier if run.recipe.model == made.recipe.model]
        found, identifiers = None, {}
        if before:
            found = clustering.changes(clusterings.load(connection, before[-1]), made)
            known = clusterings.identifiers(connection, before[-1])
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
        seconds=laps["clustering"]["seconds"],
        changes=report,
        warning=_warning(made, sizes),
    )


def _warning(made: Clustering, sizes: NDArray[np.int64]) -> str:
    """One cluster with most of the faces, or hardly any face in a cluster."""
    faces, grouped = len(made), int(sizes[sizes > 1].sum())
    if most := clustering.swallowed(sizes, faces):
        found = f"one cluster holds {most:,} of {faces:,} faces. If it is not one person"
    elif faces >= clustering.FEW and grouped < faces * SCARCE:
        found = f"only {grouped:,} of {faces:,} faces are in a cluster. If people are there often"
    else:
        return ""
    recipe = made.recipe
    name = clustering.METHODS[recipe.algorithm].estimator.calibrated
    name = name or next(iter(recipe.parameters), "")
    return f"{found}, try another {name} (--set {name}=…; now {recipe.parameters.get(name)})"


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
