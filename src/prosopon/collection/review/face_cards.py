"""Rows of a snapshot → faces as a sheet shows them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from prosopon.collection.describe import described
from prosopon.collection.review.views import Face
from prosopon.collection.roster import NOBODY
from prosopon.collection.view import CollectionView
from prosopon.languages import gettext as _
from prosopon.metadata import Metadata
from prosopon.metadata.date_text import date_text
from prosopon.people.suggestion import Suggestion
from prosopon.persons import Person, age_at, out_of_life
from prosopon.records import Int64, Photo


def faces_of(
    view: CollectionView, rows: Int64, suggestions: Mapping[int, Suggestion] | None = None
) -> list[Face]:
    """The faces in these rows, in this order; `suggestions` by row. Hidden ones are left out."""
    return sheets(view, [rows], suggestions)[0]


def sheets(
    view: CollectionView,
    many: Sequence[Int64],
    suggestions: Mapping[int, Suggestion] | None = None,
) -> list[list[Face]]:
    """`faces_of` for several sheets at once, with one look into the store."""
    shown = [rows[~view.hidden[rows]].tolist() for rows in many]
    every = [row for rows in shown for row in rows]
    photos = view.photos_of(np.unique(view.faces.photo_ids[every]).tolist())
    of_row = {
        row: photo
        for row in every
        if (photo := photos.get(int(view.faces.photo_ids[row])))  # else its file has gone
    }
    known, said = suggestions or {}, described(view, sorted(photos))
    return [
        [
            _face(view, row, of_row[row], said[int(view.faces.photo_ids[row])], known.get(row))
            for row in rows
            if row in of_row
        ]
        for rows in shown
    ]


def _face(
    view: CollectionView, row: int, photo: Photo, said: Metadata, suggestion: Suggestion | None
) -> Face:
    face = int(view.faces.face_ids[row])
    place = int(view.who[row])
    person = None if place == NOBODY else view.persons[place]
    named = view.state.names.get(face)
    several = named.persons if named is not None and len(named.persons) > 1 else ()
    taken = said.taken
    days = None if taken is None else (taken.date.first, taken.date.last)
    mark = view.state.marks.get(face)
    meant = view.person(suggestion.person) if person is None and suggestion else person
    return Face(
        id=face,
        photo=int(view.faces.photo_ids[row]),
        file=Path(photo.path).name,
        folder=Path(photo.path).parent.name,
        taken="" if taken is None else date_text(taken.date),
        source="" if taken is None else _(taken.source.value),
        caption=said.caption or said.title,
        age=None if meant is None else age_at(meant, days),
        beside=_beside(view, row),
        person=person,
        others=[one for one in map(view.person, several) if one is not None],
        doubtful=bool(view.doubtful[row]),
        mark="" if mark is None else _(mark.past),
        warning="" if meant is None else out_of_life(meant, days),
        suggestion=suggestion,
    )


def _beside(view: CollectionView, row: int) -> list[Person]:
    """Who else is named in the photograph, from left to right."""
    others = view.faces.of_photo(int(view.faces.photo_ids[row]))
    others = others[(others != row) & view.shown[others]]
    places = dict.fromkeys(view.who[others].tolist())  # twice where two faces bear one name
    return [view.persons[place] for place in places if place != NOBODY]
