"""The photographs of a collection: which fit a filter, in which order, what is known."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.collection.files import PhotoDays
from prosopon.collection.selection import PersonRef
from prosopon.collection.standing import Mask
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.metadata import Date, Metadata, Taken, may_mention, perhaps
from prosopon.persons import Person, search_key
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
    taken: str = ""
    """A date or interval (see `metadata.dates`) that its date may fall into."""
    persons: Sequence[str] = ()
    """Identifiers of persons who all are in it."""
    faces: Showing = Showing.ANY
    order: Order = Order.FOLDER
    copies: bool = False
    """Every copy of a picture by itself; otherwise the first that fits stands for all."""


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A photograph that fits."""

    id: int
    path: str
    heading: str
    """Its folder, or its year; empty without a date."""
    copies: int = 0
    """Other files of the same picture, saved again or resized, that fit and are not listed."""


@dataclass(frozen=True, slots=True)
class FoundPhotos:
    """Those that fit, in order."""

    ids: Int64
    paths: Mapping[int, str]
    headings: Mapping[int, str]
    copies: Mapping[int, Sequence[int]]
    folders: Sequence[str]
    """All folders of the collection."""

    def __len__(self) -> int:
        return len(self.ids)

    def page(self, start: int, count: int) -> list[FoundPhoto]:
        """So many of them, from one on; the same quickly for a million."""
        return [
            FoundPhoto(n, self.paths[n], self.headings[n], len(self.copies.get(n, ())))
            for n in self.ids[start : start + count].tolist()
        ]


@dataclass(frozen=True, slots=True)
class PhotoHit:
    """A photograph that fits, and what is known of it."""

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
    copies: int
    """Other files of the same picture that fit."""


@dataclass(frozen=True, slots=True)
class PhotosFound:
    """The first of those that fit."""

    fitting: int
    photos: list[PhotoHit]


def photographs(collection: Collection, wanted: PhotoFilter = PhotoFilter()) -> FoundPhotos:
    """List the photographs that fit, by folder and name or by date.

    Raises UsageError for a person who is not there, and for what is no date.
    """
    view = collection.view
    files = view.faces.files
    fits = np.ones(len(files.order), bool)
    if wanted.text:
        named, said = files.named(wanted.text), _said(collection, view, wanted.text)
        fits &= files.mask(named) | files.mask(said)
    if wanted.folder:
        fits &= files.mask(files.below(wanted.folder))
    for person in wanted.persons:
        fits &= files.mask(_photos_of_person(collection, view, person))
    fits &= _showing(view, wanted.faces)
    if wanted.taken:
        fits &= _days(view, _corrected(collection, view)).within(Date.parse(wanted.taken).span)
    copies = {} if wanted.copies else _hidden_copies(view, fits)
    fits &= ~files.mask(copy for several in copies.values() for copy in several)
    found = files.order[fits]
    if wanted.order is Order.FOLDER:
        return FoundPhotos(found, files.first, files.folder, copies, files.folders)
    corrected = _corrected(collection, view)
    days = _days(view, corrected).first[fits]
    years = _Years(ChainMap(corrected, view.faces.dates))
    by_date = found[np.argsort(days, kind="stable")]
    return FoundPhotos(by_date, files.first, years, copies, files.folders)


def search_photos(
    collection: Collection,
    text: str = "",
    *,
    folder: str = "",
    taken: str = "",
    persons: Sequence[PersonRef | Person | str] = (),
    faces: Showing | str = Showing.ANY,
    order: Order | str = Order.FOLDER,
    copies: bool = False,
    limit: int = 100,
) -> PhotosFound:
    """List the photographs for which all of this holds, with what is known of them.

    text, folder, taken, faces, order, copies : as `PhotoFilter` has them.
    persons : who are all in it, by name or identifier.
    limit : how many are listed; the others are only counted.

    Raises UsageError for a person who is not there, and for what is no date.
    """
    view = collection.view
    known = [PersonRef.of(person).known(view).id for person in persons]
    wanted = PhotoFilter(text, folder, taken, known, Showing(faces), Order(order), copies)
    found = photographs(collection, wanted)
    said = described(view, found.ids[:limit].tolist())
    hits = [_hit(view, one, said[one.id]) for one in found.page(0, limit)]
    return PhotosFound(len(found), hits)


