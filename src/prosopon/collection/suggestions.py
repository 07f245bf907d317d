"""Who faces may be: from the vectors, the last clustering, and all that was decided so far."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prosopon import zoo
from prosopon.clustering import suited
from prosopon.collection.current import current
from prosopon.collection.neighbours import neighbour_graph
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.sheet import out_of_life
from prosopon.collection.review.snapshot import NOBODY, Snapshot
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import queue
from prosopon.people import suggest as room
from prosopon.people.calibration import Calibration, shipped
from prosopon.people.soften import soften
from prosopon.people.suggest import Band, Known, Suggestions
from prosopon.records import Int32, Int64
from prosopon.store import faces
from prosopon.store.faces import FaceTable

POOR_SIZE = 32
"""Pixels of the longer side of the box below which a face is too small to be relied on."""
POOR_SHARPNESS = 0.1
POOR_YAW = 60
"""Degrees away from the camera."""
Order = Literal["probability", "nearest", "common"]


@dataclass(frozen=True, slots=True)
class Suggested:
    """A possible name of a face, and why."""

    face: int
    person: str
    name: str
    probability: float
    band: str
    """tick, ask or hide."""
    because: int
    """The face of that person that is nearest."""
    cosine: float
    votes: float
    """Near faces with that name; predicted ones count by their probability."""
    warning: str = ""
    """What the photograph's date says against it."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A face that may be the one asked for."""

    face: int
    cosine: float
    name: str
    """By human decision; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two clusters that may be one person."""

    clusters: tuple[int, int]
    """Their lasting identifiers."""
    faces: tuple[int, int]
    """The faces of the two that are nearest to each other."""
    probability: float
    band: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the queue would put next."""

    faces: list[int]
    person: str
    """Who it probably is; empty where nobody is suggested."""
    name: str
    probability: float
    gain: float
    """Faces that an answer settles, as expected."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """A soft label: what label propagation makes of the names in a face's cluster."""

    face: int
    cluster: int
    person: str
    name: str
    probability: float


@dataclass(frozen=True, eq=False)
class Advice:
    """What suggestions are made from. Rows are those of the embeddings."""

    now: Snapshot
    known: Known
    calibration: Calibration
    face_ids: Int64
    """(n,)"""
    clusters: Int32
    """(n,) labels, as in the snapshot's stock."""

    def rows(self, face_ids: Sequence[int]) -> Int64:
        """Rows of faces. Raises UsageError for one that is not there."""
        wanted = np.array(sorted(set(face_ids)), np.int64)
        missing = wanted[~np.isin(wanted, self.face_ids)]
        if len(missing):
            raise UsageError(f"face {missing[0]}: there is no such face, or it has no embedding")
        return np.searchsorted(self.face_ids, wanted)

    def name(self, person: int) -> tuple[str, str]:
        """Identifier and name of a person's number; empty for none."""
        if person == NOBODY:
            return "", ""
        found = self.now.persons[person]
        return found.id, found.name

    def identifier(self, row: int) -> int:
        """The lasting identifier of the cluster of a face; 0 for none."""
        label = int(self.clusters[row])
        return int(self.now.stock.identifiers[label]) if label >= 0 else 0


