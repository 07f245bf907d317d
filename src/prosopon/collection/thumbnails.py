"""Thumbnails of faces: from the cache, or made again from the photographs."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from prosopon import photos
from prosopon.config import Settings
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.store import Store, catalogue, faces
from prosopon.store.thumbnails import Thumbnails


def face_thumbnails(store: Store, face_ids: Sequence[int], settings: Settings) -> dict[int, bytes]:
    """Face id → JPEG bytes; faces whose photograph can't be read any more are left out."""
    cache = Thumbnails(store.cache)
    found = cache.get(face_ids)
    missing = [face for face in face_ids if face not in found]
    if not missing:
        return found
    with store.read() as connection:
        table = faces.load_faces(connection, face_ids=missing)
        files = catalogue.find_many(connection, sorted(set(table.photo_ids.tolist())))
    rows: dict[int, list[int]] = defaultdict(list)
    for row, photo_id in enumerate(table.photo_ids.tolist()):
        rows[photo_id].append(row)
    made: dict[int, bytes] = {}
    for photo_id, of_photo in track(rows.items(), "making thumbnails", len(rows)):
        try:
            decoded = photos.read(Path(files[photo_id].path), settings.limits)
        except UnreadablePhoto:
            continue
        for row in of_photo:
            made[int(table.ids[row])] = photos.thumbnail(decoded, table.boxes[row].tolist())
    cache.put(made)
    return found | made
