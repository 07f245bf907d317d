"""Rows of a snapshot → faces as a sheet shows them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np

from prosopon.people import Kind
from prosopon.persons import Person, date_range
from prosopon.records import Int64, Photo
from prosopon.workflows.review.desk import Desk
from prosopon.workflows.review.snapshot import NOBODY, Snapshot
from prosopon.workflows.review.views import Face, Proposal

_MARKS = {Kind.IGNORE: "ignored", Kind.NOT_A_FACE: "not a face", Kind.STATUE: "statue or painting"}


def faces_of(
    desk: Desk, now: Snapshot, rows: Int64, proposals: Mapping[int, Proposal] | None = None
) -> list[Face]:
    """The faces in these rows, in this order; `proposals` by row. Hidden ones are left out."""
    rows = rows[~now.hidden[rows]]
    photos = desk.photos_of(np.unique(now.stock.photo_ids[rows]).tolist())
    found = []
    for row in rows.tolist():
        photo = photos.get(int(now.stock.photo_ids[row]))
        if photo is not None:  # else its file has gone in the meantime
            found.append(_face(now, row, photo, (proposals or {}).get(row)))
    return found


def _face(now: Snapshot, row: int, photo: Photo, proposal: Proposal | None) -> Face:
    face = int(now.stock.face_ids[row])
    place = int(now.who[row])
    person = None if place == NOBODY else now.persons[place]
    named = now.state.names.get(face)
    several = named.persons if named is not None and len(named.persons) > 1 else ()
    taken = photo.taken_at.date() if photo.taken_at else None
    mark = now.state.marks.get(face)
    return Face(
        id=face,
        photo=int(now.stock.photo_ids[row]),
        file=Path(photo.path).name,
        taken=str(taken.year) if taken else "",
        person=person,
        others=[one for one in map(now.person, several) if one is not None],
        doubtful=bool(now.doubtful[row]),
        mark="" if mark is None else _MARKS[mark],
        warning="" if person is None else out_of_life(person, taken),
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
