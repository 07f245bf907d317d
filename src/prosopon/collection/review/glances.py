"""What a cluster's or a person's faces have in common, as pictures."""

from collections.abc import Callable, Mapping

import numpy as np

from prosopon.collection import glance
from prosopon.collection.current import current
from prosopon.collection.review.browse import NotHere
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.snapshot import Snapshot
from prosopon.records import Int64
from prosopon.store import attributes

FEWEST, MOST = 3, 120
"""Faces that are summed up; of more, those that belong most firmly."""


def kinds(desk: Desk) -> list[str]:
    """The pictures that can be made: of the faces, and of their attributes if any are known."""
    with desk.store.read() as connection:
        known = attributes.current(connection) is not None
    return ["faces", "attributes"] if known else ["faces"]


def of_cluster(now: Snapshot, identifier: int) -> list[int]:
    """The faces of a cluster to sum up. Raises NotHere."""
    label = now.stock.label(identifier)
    if label is None or not now.cluster_sizes[label]:
        raise NotHere(f"There is no cluster {identifier} now.")
    return _chosen(now, now.stock.members(label))


def of_person(now: Snapshot, identifier: str) -> list[int]:
    """The faces of a person to sum up. Raises NotHere."""
    person = now.person(identifier)
    if person is None:
        raise NotHere("There is no such person.")
    rows = np.flatnonzero((now.who == now.number[person.id]) & ~now.doubtful)
    return _chosen(now, rows[np.argsort(-now.stock.strengths[rows], kind="stable")])


def draw(desk: Desk, kind: str, faces: list[int]) -> bytes:
    """A PNG of one of the `kinds`. Raises NotHere where there is nothing to show."""
    made = _KINDS[kind](desk, faces) if kind in _KINDS and len(faces) >= FEWEST else b""
    if not made:
        raise NotHere("There is no such picture.")
    return made


def _chosen(now: Snapshot, rows: Int64) -> list[int]:
    """Faces that may be shown; none from a photograph in which somebody is withheld, as a picture
    of one face may hold a part of the next."""
    withheld = now.stock.photo_ids[now.hidden]
    shown = now.shown[rows] & ~np.isin(now.stock.photo_ids[rows], withheld)
    chosen: list[int] = now.stock.face_ids[rows[shown]][:MOST].tolist()
    return chosen


def _faces(desk: Desk, faces: list[int]) -> bytes:
    return glance.eigenface(desk.store, glance.pictures(desk.store, faces, desk.settings))


def _attributes(desk: Desk, faces: list[int]) -> bytes:
    now = desk.snapshot()
    with desk.store.read() as connection:
        model = attributes.current(connection)
        if model is None:
            return b""
        detector_id = current(desk.store, connection).detector_id
        table = attributes.load(connection, model, detector_id)
    return glance.occurrence(table.of(now.stock.face_ids[now.shown]), faces)


_KINDS: Mapping[str, Callable[[Desk, list[int]], bytes]] = {
    "faces": _faces,
    "attributes": _attributes,
}