def advise(desk: Desk) -> Advice:
    """Bring together all that suggestions are made from.

    Raises ProsoponError if nothing is indexed or clustered.
    """
    now = desk.snapshot()
    with desk.store.read() as connection:
        chosen = current(desk.store, connection)
        embeddings = faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)
        table = faces.load_faces(connection, detector_id=chosen.detector_id)
    if not len(embeddings):
        raise ProsoponError(f"{desk.store.name}: no faces yet; index photographs first")
    rows = np.searchsorted(table.ids, embeddings.face_ids)
    stock_rows = np.searchsorted(now.stock.face_ids, embeddings.face_ids)
    graph = neighbour_graph(desk.store, embeddings)
    cluster = now.stock.labels[stock_rows]
    sure = (now.who != NOBODY) & ~now.doubtful & now.shown
    named = np.where(sure, now.who, NOBODY)[stock_rows].astype(np.int32)
    pulls = ~_poor(table)[rows] & now.shown[stock_rows]
    rejected = _rejected(now, embeddings.face_ids)
    person, confidence = soften(graph, cluster, named, rejected, pulls)
    known = Known(
        vectors=embeddings.vectors,
        graph=graph,
        cluster=cluster,
        person=person,
        confidence=confidence,
        pulls=pulls,
        rejected=rejected,
        apart=_apart(now, embeddings.face_ids),
        passed=~now.shown[stock_rows],
    )
    calibrated = zoo.card(chosen.embedder).threshold
    threshold = suited(embeddings) if calibrated is None else calibrated.cosine
    adapted = room.adapted(known, shipped(chosen.embedder, threshold))
    return Advice(now, known, adapted, embeddings.face_ids, cluster)


def names(
    desk: Desk,
    face_ids: Sequence[int] = (),
    *,
    order: Order = "probability",
    soft: bool = True,
    k: int | None = None,
    radius: float | None = None,
    limit: int = 100,
) -> list[Suggested]:
    """Names for these faces, or (without any) for all that wait for one, hidden band left out.

    order : of the names of one face: most probable, nearest or most common first.
    """
    advice = advise(desk)
    rows = advice.rows(face_ids) if face_ids else np.flatnonzero(advice.known.open)
    groups = np.full(len(advice.face_ids), -1, np.int32)
    groups[rows] = np.arange(len(rows))
    found = room.names(advice.known, groups, advice.calibration, soft=soft, k=k, radius=radius)
    if order == "nearest":
        found = room.by_distance(found)
    elif order == "common":
        found = room.by_votes(found)
    if not face_ids:
        found = room.best(found[found.bands > Band.HIDE])
        found = found[np.argsort(-found.probability, kind="stable")]
    return list(_suggested(desk, advice, found[np.arange(min(limit, len(found)))]))


def of_person(desk: Desk, person: str, limit: int = 100) -> list[Suggested]:
    """Faces that may be this person, the most probable first."""
    advice = advise(desk)
    found = room.names(
        advice.known,
        np.where(advice.known.open, np.cumsum(advice.known.open) - 1, -1).astype(np.int32),
        advice.calibration,
    )
    found = found[found.persons == advice.now.number[person]]
    found = found[np.argsort(-found.probability, kind="stable")]
    return list(_suggested(desk, advice, found[np.arange(min(limit, len(found)))]))


def like(desk: Desk, face_ids: Sequence[int], limit: int = 30) -> list[Alike]:
    """The faces most like any of these, among all that may be shown."""
    advice = advise(desk)
    rows = advice.rows(face_ids)
    others = np.setdiff1d(np.flatnonzero(~advice.known.passed), rows)
    found, cosines = room.similar(advice.known.vectors, rows, others, limit)
    named = np.where(advice.known.named, advice.known.person, NOBODY)
    return [
        Alike(int(advice.face_ids[row]), round(float(cosine), 4), advice.name(int(named[row]))[1])
        for row, cosine in zip(found, cosines, strict=True)
    ]


def merges(desk: Desk, limit: int = 30) -> list[Merge]:
    """Pairs of unnamed clusters that may be one person, the most probable first."""
    advice = advise(desk)
    sizes = np.bincount(advice.clusters[advice.clusters >= 0], minlength=1)
    several = (advice.clusters >= 0) & (sizes[advice.clusters] > 1)
    groups = np.where(several, queue.open_groups(advice.known), -1).astype(np.int32)
    found = room.merges(advice.known, groups, advice.calibration)
    found = found[found.bands > Band.HIDE]
    found = found[np.argsort(-found.probability, kind="stable")][np.arange(min(limit, len(found)))]
    return [
        Merge(
            (advice.identifier(one), advice.identifier(other)),
            (int(advice.face_ids[one]), int(advice.face_ids[other])),
            round(probability, 4),
            Band(band).name.lower(),
        )
        for one, other, probability, band in zip(
            found.face.tolist(),
            found.because.tolist(),
            found.probability.tolist(),
            found.bands.tolist(),
            strict=True,
        )
    ]


