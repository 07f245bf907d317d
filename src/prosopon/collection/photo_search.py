"""Search photographs by text, folder, date, and who is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.collection.photographs import PhotoFilter, Showing, photographs
from prosopon.collection.selection import PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.metadata import Date, Taken
from prosopon.persons import Person


@dataclass(frozen=True, slots=True)
class PhotoHit:
    """A photograph that fits."""

    id: int
    path: str
    date: str
    """EDTF; empty where nobody knows."""
    date_source: str
    title: str
    caption: str
    persons: list[str]
    """Named faces from left to right."""
    unnamed: int


@dataclass(frozen=True, slots=True)
class PhotosFound:
    """Those that fit, by folder and name."""

    fitting: int
    photos: list[PhotoHit]


def search_photos(
    collection: Collection,
    text: str = "",
    *,
    folder: str = "",
    persons: Sequence[PersonRef | Person | str] = (),
    taken: str = "",
    no_face: bool = False,
    unnamed: bool = False,
    limit: int = 100,
) -> PhotosFound:
    """List the photographs for which all of this holds.

    text : somewhere in a path, title, caption, keyword, place or code, in any case.
    persons : who are all in it, by name or identifier.
    taken : a date or interval, which the photograph's date may fall into.

    Raises UsageError for a person who is not there, for what is no date, and for both of `no_face`
    and `unnamed`.
    """
    if no_face and unnamed:
        raise UsageError("photographs without a face have no unnamed faces: give one of the two")
    view = collection.view
    wanted = PhotoFilter(
        text=text,
        folder=folder,
        persons=[PersonRef.of(person).known(view).id for person in persons],
        faces=Showing.NO_FACE if no_face else Showing.UNNAMED if unnamed else Showing.ANY,
    )
    found = [(one.id, one.path) for one in photographs(collection, wanted).photos]
    span = Date.parse(taken).span if taken else None
    said = described(view, [n for n, _ in (found if span else found[:limit])])
    if span is not None:
        found = [
            (n, path) for n, path in found if (when := said[n].taken) and _overlaps(when, span)
        ]
    hits = []
    for number, path in found[:limit]:
        about, when = said[number], said[number].taken
        names, open_faces = _faces(view, number)
        hits.append(
            PhotoHit(
                number,
                path,
                when.date.edtf if when else "",
                when.source.value if when else "",
                about.title,
                about.caption,
                names,
                open_faces,
            )
        )
    return PhotosFound(len(found), hits)


def _overlaps(when: Taken, span: tuple[date, date]) -> bool:
    first, last = when.date.span
    return first <= span[1] and last >= span[0]


def _faces(view: CollectionView, photo: int) -> tuple[list[str], int]:
    """Names from left to right, and how many faces have none."""
    rows = view.faces.of_photo(photo)
    rows = rows[view.shown[rows]]
    names = [view.persons[place].name for place in view.who[rows].tolist() if place >= 0]
    return names, int(np.count_nonzero(view.open[rows]))
