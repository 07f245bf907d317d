"""Photographs that are copies of one another, saved again or resized."""

import numpy as np

from prosopon import photos
from prosopon.collection.collection import Collection
from prosopon.store import catalogue


def copies(collection: Collection) -> dict[int, int]:
    """Photo id → id of the photo that it is a copy of, the first indexed; others are left out.

    A copy of a copy leads to the same first photo.
    """
    with collection.store.read() as connection:
        known = catalogue.perceptual_hashes(connection)
    ids = [photo_id for photo_id, _, _ in known]
    aspects = np.array([aspect for _, _, aspect in known], np.float32)
    firsts = photos.copies([code for _, code, _ in known], aspects).tolist()
    return {
        photo_id: ids[first]
        for photo_id, first in zip(ids, firsts, strict=True)
        if ids[first] != photo_id
    }
