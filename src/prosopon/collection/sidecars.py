"""XMP sidecars beside the photographs: who is where, as photo managers read it."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath

from prosopon import photos
from prosopon.collection.collection import Collection
from prosopon.collection.export import Exported, exported_faces
from prosopon.collection.view import CollectionView
from prosopon.errors import ProsoponError
from prosopon.exchange import ExportedFace, xmp
from prosopon.files import read_bytes, write_text
from prosopon.paths import file_of, is_remote, located
from prosopon.progress import track
from prosopon.records import Photo
from prosopon.store import catalogue
from prosopon.xmp_packet import LARGEST, DamagedXmp, decode

_LARGEST = 4 * LARGEST
"""Bytes."""


def write_sidecars(collection: Collection) -> Exported:
    """Write the people of every photo into its sidecar: named for sure, by a human, with a name.

    Foreign metadata in a sidecar stays. A photo without such people gets no sidecar; one that has
    ours is brought up to date. A photo found at several paths gets one at each.
    """
    named: dict[str, list[ExportedFace]] = defaultdict(list)
    for face in confirmed_faces(collection.view):
        named[face.photo.sha256].append(face)
    with collection.store.read() as connection:
        places = catalogue.all_paths(connection)
        known = catalogue.find_many(connection, sorted({number for _, number in places}))
    places, problems = in_folders(places, "sidecars")
    sidecars = Sidecars(path for path, _ in places)
    gone: list[str] = []
    files = there = 0
    for path, number in track(places, "writing sidecars"):
        photo = replace(known[number], path=path)
        if not os.path.lexists(file_of(path)):
            gone += [path] if named[photo.sha256] else []
            continue
        there += bool(named[photo.sha256])
        try:
            files += _write(named[photo.sha256], photo, sidecars)
        except (OSError, ProsoponError) as error:
            problems.append(f"{error}: left as it is")
    said = "is gone; index its new place, or say  prosopon relocate OLD NEW"
    if gone and not there:
        raise ProsoponError(f"{gone[0]}: {said}; none of {len(gone):,} photographs is there")
    problems += [f"{path}: {said}" for path in gone]
    return Exported(sum(map(len, named.values())), files, problems=problems)


def in_folders(
    places: Sequence[tuple[str, int]], what: str
) -> tuple[list[tuple[str, int]], list[str]]:
    """The places at which files can be written, and what is to be said of the others: object
    stores and servers are only read.

    Raises ProsoponError where all are of those.
    """
    here = [place for place in places if not is_remote(place[0])]
    if len(here) == len(places):
        return here, []
    problem = (
        f"{len(places) - len(here):,} photographs are at addresses, where nothing is written "
        f"({what}): give their people as a table, prosopon export people.csv"
    )
    if not here:
        raise ProsoponError(problem)
    return here, [problem]


def confirmed_faces(view: CollectionView) -> Iterator[ExportedFace]:
    """The faces that a person named for sure, with a name."""
    nameless = {person.id for person in view.persons if person.nameless}
    for face in exported_faces(view):
        sure = face.confirmed and face.certainty == 1 and not face.alternatives
        if sure and face.person_id not in nameless:
            yield face


def written(found: Sequence[ExportedFace], photo: Photo, before: str) -> str | None:
    """A packet with these people of a photo; None where neither it nor the one before has any.

    Raises DamagedXmp.
    """
    if not found and not xmp.is_ours(before):
        return None
    whole = (0, 0, photo.width, photo.height)  # somewhere in the photo, nobody says where
    placed = [face for face in found if face.box != whole]
    present = [face.person for face in found if face.box == whole]
    return xmp.write(placed, photo, before, present)


class Sidecars:
    """Which sidecar belongs to which of many photographs."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._alike = Counter(PurePath(path).with_suffix("") for path in paths)
        self._far: tuple[Path, set[str]] = (Path(), set())

    def of(self, path: Path) -> tuple[Path, str]:
        """Where a photograph's sidecar is, or would be, and what it says now (empty if nothing).

        That is `name.ext.xmp`; or a `name.xmp` that is there alone, unless it belongs to another
        file: it may say of which ending that is, and says nothing where several have that name.

        Raises OSError, DamagedXmp.
        """
        photo, page = located(path)
        path = photo if page == 1 else path  # a page's has its name, and the page's number
        long, short = path.with_name(path.name + ".xmp"), path.with_suffix(".xmp")
        if self._is_there(long) or not self._is_there(short):
            return long, read_sidecar(long) if self._is_there(long) else ""
        text = read_sidecar(short)
        with _named(short):
            ending = xmp.owner(text) if text.strip() else ""
        alone = self._alike[path.with_suffix("")] < 2
        belongs = ending == path.suffix.lower().lstrip(".") if ending else alone
        return (short, text) if belongs else (long, "")

    def _is_there(self, sidecar: Path) -> bool:
        """A folder elsewhere is listed once for all that it holds. Raises OSError."""
        if not is_remote(sidecar):
            return os.path.lexists(sidecar)
        if self._far[0] != sidecar.parent:
            self._far = sidecar.parent, {one.name for one in photos.entries(sidecar.parent)}
        return sidecar.name in self._far[1]


def read_sidecar(path: Path) -> str:
    """The text of a sidecar; a pipe or device that has its name is not waited for.

    Raises OSError, DamagedXmp.
    """
    return decode((photos.read_bytes if is_remote(path) else read_bytes)(path, _LARGEST))


@contextmanager
def _named(sidecar: Path) -> Iterator[None]:
    try:
        yield
    except DamagedXmp as error:
        raise DamagedXmp(f"{sidecar}: {error}") from error


def _write(found: Sequence[ExportedFace], photo: Photo, sidecars: Sidecars) -> bool:
    """Bring one sidecar up to date; returns whether anything changed."""
    target, before = sidecars.of(Path(photo.path))
    with _named(target):
        after = written(found, photo, before)
    if after is None or after == before:
        return False
    write_text(target, after)
    return True
