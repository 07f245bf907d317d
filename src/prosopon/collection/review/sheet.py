"""Rows of a snapshot → faces as a sheet shows them."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from prosopon.collection.review.desk import Desk
from prosopon.collection.review.snapshot import NOBODY, Snapshot
from prosopon.collection.review.views import Face, Proposal
from prosopon.people import Kind
from prosopon.persons import Person, date_range
from prosopon.records import Int64, Photo

_MARKS = {Kind.IGNORE: "ignored", Kind.NOT_A_FACE: "not a face", Kind.STATUE: "statue or painting"}


def faces_of(
    desk: Desk, now: Snapshot, rows: Int64, proposals: Mapping[int, Proposal] | None = None
) -> list[Face]:
    """The faces in these rows, in this order; `proposals` by row. Hidden ones are left out."""
    return sheets(desk, now, [rows], proposals)[0]


def sheets(
    desk: Desk,
    now: Snapshot,
    many: Sequence[Int64],
    proposals: Mapping[int, Proposal] | None = None,
) -> list[list[Face]]:
    """`faces_of` for several sheets at once, with one look into the store."""
    shown = [rows[~now.hidden[rows]].tolist() for rows in many]
    every = [row for rows in shown for row in rows]
    photos = desk.photos_of(np.unique(now.stock.photo_ids[every]).tolist())
    of_row = {
        row: photo
        for row in every
        if (photo := photos.get(int(now.stock.photo_ids[row])))  # else its file has gone
    }
    known = proposals or {}
    return [
        [_face(now, row, of_row[row], known.get(row)) for row in rows if row in of_row]
        for rows in shown
    ]


def _face(now: Snapshot, row: int, photo: Photo, proposal: Proposal | None) -> Face:
    face = int(now.stock.face_ids[row])
    place = int(now.who[row])
    person = None if place == NOBODY else now.persons[place]
    named = now.state.names.get(face)
    several = named.persons if named is not None and len(named.persons) > 1 else ()
    taken = photo.taken_at.date() if photo.taken_at else None
    mark = now.state.marks.get(face)
    meant = proposal.person if person is None and proposal else person
    return Face(
        id=face,
        photo=int(now.stock.photo_ids[row]),
        file=Path(photo.path).name,
        taken=str(taken.year) if taken else "",
        person=person,
        others=[one for one in map(now.person, several) if one is not None],
        doubtful=bool(now.doubtful[row]),
        mark="" if mark is None else _MARKS[mark],
        warning="" if meant is None else out_of_life(meant, taken),
        proposal=proposal,
    )


def out_of_life(person: Person, taken: date | None) -> str:
    """What a photograph's date says against the person; empty where it fits."""
    if taken is None:
        return ""
    if person.born and taken < date_range(person.born)[0]:
        return f"taken {taken.year}, but born {person.born}"
    if person.died and taken > date_range(person.died)[1]:
        return f"taken {taken.year}, but died {person.died}"
    return ""
