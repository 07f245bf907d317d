"""Faces drawn by hand: looked at, embedded and kept like those that a detector found."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.index_worker import Examination, FaceExtractor, Task
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry.matching import match_boxes
from prosopon.languages import gettext as _
from prosopon.people import Kind, Region
from prosopon.records import Float32, Photo
from prosopon.store import catalogue, decisions, faces
from prosopon.store.thumbnails import Thumbnails


def keep(collection: Collection, regions: Iterable[Region]) -> list[int]:
    """Look at the faces in these places and keep them; returns their ids.

    They count as faces as long as a decision says that they were drawn.
    Raises ProsoponError for a photograph that can't be read, or is not there.
    """
    of_photo: dict[str, list[Region]] = defaultdict(list)
    for region in regions:
        of_photo[region.photo].append(region)
    with collection.store.read() as connection:
        known = catalogue.find_digests(connection, sorted(of_photo))
    view = collection.view
    settings = collection.settings.model_copy(update={"embedder": view.faces.embedder})
    extractor = FaceExtractor.of(settings)
    ids: list[int] = []
    for number, photo in known.items():
        looked = extractor.examine_drawn(
            Task(number, photo.path, None), _pixels(photo, of_photo[photo.sha256])
        )
        if looked.failure is not None:
            raise ProsoponError(f"{photo.path}: {looked.failure}")
        ids += _save(collection, looked, view.faces.embedder)
    return ids


def face_at(collection: Collection, photo: int, region: Region) -> int | None:
    """The face that is known at a place, also one whose box was taken back; None for none.

    Raises UsageError for a place where somebody is withheld.
    """
    view = collection.view
    rows = view.faces.of_photo(photo)
    known = view.photos_of([photo])
    if not len(rows) or photo not in known:
        return None
    place = match_boxes(_pixels(known[photo], [region]), view.faces.boxes[rows])[0]
    if place < 0:
        return None
    if view.withheld[rows[place]]:
        raise UsageError(_("Nothing can be drawn here: a face at this place is withheld."))
    return int(view.faces.face_ids[rows[place]])


def keep_missing(collection: Collection) -> int:
    """Keep the faces that decisions say were drawn and that are not there, as after an import or
    with another detector; returns how many. Photographs that can't be read are left for later."""
    with collection.store.read() as connection:
        if not decisions.has(connection, Kind.BOX):
            return 0
    lost = [region for entry, region in collection.view.state.unplaced if entry.kind is Kind.BOX]
    kept = 0
    for region in dict.fromkeys(lost):
        with suppress(ProsoponError):
            kept += len(keep(collection, [region]))
    return kept


def _save(collection: Collection, looked: Examination, embedder: str) -> list[int]:
    assert looked.faces is not None
    with collection.store.begin() as connection:
        found = [(looked.task.photo_id, looked.faces, looked.quality)]
        ids = faces.add(connection, faces.use_hand(connection), found)
        faces.add_embeddings(connection, ids, embedder, looked.vectors)
    Thumbnails(collection.store.cache).put(dict(zip(ids, looked.thumbnails, strict=True)))
    return ids


def _pixels(photo: Photo, regions: Iterable[Region]) -> Float32:
    """(n, 4) x1, y1, x2, y2 of the regions."""
    size = np.array([photo.width, photo.height] * 2, np.float64)
    return np.asarray([region.box for region in regions] * size, np.float32)
