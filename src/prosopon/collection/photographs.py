"""The photographs of a collection: which fit a filter, in which order, under which headings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePath

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.metadata import Metadata, Taken
from prosopon.records import Int64
from prosopon.store import catalogue, descriptions


class Showing(StrEnum):
    """What the faces of a photograph must be like."""

    ANY = ""
    NO_FACE = "no-face"
    UNNAMED = "unnamed"
    """At least one face has no name."""
    DOUBTFUL = "doubtful"
    """At least one name is in doubt."""


class Order(StrEnum):
    """In which order, and under which headings."""

    FOLDER = "folder"
    DATE = "date"
    """The earliest first; those without a date last."""


@dataclass(frozen=True, slots=True)
class PhotoFilter:
    """Which photographs; all of it must fit."""

    text: str = ""
    """Somewhere in a path, title, caption, keyword, place or code, in any case, accents or not."""
    folder: str = ""
    """Below this folder."""
    persons: Sequence[str] = ()
    """Identifiers of persons who all are in it."""
    faces: Showing = Showing.ANY
    order: Order = Order.FOLDER


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A photograph that fits."""

    id: int
    path: str
    heading: str
    """Its folder, or its year; empty without a date."""


@dataclass(frozen=True, slots=True)
class FoundPhotos:
    """Those that fit, in order."""

    photos: Sequence[FoundPhoto]
    folders: Sequence[str]
    """All folders of the collection."""

    def __len__(self) -> int:
        return len(self.photos)


def photographs(collection: Collection, wanted: PhotoFilter = PhotoFilter()) -> FoundPhotos:
    """List the photographs that fit, by folder and name or by date.

    Raises UsageError for a person who is not there.
    """
    view = collection.view
    with collection.store.read() as connection:
        places = catalogue.all_paths(connection)
        by_text = descriptions.search(connection, wanted.text) if wanted.text else set()
        if wanted.text:
            by_text |= {n for n, _ in catalogue.search(connection, wanted.text, len(places))}
    first = {number: path for path, number in reversed(places)}  # the first path of each
    fitting = set(first)
    if wanted.text:
        fitting &= by_text
    if wanted.folder:
        inside = PurePath(wanted.folder)
        fitting &= {number for path, number in places if inside in PurePath(path).parents}
    for person in wanted.persons:
        fitting &= _photos_of_person(collection, view, person)
    fitting &= _showing(view, wanted.faces, fitting)
    folders = sorted({str(PurePath(path).parent) for path in first.values()})
    if wanted.order is Order.DATE:
        return FoundPhotos(_by_date(collection, fitting, first), folders)
    found = [
        FoundPhoto(number, path, str(PurePath(path).parent))
        for number, path in first.items()
        if number in fitting
    ]
    return FoundPhotos(sorted(found, key=lambda one: (one.heading, one.path)), folders)


def about_photo(collection: Collection, photo: int) -> tuple[Metadata, Taken | None]:
    """All that is said of a photograph, and when it was taken."""
    said = described(collection.view, [photo]).get(photo, Metadata())
    return said, said.taken


def _by_date(collection: Collection, fitting: set[int], paths: dict[int, str]) -> list[FoundPhoto]:
    taken = {
        number: said.taken.date
        for number, said in described(collection.view, sorted(fitting)).items()
        if said.taken is not None
    }

    def key(number: int) -> tuple[bool, date, str]:
        first = taken[number].first if number in taken else date.max
        return first is date.max, first, paths[number]

    return [
        FoundPhoto(number, paths[number], str(taken[number].first.year) if number in taken else "")
        for number in sorted(fitting, key=key)
    ]


def _photos_of_person(collection: Collection, view: CollectionView, identifier: str) -> set[int]:
    """Where somebody is, with a face or without."""
    person = view.person(identifier)
    if person is None:
        raise UsageError("there is no such person: choose one from the list")
    rows = (view.who == view.number[person.id]) & view.shown
    found = set(view.faces.photo_ids[rows].tolist())
    present = [
        digest
        for digest, who in view.state.present.items()
        if any(view.state.merged_into(one) == person.id for _, one in who)
    ]
    with collection.store.read() as connection:
        return found | set(catalogue.find_digests(connection, present))


def _showing(view: CollectionView, wanted: Showing, among: set[int]) -> set[int]:
    def photos_with(rows: np.ndarray) -> set[int]:
        numbers: Int64 = view.faces.photo_ids[rows]
        return set(numbers.tolist())

    if wanted is Showing.NO_FACE:
        return among - photos_with(~view.set_aside)
    if wanted is Showing.UNNAMED:
        return photos_with(view.open)
    if wanted is Showing.DOUBTFUL:
        return photos_with(view.doubtful & view.shown)
    return among
