"""Pictures of photographs and faces. A restricted person's face is painted over in all of them."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np

from prosopon import photos
from prosopon.collection.collection import Collection
from prosopon.collection.view import CollectionView
from prosopon.errors import NotHere, ProsoponError
from prosopon.paths import file_of, is_remote
from prosopon.photos import Decoded, UnreadablePhoto
from prosopon.progress import track
from prosopon.records import Int64
from prosopon.store import files
from prosopon.store.thumbnails import Thumbnails

SMALL, LARGE = 128, 320
"""Pixels of a face, on a sheet and by itself."""
GRID, SCREEN = 320, 1600
"""Pixels of the longest side of a photograph, in a grid and as it is first shown."""


def pixels(collection: Collection, photo: int, *, at_least: int | None = None) -> Decoded:
    """The pixels of a photograph by its number, restricted persons painted over.

    at_least : as for `photos.read`.

    Raises NotHere for one that is not there, UnreadablePhoto for one that can't be read any more.
    """
    view = collection.view
    known = view.photo(photo)
    if known is None:
        raise NotHere("There is no such photograph, or its file is gone.")
    decoded = _read(collection, photo, known.path, at_least)
    boxes = _withheld(view, photo)
    if not boxes:
        return decoded
    painted = decoded.pixels.copy()  # what a helper process decoded can't be written to
    for box in boxes:
        x1, y1, x2, y2 = (max(round(value * decoded.scale), 0) for value in box)
        painted[y1:y2, x1:x2] = 128
    return Decoded(painted, decoded.scale)


def thumbnails(collection: Collection, face_ids: Iterable[int]) -> dict[int, bytes]:
    """Face id → JPEG bytes, in the order of `face_ids`.

    From the cache, else cut anew. Left out: faces of restricted persons, and those whose photograph
    can't be read any more.
    """
    view, asked = collection.view, list(face_ids)
    rows = view.faces.rows(asked)
    rows = rows[~view.hidden[rows]]
    # a restricted neighbour may reach into the kept picture
    beside = np.isin(view.faces.photo_ids[rows], view.faces.photo_ids[view.withheld])
    cache = Thumbnails(collection.store.cache)
    found = cache.get(view.faces.face_ids[rows[~beside]].tolist())
    missing = rows[~beside & ~np.isin(view.faces.face_ids[rows], list(found))]
    made = _cut_all(collection, view, missing)
    cache.put(made)
    found |= made | _cut_all(collection, view, rows[beside])
    return {face: found[face] for face in asked if face in found}


def large_face(collection: Collection, face: int) -> bytes:
    """A larger JPEG of a face, cut from the photograph; where that can't be read now, the small one
    that was kept. Raises NotHere.
    """
    try:
        return _cut_large(collection, face)
    except UnreadablePhoto as error:
        kept = thumbnails(collection, [face])
        if face in kept:
            return kept[face]
        raise NotHere(f"The photograph {error}") from error


def _cut_large(collection: Collection, face: int) -> bytes:
    view = collection.view
    rows = view.faces.rows([face])
    if not len(rows) or view.hidden[rows[0]]:
        raise NotHere("There is no such face.")
    photo = int(view.faces.photo_ids[rows[0]])
    known = view.photo(photo)
    if known is None:
        raise NotHere("There is no such photograph, or its file is gone.")
    x1, y1, x2, y2 = view.faces.boxes[rows[0]].tolist()
    share = max(x2 - x1, y2 - y1, 1) / max(known.width, known.height)
    decoded = pixels(collection, photo, at_least=int(LARGE / share))
    roll = float(view.faces.table.quality["roll"][rows[0]])
    return photos.thumbnail(decoded, (x1, y1, x2, y2), LARGE, roll)


def whole_photo(collection: Collection, photo: int, longest_side: int | None) -> bytes:
    """A JPEG of a whole photograph, upright, shrunk to so many pixels (None: all). NotHere."""
    decoded = _shown(collection, photo, longest_side)
    turns = collection.view.faces.turns_of(photo)
    return photos.jpeg(np.ascontiguousarray(np.rot90(decoded.pixels, turns)), longest_side)


def is_there(collection: Collection, photo: int) -> bool:
    """Whether the file of a photograph, or one just like it, is where it is known to be."""
    with collection.store.read() as connection:
        return any(_is_there(file_of(path)) for path in files.elsewhere(connection, [photo]))


def _is_there(file: Path) -> bool:
    if not is_remote(file):
        return file.exists()
    try:
        return photos.is_there(file)
    except ProsoponError:  # a store that can't be reached says nothing
        return True


def _read(collection: Collection, photo: int, path: str, at_least: int | None) -> Decoded:
    """Decode a photograph at `path`, or else wherever it still is."""
    limits = collection.settings.limits
    try:
        return photos.read(path, limits, at_least)
    except UnreadablePhoto:
        with collection.store.read() as connection:
            others = files.elsewhere(connection, [photo])
        for other in others:
            with suppress(UnreadablePhoto):
                return photos.read(other, limits, at_least)
        raise


def _shown(collection: Collection, photo: int, at_least: int | None) -> Decoded:
    try:
        return pixels(collection, photo, at_least=at_least)
    except UnreadablePhoto as error:
        raise NotHere(f"The photograph {error}") from error


def _cut_all(collection: Collection, view: CollectionView, rows: Int64) -> dict[int, bytes]:
    """Thumbnails of the faces in these rows, photograph by photograph."""
    of_photo: dict[int, list[int]] = defaultdict(list)
    for row in rows.tolist():
        of_photo[int(view.faces.photo_ids[row])].append(row)
    made = {}
    for photo, here in track(of_photo.items(), "making thumbnails", len(of_photo)):
        try:
            decoded = pixels(collection, photo)
        except (NotHere, UnreadablePhoto):
            continue
        for row in here:
            box, roll = view.faces.boxes[row].tolist(), float(view.faces.table.quality["roll"][row])
            made[int(view.faces.face_ids[row])] = photos.thumbnail(decoded, box, SMALL, roll)
    return made


def _withheld(view: CollectionView, photo: int) -> list[list[float]]:
    """Boxes to paint over, a little larger than the faces."""
    rows = view.faces.of_photo(photo)
    boxes = view.faces.boxes[rows[view.withheld[rows]]].astype(np.float64)
    sides = (boxes[:, 2:] - boxes[:, :2]) * 0.25
    grown: list[list[float]] = np.hstack([boxes[:, :2] - sides, boxes[:, 2:] + sides]).tolist()
    return grown
