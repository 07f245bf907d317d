"""Photographs that are copies of one another, saved again or resized."""

from prosopon.collection.collection import Collection
from prosopon.collection.faces import copies_in, perceptual_hashes


def copies(collection: Collection) -> dict[int, int]:
    """Photo id → id of the photo that it is a copy of; see `faces.copies_in`."""
    with collection.store.read() as connection:
        known = perceptual_hashes(connection)
    return copies_in(*known)