def _hit(view: CollectionView, one: FoundPhoto, said: Metadata) -> PhotoHit:
    rows = view.faces.of_photo(one.id)
    rows = rows[view.shown[rows]]
    return PhotoHit(
        one.id,
        one.path,
        said.taken.date.edtf if said.taken else "",
        said.taken.source.value if said.taken else "",
        said.title,
        said.caption,
        [view.persons[place].name for place in view.who[rows].tolist() if place >= 0],
        int(np.count_nonzero(view.open[rows])),
        one.copies,
    )


def about_photo(collection: Collection, photo: int) -> tuple[Metadata, Taken | None]:
    """All that is said of a photograph, and when it was taken."""
    said = described(collection.view, [photo]).get(photo, Metadata())
    return said, said.taken


def _said(collection: Collection, view: CollectionView, text: str) -> set[int]:
    """Photographs with the text in what may be shown of what is said of them."""
    with collection.store.read() as connection:
        said = descriptions.search(connection, text)
    secret = view.roster.secret
    unsure = {
        number
        for number, one in said.items()
        if one.overruled or (secret and may_mention(one.text, secret))
    }
    key = search_key(text)
    shown = described(view, sorted(unsure))
    known = {number for number, about in shown.items() if key in search_key(about.text)}
    return (said.keys() - unsure) | known


def _corrected(collection: Collection, view: CollectionView) -> dict[int, Date]:
    """Dates that people gave, which go before what was read."""
    said = view.state.dates
    with collection.store.read() as connection:
        numbers = catalogue.find_digests(connection, list(said))
    return {
        number: known
        for number, photo in numbers.items()
        if (known := perhaps(said[photo.sha256])) is not None
    }


def _days(view: CollectionView, corrected: Mapping[int, Date]) -> PhotoDays:
    places = view.faces.files.places_of(corrected)
    return view.faces.days.corrected(places, corrected.values())


class _Years(dict[int, str]):
    """Photograph → the year under which it is listed; empty without a date."""

    def __init__(self, dates: Mapping[int, Date]) -> None:
        super().__init__()
        self._dates = dates

    def __missing__(self, number: int) -> str:
        when = self._dates.get(number)
        return "" if when is None else str(when.first.year)


def _hidden_copies(view: CollectionView, fits: Mask) -> dict[int, list[int]]:
    """The first copy of each picture → its others."""
    if not view.faces.copies:
        return {}
    files = view.faces.files
    several: dict[int, list[int]] = {}
    inside = files.mask(view.faces.copies) & fits
    for copy in sorted(files.order[inside].tolist()):
        several.setdefault(view.faces.copies[copy], []).append(copy)
    there = set(files.order[files.mask(several) & fits].tolist())
    shown = {}
    for first, others in several.items():
        head = first if first in there else others.pop(0)
        if others:
            shown[head] = others
    return shown


def _photos_of_person(collection: Collection, view: CollectionView, identifier: str) -> set[int]:
    """Where somebody is, with a face or without."""
    person = view.person(identifier)
    if person is None:
        raise UsageError(_("There is no such person: choose one from the list."))
    rows = (view.who == view.number[person.id]) & view.shown
    found = set(view.faces.photo_ids[rows].tolist())
    present = [
        digest
        for digest, who in view.state.present.items()
        if any(view.state.merged_into(one) == person.id for _, one in who)
    ]
    with collection.store.read() as connection:
        return found | set(catalogue.find_digests(connection, present))


def _showing(view: CollectionView, wanted: Showing) -> Mask:
    def photos_with(rows: Mask) -> Mask:
        return view.faces.files.mask_at(view.faces.photo_places[rows])

    if wanted is Showing.NO_FACE:
        return ~photos_with(~view.set_aside)
    if wanted is Showing.UNNAMED:
        return photos_with(view.open)
    if wanted is Showing.DOUBTFUL:
        return photos_with(view.doubtful & view.shown)
    return np.ones(len(view.faces.files.order), bool)
