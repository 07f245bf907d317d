"""Photographs that are copies of one another, saved again or resized."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prosopon import photos
from prosopon.records import Float32, Int64
from prosopon.store import Connection, catalogue

if TYPE_CHECKING:
    from prosopon.collection.collection import Collection


def copies(collection: "Collection") -> dict[int, int]:
    """Photo id → id of the photo that it is a copy of; see `copies_in`."""
    with collection.store.read() as connection:
        known = perceptual_hashes(connection)
    return copies_in(*known)


def perceptual_hashes(connection: Connection) -> tuple[Int64, list[bytes], Float32]:
    """Of all photographs that have one: identifier, perceptual hash, width divided by height."""
    known = catalogue.perceptual_hashes(connection)
    ids = np.array([photo for photo, *_ in known], np.int64)
    aspects = np.array([width / height for *_, width, height in known], np.float32)
    return ids, [code for _, code, *_ in known], aspects


def copies_in(ids: Int64, codes: Sequence[bytes], aspects: Float32) -> dict[int, int]:
    """Photograph → the first indexed of which it is a copy, saved again or resized; others are left
    out. A copy of a copy leads to the same first one.
    """
    firsts = ids[photos.copies(codes, aspects)]
    pairs = zip(ids.tolist(), firsts.tolist(), strict=True)
    return {photo: first for photo, first in pairs if first != photo}