def questions(desk: Desk, limit: int = 10) -> list[Asked]:
    """What to ask next: the questions that settle most faces for each answer."""
    advice = advise(desk)
    return [
        Asked(
            advice.face_ids[asked.rows].tolist(),
            *advice.name(asked.person),
            round(asked.probability, 4),
            round(asked.gain, 2),
        )
        for asked in queue.questions(advice.known, advice.calibration)[:limit]
    ]


def propagate(desk: Desk, cluster: int | None = None) -> list[Predicted]:
    """Soft labels: of one cluster, by its lasting identifier, or of all in which somebody is named.

    Raises UsageError for a cluster that is not there.
    """
    advice = advise(desk)
    known = advice.known
    soft = known.open & (known.person >= 0)
    if cluster is not None:
        label = advice.now.stock.label(cluster)
        if label is None:
            raise UsageError(f"cluster {cluster}: there is no such cluster in the last clustering")
        soft &= advice.clusters == label
    return [
        Predicted(
            int(advice.face_ids[row]),
            advice.identifier(row),
            *advice.name(int(known.person[row])),
            round(float(known.confidence[row]), 4),
        )
        for row in np.flatnonzero(soft).tolist()
    ]


def _suggested(desk: Desk, advice: Advice, found: Suggestions) -> Iterator[Suggested]:
    stock = advice.now.stock
    places = np.searchsorted(stock.face_ids, advice.face_ids[found.face])
    photos = desk.photos_of(np.unique(stock.photo_ids[places]).tolist())
    for number, (place, band) in enumerate(zip(places.tolist(), found.bands.tolist(), strict=True)):
        person = advice.now.persons[int(found.persons[number])]
        photo = photos.get(int(stock.photo_ids[place]))
        taken = photo.taken_at.date() if photo is not None and photo.taken_at else None
        yield Suggested(
            face=int(stock.face_ids[place]),
            person=person.id,
            name=person.name,
            probability=round(float(found.probability[number]), 4),
            band=Band(band).name.lower(),
            because=int(advice.face_ids[found.because[number]]),
            cosine=round(float(found.nearest[number]), 4),
            votes=round(float(found.votes[number]), 2),
            warning=out_of_life(person, taken),
        )


def _poor(table: FaceTable) -> np.ndarray:
    """(n,) faces that must not pull others along."""
    size = (table.boxes[:, 2:] - table.boxes[:, :2]).max(axis=1, initial=0)
    blurred = table.quality["sharpness"] < POOR_SHARPNESS  # NaN, not known, is not poor
    turned = np.abs(table.quality["yaw"]) > POOR_YAW
    return np.asarray((size < POOR_SIZE) | blurred | turned)


def _rejected(now: Snapshot, face_ids: Int64) -> Int64:
    """(r, 2) row and person's number of what was said no to."""
    found = [
        (face, now.number[person])
        for face, persons in now.state.rejected.items()
        for person in persons
        if person in now.number
    ]
    pairs = np.array(found, np.int64).reshape(-1, 2)
    pairs = pairs[np.isin(pairs[:, 0], face_ids)]
    pairs[:, 0] = np.searchsorted(face_ids, pairs[:, 0])
    return pairs


def _apart(now: Snapshot, face_ids: Int64) -> Int64:
    """(a, 2) rows of faces that are two persons."""
    pairs = np.array(now.state.cannot_link, np.int64).reshape(-1, 2)
    return np.searchsorted(face_ids, pairs[np.isin(pairs, face_ids).all(axis=1)])
