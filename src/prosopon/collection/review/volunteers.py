"""Pages for people who help: sheets to print, names to check, opinions asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prosopon.collection import checks
from prosopon.collection.checks import NameQuality
from prosopon.collection.review.face_cards import faces_of, sheets
from prosopon.collection.review.pages import number
from prosopon.collection.review.session import Review
from prosopon.collection.review.views import Box, Face
from prosopon.collection.roster import NOBODY
from prosopon.collection.upright import Upright
from prosopon.collection.view import CollectionView
from prosopon.metadata import Metadata
from prosopon.people.suggestion import Suggestion
from prosopon.people.telling import OPINION
from prosopon.records import Int64

TO_CHECK, CELLS, PHOTOS = 12, 96, 12
"""Names on the page of checks; cells and photographs on the sheets of one view."""
_EACH = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A face or a group of faces, with a number to write a name for."""

    number: str
    """As `contact_sheets.read` takes it back."""
    faces: Sequence[Face]
    size: int


@dataclass(frozen=True, slots=True)
class PhotoSheet:
    """A photograph whose unnamed faces have numbers, from left to right."""

    photo: int
    file: str
    width: int
    height: int
    said: Metadata
    boxes: Sequence[tuple[int, Box]]


def cells(review: Review, after: str = "") -> tuple[list[Cell], str]:
    """The groups without a name, the largest first, then the faces alone that can be known; and
    where the rest begins."""
    view, start = review.view, number(after)
    labels, order = view.to_name.tolist(), view.faces.by_clarity
    alone = order[_mask(view, view.alone)[order] & ~view.faces.weak[order]].tolist()
    end = start + CELLS
    groups, single = (
        labels[start:end],
        alone[max(start - len(labels), 0) : max(end - len(labels), 0)],
    )
    rows = [_open(view, label)[:_EACH] for label in groups] + [np.array([row]) for row in single]
    names = [f"G{view.faces.identifiers[label]}" for label in groups]
    names += [str(view.faces.face_ids[row]) for row in single]
    sizes = [int(view.cluster_open[label]) for label in groups] + [1] * len(single)
    made = [
        Cell(name, faces, size)
        for name, faces, size in zip(names, sheets(view, rows), sizes, strict=True)
        if faces
    ]
    return made, f"after={end}" if end < len(labels) + len(alone) else ""


def photos(review: Review, after: str = "") -> tuple[list[PhotoSheet], str]:
    """The photographs with most faces without a name, and where the rest begins."""
    from prosopon.collection.describe import described

    view, start = review.view, number(after)
    identifiers, counts = np.unique(view.faces.photo_ids[view.open], return_counts=True)
    order = identifiers[np.lexsort((identifiers, -counts))]
    chosen = order[start : start + PHOTOS].tolist()
    known, said = view.photos_of(chosen), described(view, chosen)
    made = []
    for one in filter(known.get, chosen):
        rows = view.faces.of_photo(one)
        rows = rows[view.open[rows]]
        photo = known[one]
        upright = Upright.of(view.faces, one, photo)
        boxes = [
            (int(view.faces.face_ids[row]), upright.place(view.faces.boxes[row].tolist()))
            for row in rows.tolist()
        ]
        file = photo.path.rpartition("/")[2]
        made.append(PhotoSheet(one, file, *upright.size, said[one], boxes))
    return made, f"after={start + PHOTOS}" if start + PHOTOS < len(order) else ""


def to_check(review: Review) -> tuple[list[Face], NameQuality]:
    """Names drawn at random, each with a face of that person to compare; and what is known yet."""
    view = review.view
    return _with_names(view, checks.sample(view, TO_CHECK)), checks.quality(view)


def opinions(review: Review) -> list[Face]:
    """Named faces about which somebody wants another's opinion, and nobody else has given one."""
    view, wanted = review.view, []
    for note in view.state.notes:
        if note.text != OPINION:
            continue
        for row in view.rows_at(note.faces).tolist():
            named = view.state.names.get(int(view.faces.face_ids[row]))
            given = named and any(
                entry.author != note.author and entry.at > note.at
                for entry in map(view.by_id.__getitem__, named.decisions)
            )
            if named and not given and view.who[row] != NOBODY and view.shown[row]:
                wanted.append(row)
    return _with_names(view, np.array(sorted(set(wanted)), np.int64))


def _with_names(view: CollectionView, rows: Int64) -> list[Face]:
    asked, sure = {}, view.shown & ~view.doubtful
    for row in rows.tolist():
        place = int(view.who[row])
        person = view.persons[place]
        others = np.flatnonzero(sure & (view.who == place))
        others = others[others != row]
        best = others[np.argmax(view.faces.membership[others])] if len(others) else None
        beside = None if best is None else int(view.faces.face_ids[best])
        asked[row] = Suggestion(person.id, person.name, evidence_face=beside)
    return faces_of(view, rows, asked)


def _open(view: CollectionView, label: int) -> Int64:
    rows = view.faces.members(label)
    return rows[view.open[rows]]


def _mask(view: CollectionView, rows: Int64) -> np.ndarray:
    mask = np.zeros(len(view.faces.face_ids), bool)
    mask[rows] = True
    return mask
