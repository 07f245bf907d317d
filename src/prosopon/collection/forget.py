"""Take a person, or a photograph, out of a collection, and show that nothing is left."""

import json
import mmap
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.describe import forget_names
from prosopon.collection.rights import Role
from prosopon.collection.selection import PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry.matching import match_boxes
from prosopon.people import Decision, Kind, Region, to_json
from prosopon.people.decisions import WHOLE
from prosopon.people.forgetting import forget as forget_in_log
from prosopon.persons import Person
from prosopon.store import Store, catalogue, clusterings, decisions, faces, forgotten
from prosopon.store.faces import Place
from prosopon.store.thumbnails import Thumbnails
from prosopon.tables import Result

_MOST = 200
"""Vectors, pictures and boxes that are looked for in the files: so many of each, evenly chosen."""
_PIECE = 48
"""Bytes of a picture that are looked for; a database spreads longer pieces over pages."""


@dataclass(frozen=True, slots=True)
class Forgotten(Result):
    """What was taken out."""

    dry_run: bool
    faces: int
    """Of all detectors."""
    entries: int
    """Of the log, that lost content."""
    searched: int
    """Traces that were looked for in the bytes of the files, and not found."""
    files: list[str] = field(default_factory=list)
    """Those that were searched."""
    remarks: list[str] = field(default_factory=list)
    """What the database can't forget by itself."""
    mended: int = 0
    """Pictures of faces that were gone, taken out of the cache."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Who or what is to be forgotten."""

    persons: Set[str] = frozenset()
    names: Sequence[str] = ()
    digest: str = ""
    """Of a photo."""
    paths: Sequence[str] = ()


def forget(
    collection: Collection,
    person: PersonRef | Person | str | None = None,
    *,
    photo: str | Path | None = None,
    author: str | None = None,
    dry_run: bool = False,
) -> Forgotten:
    """Take out a person for ever: faces, vectors, thumbnails, boxes, names, and all that the log
    says; those merged into that one as well. The files are searched for traces afterwards.

    The photographs stay. Of each face a keyed fingerprint of the photo's pixels and the place is
    kept, by which `index` leaves it out, with any detector. Faces that may be this person or
    another lose that remark. If this is killed, the next opening of the collection finishes it.

    photo : take out this photograph instead, with all faces in it. The file stays where it is;
        by a fingerprint of its pixels `index` leaves it out.
    author : whose decision it is; by default the user's.
    dry_run : only say what would go.

    With neither person nor photograph, what should be gone is looked for and taken out, and the
    files are rewritten so that nothing deleted is left in them.

    Raises UsageError for an unknown person or photograph, ProsoponError while the collection is in
    use, and if anything is still found in its files afterwards.
    """
    if person is not None and photo is not None:
        raise UsageError("give a person or --photo, not both")
    with collection.store.writing():
        by = collection.people.by(author).author
        collection.users.by(by).require(Role.OWNER)
        if person is not None:
            subject, regions = _person(collection.view, PersonRef.of(person))
            return _forget(collection, subject, regions, by, dry_run)
        if photo is not None:
            number, found = collection.find_photo(photo)
            with collection.store.read() as connection:
                paths = [path for path, of in catalogue.all_paths(connection) if of == number]
            subject = _Subject(digest=found.sha256, paths=paths)
            return _forget(collection, subject, (), by, dry_run)
        return Forgotten(False, 0, 0, 0, mended=forgotten.finish(collection.store))


def _person(view: CollectionView, person: PersonRef) -> tuple[_Subject, list[Region]]:
    found = person.known(view, restricted=True)
    merged = [one for one in view.state.merged if view.state.merged_into(one) == found.id]
    places = (
        region
        for present in view.state.present.values()
        for region, who in present
        if who == found.id and region.box != WHOLE
    )
    subject = _Subject(frozenset({found.id, *merged}), (found.name, *found.variants))
    return subject, [*_regions(view, found.id), *places]


def _forget(
    collection: Collection, subject: _Subject, regions: Sequence[Region], author: str, dry_run: bool
) -> Forgotten:
    store = collection.store
    with store.read() as connection:
        digests = sorted({region.photo for region in regions} | {subject.digest} - {""})
        places = faces.places_in(connection, digests)
        if not subject.digest:
            places = _at(places, regions)
        removed = [place.face for place in places]
        vectors = faces.vectors_of(connection, removed)
    where = _Where(collection.view, subject, regions, set(removed))
    left = forget_in_log(collection.decisions, subject.persons, where.gone, subject.names)
    if dry_run:
        return Forgotten(True, len(removed), len(left), 0)
    thumbnails = Thumbnails(store.cache)
    pictures = list(thumbnails.get(removed).values())
    with store.begin() as connection:
        decisions.blank(connection, {name: to_json(entry) for name, entry in left.items()})
        decisions.append(connection, [to_json(Decision(author, Kind.FORGET))])
        if not subject.digest:
            for photo, boxes in _by_photo(places).items():
                forgotten.note(connection, photo, boxes)
        faces.remove(connection, removed)
        forget_names(connection, subject.names)
        if subject.digest:
            forgotten.note_photo(connection, subject.digest)
            catalogue.remove(connection, subject.digest)
        clusterings.remove_faces(connection, removed)
        forgotten.begin(connection, removed)
    forgotten.finish(store)
    traces = [
        *_some([vector for vector in vectors if any(vector)]),
        *_some([piece for picture in pictures for piece in _pieces(picture)]),
        *_some([_packed(place) for place in places]),
        *(text.encode() for text in (*subject.persons, subject.digest, *subject.paths) if text),
    ]
    files = _files(store)
    found = {file.name for file, hit in _search(files, traces) if hit is not None}
    if found:
        raise ProsoponError(
            f"traces are still found in {', '.join(sorted(found))}; close every program that has "
            "the collection open and run  prosopon forget  without a person"
        )
    return Forgotten(
        dry_run=False,
        faces=len(removed),
        entries=len(left),
        searched=len(traces),
        files=[file.name for file in files],
        remarks=list(_remarks(files, subject)),
    )


