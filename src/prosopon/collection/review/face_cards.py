"""Rows of a snapshot → faces as a sheet shows them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from prosopon.collection.review.views import Face
from prosopon.collection.view import NOBODY, CollectionView
from prosopon.people.suggestion import Suggestion
from prosopon.persons import out_of_life
from prosopon.records import Int64, Photo


def faces_of(
    now: CollectionView, rows: Int64, suggestions: Mapping[int, Suggestion] | None = None
) -> list[Face]:
    """The faces in these rows, in this order; `suggestions` by row. Hidden ones are left out."""
    return sheets(now, [rows], suggestions)[0]


def sheets(
    now: CollectionView,
    many: Sequence[Int64],
    suggestions: Mapping[int, Suggestion] | None = None,
) -> list[list[Face]]:
    """`faces_of` for several sheets at once, with one look into the store."""
    shown = [rows[~now.hidden[rows]].tolist() for rows in many]
    every = [row for rows in shown for row in rows]
    photos = now.photos_of(np.unique(now.faces.photo_ids[every]).tolist())
    of_row = {
        row: photo
        for row in every
        if (photo := photos.get(int(now.faces.photo_ids[row])))  # else its file has gone
    }
    known = suggestions or {}
    return [
        [_face(now, row, of_row[row], known.get(row)) for row in rows if row in of_row]
        for rows in shown
    ]


def _face(now: CollectionView, row: int, photo: Photo, suggestion: Suggestion | None) -> Face:
    face = int(now.faces.face_ids[row])
    place = int(now.who[row])
    person = None if place == NOBODY else now.persons[place]
    named = now.state.names.get(face)
    several = named.persons if named is not None and len(named.persons) > 1 else ()
    taken = photo.taken_at.date() if photo.taken_at else None
    mark = now.state.marks.get(face)
    meant = now.person(suggestion.person) if person is None and suggestion else person
    return Face(
        id=face,
        photo=int(now.faces.photo_ids[row]),
        file=Path(photo.path).name,
        taken=str(taken.year) if taken else "",
        person=person,
        others=[one for one in map(now.person, several) if one is not None],
        doubtful=bool(now.doubtful[row]),
        mark="" if mark is None else mark.past,
        warning="" if meant is None else out_of_life(meant, taken),
        suggestion=suggestion,
    )
