"""The pictures that the pages show. A restricted person's face is painted over."""

import io
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image

from prosopon import photos
from prosopon.collection.review.browse import NotHere
from prosopon.collection.review.desk import Desk
from prosopon.collection.thumbnails import face_thumbnails
from prosopon.photos import Decoded, UnreadablePhoto
from prosopon.records import Photo

SMALL, LARGE = 128, 320
"""Pixels of a face, on a sheet and by itself."""
SCREEN = 1600
"""Pixels of the longest side of a photograph as it is first shown."""


def thumbnail(desk: Desk, face: int) -> bytes:
    """A small JPEG of a face. Raises NotHere."""
    stock, row = desk.snapshot().stock, _row(desk, face)
    if _withheld(desk, int(stock.photo_ids[row])):  # a neighbour may reach into the picture
        return _cut(desk, row, SMALL)
    found = face_thumbnails(desk.store, [face], desk.settings).get(face)
    if found is None:
        raise NotHere("There is no such picture.")
    return found


def portrait(desk: Desk, face: int) -> bytes:
    """A larger JPEG of a face, cut from the photograph. Raises NotHere."""
    return _cut(desk, _row(desk, face), LARGE)


def photograph(desk: Desk, identifier: int, *, full: bool = False) -> bytes:
    """A JPEG of a whole photograph, shrunk to the screen or not. Raises NotHere."""
    decoded = _read(desk, identifier, None if full else SCREEN)
    picture = Image.fromarray(decoded.pixels)
    if not full:
        picture.thumbnail((SCREEN, SCREEN), reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88 if full else 84)
    return buffer.getvalue()


def photograph_version(desk: Desk, identifier: int) -> str:
    """Changes when the picture of the photograph does: with its bytes and with what is withheld."""
    withheld = repr(_withheld(desk, identifier))
    return sha256(f"{_photo(desk, identifier).sha256}{withheld}".encode()).hexdigest()[:32]


def _cut(desk: Desk, row: int, size: int) -> bytes:
    """A square JPEG of a face, read no larger than needed."""
    stock = desk.snapshot().stock
    identifier = int(stock.photo_ids[row])
    photo = _photo(desk, identifier)
    x1, y1, x2, y2 = stock.boxes[row].tolist()
    share = max(x2 - x1, y2 - y1, 1) / max(photo.width, photo.height)
    return photos.thumbnail(_read(desk, identifier, int(size / share)), (x1, y1, x2, y2), size)


def _read(desk: Desk, identifier: int, at_least: int | None) -> Decoded:
    """The pixels of a photograph, restricted persons painted over. Raises NotHere."""
    path = Path(_photo(desk, identifier).path)
    try:
        decoded = photos.read(path, desk.settings.limits, at_least)
    except UnreadablePhoto as error:
        raise NotHere(f"The photograph {error}") from error
    for box in _withheld(desk, identifier):
        x1, y1, x2, y2 = (max(round(value * decoded.scale), 0) for value in box)
        decoded.pixels[y1:y2, x1:x2] = 128
    return decoded


def _withheld(desk: Desk, identifier: int) -> list[list[float]]:
    """Boxes to paint over, a little larger than the faces."""
    now = desk.snapshot()
    rows = now.stock.of_photo(identifier)
    boxes = now.stock.boxes[rows[now.hidden[rows]]].astype(np.float64)
    sides = (boxes[:, 2:] - boxes[:, :2]) * 0.25
    grown: list[list[float]] = np.hstack([boxes[:, :2] - sides, boxes[:, 2:] + sides]).tolist()
    return grown


def _photo(desk: Desk, identifier: int) -> Photo:
    photo = desk.photo(identifier)
    if photo is None:
        raise NotHere("There is no such photograph, or its file is gone.")
    return photo


def _row(desk: Desk, face: int) -> int:
    now = desk.snapshot()
    rows = now.stock.rows([face])
    if not len(rows) or now.hidden[rows[0]]:
        raise NotHere("There is no such face.")
    return int(rows[0])