class _Where:
    """Whether the log speaks of a place that is forgotten."""

    def __init__(
        self,
        view: CollectionView,
        subject: _Subject,
        regions: Sequence[Region],
        removed: Set[int],
    ) -> None:
        self._view = view
        self._digest = subject.digest
        self._removed = removed
        self._boxes: dict[str, list[tuple[float, ...]]] = defaultdict(list)
        for region in regions:
            self._boxes[region.photo].append(region.box)

    def gone(self, region: Region) -> bool:
        """Whether it is the photo, one of the faces, or a place marked where none was found."""
        if region.photo == self._digest:
            return True
        if region.photo not in self._boxes:
            return False
        rows = self._view.rows_at([region])
        if len(rows):
            return int(self._view.faces.face_ids[rows[0]]) in self._removed
        boxes = np.array(self._boxes[region.photo], np.float32)
        return bool(match_boxes(np.array([region.box], np.float32), boxes)[0] >= 0)


def _by_photo(places: Iterable[Place]) -> dict[str, list[tuple[float, ...]]]:
    """SHA-256 of each photo → boxes in pixels."""
    boxes: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for place in places:
        boxes[place.photo].append(place.box)
    return boxes


def _regions(view: CollectionView, person: str) -> Iterator[Region]:
    """Where the faces are that have a person's name and no other, hidden ones too."""
    named = [face for face in view.faces_named(person) if len(view.state.names[face].persons) == 1]
    rows = view.faces.rows(named)
    photos = view.photos_of(np.unique(view.faces.photo_ids[rows]).tolist())
    for row in rows.tolist():
        photo = photos[int(view.faces.photo_ids[row])]
        x1, y1, x2, y2 = view.faces.boxes[row].tolist()
        width, height = photo.width, photo.height
        yield Region(photo.sha256, (x1 / width, y1 / height, x2 / width, y2 / height))


def _at(places: Sequence[Place], regions: Iterable[Region]) -> list[Place]:
    """The faces of every detector at these places."""
    wanted: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for region in regions:
        wanted[region.photo].append(region.box)
    of_detector: dict[tuple[str, int], list[Place]] = defaultdict(list)
    for place in places:
        of_detector[place.photo, place.detector].append(place)
    found = []
    for (photo, _), known in of_detector.items():
        boxes = np.array([place.box for place in known], np.float32)
        asked = np.array(wanted[photo], np.float32) * np.tile(known[0].size, 2)
        rows = match_boxes(asked.astype(np.float32), boxes)
        found += [known[row] for row in np.unique(rows[rows >= 0]).tolist()]
    return found


def _files(store: Store) -> list[Path]:
    """The files of the collection; those of a database server are not at hand."""
    database = Path(store.name).expanduser()
    beside = [database.with_name(database.name + end) for end in ("", "-wal", "-journal")]
    cached = store.cache.rglob("*") if store.cache.is_dir() else ()
    return sorted({file for file in (*beside, *cached) if file.is_file() and file.stat().st_size})


def _search(files: Iterable[Path], traces: Sequence[bytes]) -> Iterator[tuple[Path, bytes | None]]:
    """Each file with the first of the traces that is in its bytes, None for none."""
    for file in files:
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as m:
            yield file, next((trace for trace in traces if m.find(trace) >= 0), None)


def _remarks(files: Sequence[Path], subject: _Subject) -> Iterator[str]:
    for name in subject.names:
        spellings = [name.encode(), json.dumps(name)[1:-1].encode()]
        if any(hit is not None for _, hit in _search(files, spellings)):
            yield (
                f"the name {name!r} still stands in the collection: in the path of a photograph, "
                "in another person's name, or as an author"
            )
    if subject.persons:
        yield (
            "sidecars, exports, reports and backups that were written earlier are not touched; "
            "prosopon export --format xmp brings the sidecars up to date"
        )


def _some(traces: Sequence[bytes]) -> Sequence[bytes]:
    """At most `_MOST` of them, evenly chosen."""
    step = max(-(-len(traces) // _MOST), 1)
    return traces[::step]


def _pieces(picture: bytes) -> list[bytes]:
    """Two pieces of a JPEG from beyond its tables, which all pictures share."""
    middle = len(picture) // 2
    return [picture[at : at + _PIECE] for at in (middle, middle + 2 * _PIECE)]


def _packed(place: Place) -> bytes:
    """A box as SQLite packs it."""
    return struct.pack(">4d", *place.box)
