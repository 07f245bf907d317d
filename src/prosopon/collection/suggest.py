"""Who faces may be: from the vectors, the last clustering, and all that was decided so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.collection.roster import NOBODY
from prosopon.collection.selection import PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import queue
from prosopon.people import suggest as room
from prosopon.people.calibration import Calibration, shipped
from prosopon.people.soft_labels import By, propagate_labels
from prosopon.people.suggest import Band, SuggestionContext, SuggestionTable
from prosopon.people.suggestion import Question, Suggestion, sure
from prosopon.persons import Person, out_of_life
from prosopon.records import Int64
from prosopon.tables import Table

Order = Literal["probability", "nearest", "common"]


@dataclass(frozen=True, slots=True)
class MergeSuggestion:
    """Two clusters that may be one person."""

    clusters: tuple[int, int]
    """Their lasting identifiers."""
    faces: tuple[int, int]
    """The faces of the two that are nearest to each other."""
    probability: float
    band: str


def suggest(
    collection: Collection,
    faces: Sequence[int] = (),
    *,
    order: Order = "probability",
    hard: bool = False,
    k: int | None = None,
    radius: float | None = None,
    limit: int = 100,
) -> Table[Suggestion]:
    """Names for these faces, or (without any) for all that wait for one, hidden band left out.

    Nothing is decided by it. What somebody rejected is not suggested again.

    order : of the names of one face: most probable, nearest or most common first.
    hard : count only faces that people named, not those predicted.
    k, radius : look at so many neighbours of each face, or at those of at least this cosine.
    """
    view = collection.view
    context, calibration = suggestion_context(view)
    rows = _rows(view, context, faces) if faces else np.flatnonzero(context.open)
    groups = np.full(len(context.face_ids), -1, np.int32)
    groups[rows] = np.arange(len(rows))
    found = room.names(context, groups, calibration, soft=not hard, k=k, radius=radius)
    if order == "nearest":
        found = room.by_distance(found)
    elif order == "common":
        found = room.by_votes(found)
    if not faces:
        found = room.best(found[found.bands > Band.HIDE])
        found = found[np.argsort(-found.probability, kind="stable")]
    return _suggestions(view, context, found, limit)


def suggest_faces(
    collection: Collection, person: PersonRef | Person | str, *, limit: int = 100
) -> Table[Suggestion]:
    """Faces without a name that may be this person, the most probable first."""
    view = collection.view
    wanted = PersonRef.of(person).known(view)
    context, calibration = suggestion_context(view)
    alone = np.where(context.open, np.cumsum(context.open) - 1, -1).astype(np.int32)
    found = room.names(context, alone, calibration)
    found = found[found.persons == view.number[wanted.id]]
    found = found[np.argsort(-found.probability, kind="stable")]
    return _suggestions(view, context, found, limit)


def suggest_merges(collection: Collection, *, limit: int = 30) -> Table[MergeSuggestion]:
    """Pairs of unnamed clusters that may be one person, the most probable first."""
    context, calibration = suggestion_context(collection.view)
    sizes = np.bincount(context.cluster[context.cluster >= 0], minlength=1)
    several = (context.cluster >= 0) & (sizes[context.cluster] > 1)
    groups = np.where(several, queue.open_groups(context), -1).astype(np.int32)
    found = room.merges(context, groups, calibration)
    found = found[found.bands > Band.HIDE]
    found = found[np.argsort(-found.probability, kind="stable")][np.arange(min(limit, len(found)))]
    called = context.clusters
    return Table(
        MergeSuggestion(
            (called[int(context.cluster[one])], called[int(context.cluster[other])]),
            (int(context.face_ids[one]), int(context.face_ids[other])),
            round(probability, 4),
            Band(band).name.lower(),
        )
        for one, other, probability, band in zip(
            found.face.tolist(),
            found.evidence_face.tolist(),
            found.probability.tolist(),
            found.bands.tolist(),
            strict=True,
        )
    )


def suggest_questions(collection: Collection, *, limit: int = 10) -> Table[Question]:
    """What to ask next: the questions that settle most faces for each answer."""
    return Table(queue.questions(*suggestion_context(collection.view))[:limit])


def propagate(
    collection: Collection, *, cluster: int | None = None, by: By = "harmonic"
) -> Table[Suggestion]:
    """Predict the names of faces from the named ones in their clusters: soft labels.

    cluster : only this one, by its lasting identifier.
    by : harmonic, or majority: the plain majority of the neighbours, whose share is the
        probability; rejections have no part in that.

    Raises UsageError for a cluster that is not there.
    """
    view = collection.view
    context, _ = suggestion_context(view, by)
    soft = context.open & (context.person >= 0)
    if cluster is not None:
        label = view.faces.label(cluster)
        if label is None:
            raise UsageError(f"cluster {cluster}: there is no such cluster in the last clustering")
        soft &= context.cluster == label
    return Table(
        Suggestion(
            *context.who(int(context.person[row])),
            probability=(probability := round(float(context.confidence[row]), 4)),
            reason=sure(probability),
            face=int(context.face_ids[row]),
            cluster=context.clusters.get(int(context.cluster[row]), 0),
        )
        for row in np.flatnonzero(soft).tolist()
    )


def most_similar(
    collection: Collection, faces: Iterable[int], *, limit: int = 30
) -> list[tuple[int, float, str]]:
    """The visible faces most like any of these: face, cosine, and who it is by human decision."""
    view = collection.view
    context, _ = suggestion_context(view)
    rows = _rows(view, context, tuple(faces))
    others = np.setdiff1d(np.flatnonzero(~context.skipped), rows)
    found, cosines = room.similar(context.vectors, rows, others, limit)
    named = np.where(context.named, context.person, NOBODY)
    return [
        (int(context.face_ids[row]), round(float(cosine), 4), context.who(int(named[row]))[1])
        for row, cosine in zip(found, cosines, strict=True)
    ]


def suggestion_context(
    view: CollectionView, by: By = "harmonic"
) -> tuple[SuggestionContext, Calibration]:
    """Bring together all that suggestions are made from. Rows are those of the embeddings.

    by : how soft labels come about.

    Raises ProsoponError if nothing is indexed.
    """
    faces, embeddings = view.faces, view.faces.embeddings
    if not len(embeddings):
        raise ProsoponError(f"{faces.store.name}: no faces yet; index photographs first")
    rows = np.searchsorted(faces.face_ids, embeddings.face_ids)
    cluster = faces.labels[rows]
    sure_names = (view.who != NOBODY) & ~view.doubtful & view.shown
    named = np.where(sure_names, view.who, NOBODY)[rows].astype(np.int32)
    reliable = ~faces.weak[rows] & view.shown[rows]
    rejected = _rejected(view, embeddings.face_ids)
    person, confidence = propagate_labels(faces.graph, cluster, named, rejected, reliable, by)
    context = SuggestionContext(
        vectors=embeddings.vectors,
        graph=faces.graph,
        cluster=cluster,
        person=person,
        confidence=confidence,
        reliable=reliable,
        rejected=rejected,
        apart=_apart(view, embeddings.face_ids),
        skipped=~view.shown[rows],
        face_ids=embeddings.face_ids,
        people=view.persons,
        clusters=dict(enumerate(faces.identifiers.tolist())),
    )
    return context, room.adapted(context, shipped(faces.embedder, faces.threshold))


def _rows(view: CollectionView, context: SuggestionContext, faces: Sequence[int]) -> Int64:
    """Rows of faces. Raises UsageError for one that is not there or may not be shown."""
    wanted = np.array(sorted(set(faces)), np.int64)
    here = np.isin(wanted, context.face_ids[~view.hidden[view.faces.rows(context.face_ids)]])
    if not here.all():
        raise UsageError(
            f"face {wanted[~here][0]}: there is no such face, or it has no embedding; prosopon "
            "info PHOTO lists those of a photograph, prosopon export all"
        )
    return np.searchsorted(context.face_ids, wanted)


def _suggestions(
    view: CollectionView, context: SuggestionContext, found: SuggestionTable, limit: int
) -> Table[Suggestion]:
    """The first of them, with what the photographs' dates say against them."""
    found = found[np.arange(min(limit, len(found)))]
    rows = np.searchsorted(view.faces.face_ids, context.face_ids[found.face])
    said = described(view, np.unique(view.faces.photo_ids[rows]).tolist())
    made: Table[Suggestion] = Table()
    for row, suggestion in zip(rows.tolist(), context.suggestions(found), strict=True):
        about, person = said.get(int(view.faces.photo_ids[row])), view.person(suggestion.person)
        taken = None if about is None or about.taken is None else about.taken.date
        days = None if taken is None else (taken.first, taken.last)
        warning = "" if person is None else out_of_life(person, days)
        made.append(replace(suggestion, warning=warning))
    return made


def _rejected(view: CollectionView, face_ids: Int64) -> Int64:
    """(r, 2) row and person's number of what was said no to."""
    found = [
        (face, view.number[person])
        for face, persons in view.state.rejected.items()
        for person in persons
        if person in view.number
    ]
    pairs = np.array(found, np.int64).reshape(-1, 2)
    pairs = pairs[np.isin(pairs[:, 0], face_ids)]
    pairs[:, 0] = np.searchsorted(face_ids, pairs[:, 0])
    return pairs


def _apart(view: CollectionView, face_ids: Int64) -> Int64:
    """(a, 2) rows of faces that are two persons."""
    pairs = np.array(view.state.cannot_link, np.int64).reshape(-1, 2)
    return np.searchsorted(face_ids, pairs[np.isin(pairs, face_ids).all(axis=1)])
