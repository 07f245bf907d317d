"""What is kept so that forgotten people stay forgotten: deletions under way, and where faces were.

A deletion is noted in the transaction that begins it, with what is still to go from the caches, and
finished when the collection is next opened should it be cut short. Of a face that was taken out a
fingerprint stays: a keyed hash of the photo's pixels and the rough place, from which neither can be
read, and by which a later run, also with another detector, knows what to leave out. The place is
that in the picture as it is stored: programs turn photographs. Of a whole photo one stays too.
"""

import hmac
import json
import math
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, delete, insert, select

from prosopon.errors import ProsoponError
from prosopon.geometry.orientation import Fractions, inverse, turned_box
from prosopon.records import Float32, Photo
from prosopon.store import columns
from prosopon.store.catalogue import chunks
from prosopon.store.database import Store, recall, remember
from prosopon.store.schema import collection, faces, forgotten, photos
from prosopon.store.thumbnails import Thumbnails

UNFINISHED = "forgetting"
"""The key of a deletion under way."""
_SALT = "salt"
_WHOLE = "whole"
_LEVEL = 1.5
"""Sizes of faces are told apart by this factor,"""
_PITCH = 0.35
"""places by this share of the size. Boxes match whose centres are within a quarter of the size and
whose sides are within `_LEVEL`; none do whose centres are more than 0.7 of the size apart."""


def begin(connection: Connection, face_ids: Sequence[int]) -> None:
    """Note that these faces are being taken out; `finish` does what is left to do."""
    remember(connection, UNFINISHED, json.dumps(sorted(face_ids)))


def finish_interrupted(store: Store) -> None:
    """Finish a deletion that was cut short; not while others write, then at the next opening."""
    with store.read() as connection:
        if recall(connection, UNFINISHED) is None or not store.writable:
            return
    with suppress(ProsoponError), store.writing():
        finish(store)


def finish(store: Store) -> int:
    """Take out of the caches what the database no longer has; rewrite all files.

    Returns how many thumbnails were left over. The caller holds `store.writing`.
    """
    with store.read() as connection:
        noted = json.loads(recall(connection, UNFINISHED) or "[]")
        known = set(connection.scalars(select(faces.c.id)))
    thumbnails = Thumbnails(store.cache)
    left_over = set(thumbnails.ids()) - known
    thumbnails.drop(left_over | set(noted))
    for graph in store.cache.glob("graph-*"):  # built again when needed
        shutil.rmtree(graph)
    columns.drop(store)
    store.vacuum()
    with store.begin(same_version=True) as connection:
        connection.execute(delete(collection).where(collection.c.key == UNFINISHED))
    return len(left_over)


def note(connection: Connection, photo: str, boxes: Sequence[Sequence[float]]) -> None:
    """Keep the fingerprints of faces in `photo` (its SHA-256), by boxes in pixels."""
    row = connection.execute(select(photos).where(photos.c.sha256 == photo)).one()
    salt = _salt(connection)
    _keep(connection, {_hash(salt, _called(row), _cell(box)) for box in _stored(row, boxes)})


def note_photo(connection: Connection, photo: str) -> None:
    """Keep the fingerprint of a whole photo, by its SHA-256."""
    row = connection.execute(select(photos).where(photos.c.sha256 == photo)).one()
    _keep(connection, {_hash(_salt(connection), _called(row), _WHOLE)})


def _salt(connection: Connection) -> str:
    """The collection's secret, made when it is first needed."""
    salt = recall(connection, _SALT)
    if salt is None:
        salt = secrets.token_hex(32)
        remember(connection, _SALT, salt)
    return salt


def _keep(connection: Connection, new: Set[str]) -> None:
    for chunk in chunks(sorted(new)):
        connection.execute(delete(forgotten).where(forgotten.c.fingerprint.in_(chunk)))
        connection.execute(insert(forgotten), [{"fingerprint": one} for one in chunk])


class Fingerprints:
    """The fingerprints of a collection, loaded once for a run."""

    def __init__(self, connection: Connection) -> None:
        self._salt = recall(connection, _SALT) or ""
        self._known = set(connection.scalars(select(forgotten.c.fingerprint)))

    def among(self, connection: Connection, photo_id: int, boxes: Float32) -> NDArray[np.bool_]:
        """(n,) which of the faces in a photo were forgotten; `boxes` (n, 4) in pixels."""
        if not self._known or not len(boxes):
            return np.zeros(len(boxes), np.bool_)
        row = connection.execute(select(photos).where(photos.c.id == photo_id)).one()
        return np.array(
            [
                any(_hash(self._salt, _called(row), cell) in self._known for cell in _around(box))
                for box in _stored(row, boxes.tolist())
            ],
            np.bool_,
        )

    def has(self, photo: Photo) -> bool:
        """Whether this whole photo was forgotten."""
        return bool(self._known) and self._of_photo(photo) in self._known

    def take_back(self, connection: Connection, photo: Photo) -> None:
        """This photo is wanted again."""
        fingerprint = self._of_photo(photo)
        self._known.discard(fingerprint)
        connection.execute(delete(forgotten).where(forgotten.c.fingerprint == fingerprint))

    def _of_photo(self, photo: Photo) -> str:
        return _hash(self._salt, _called(photo), _WHOLE)


def _called(photo: Photo | Row[Any]) -> str:
    """What tells a photo, whatever other programs write into its file."""
    return str(photo.pixels or photo.sha256)


def _stored(photo: Row[Any], boxes: Iterable[Sequence[float]]) -> list[Fractions]:
    """Boxes in upright pixels, in pixels of the picture as it is stored."""
    size = (photo.width, photo.height) * 2
    stored = (photo.width, photo.height)[:: 1 if photo.orientation < 5 else -1] * 2
    found = []
    for box in boxes:
        part = [value / whole for value, whole in zip(box, size, strict=True)]
        x1, y1, x2, y2 = turned_box(part, inverse(photo.orientation))
        found.append((x1 * stored[0], y1 * stored[1], x2 * stored[2], y2 * stored[3]))
    return found


def _cell(box: Sequence[float], up: int = 0) -> tuple[int, int, int]:
    """The cell of a grid that a face is in, by size and place; `up` levels larger than its own."""
    x1, y1, x2, y2 = box
    side = max(math.sqrt(max(x2 - x1, 1) * max(y2 - y1, 1)), 1)
    level = math.floor(math.log(side, _LEVEL)) + up
    pitch = _PITCH * _LEVEL**level
    return level, math.floor((x1 + x2) / 2 / pitch), math.floor((y1 + y2) / 2 / pitch)


def _around(box: Sequence[float]) -> Iterator[tuple[int, int, int]]:
    """The cell of a box, and those beside it."""
    for up in (0, -1, 1):
        level, column, row = _cell(box, up)
        for right in (0, -1, 1):
            for down in (0, -1, 1):
                yield level, column + right, row + down


def _hash(salt: str, photo: str, place: tuple[int, int, int] | str) -> str:
    return hmac.new(salt.encode(), f"{photo} {place}".encode(), sha256).hexdigest()[:32]
