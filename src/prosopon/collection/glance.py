"""A cluster of a collection at a glance: its faces, its eigenface, its attributes."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from prosopon import photos, summaries
from prosopon.collection.thumbnails import face_thumbnails
from prosopon.config import Settings
from prosopon.geometry import TEMPLATES, Template, cut_chips
from prosopon.records import Float32, Int64, Limits, UInt8
from prosopon.store import Store, faces
from prosopon.store.attributes import AttributeTable
from prosopon.store.faces import FaceTable

_SIDE = 128
_SHOWN = 72
"""Pixels of a face on a page."""
_WALKED = 2
"""Components that an eigenface shows besides the mean."""
_ARCFACE = np.array(TEMPLATES["arcface-112"].points)
_ALIGNED = Template(
    "centres",
    tuple((float(x), float(y)) for x, y in (_ARCFACE - 56) * 0.95 + (64, 68)),
    (_SIDE,) * 2,
)
"""Room for hair and chin around ArcFace's points."""


def pictures(store: Store, face_ids: Sequence[int], settings: Settings) -> dict[int, UInt8]:
    """Face id → thumbnail (128, 128, 3), in the order of `face_ids`; without those whose photograph
    can't be read any more."""
    found = face_thumbnails(store, face_ids, settings)
    return {face: _decoded(found[face]) for face in face_ids if face in found}


def sheet(of: dict[int, UInt8], marked: Sequence[int] = ()) -> bytes:
    """A contact sheet of `pictures`, with a frame around the `marked` faces."""
    tiles = np.array(list(of.values()), np.uint8).reshape(-1, _SIDE, _SIDE, 3)
    framed = [place for place, face in enumerate(of) if face in marked]
    return summaries.contact_sheet(tiles, cell=_SHOWN, marked=framed)


def eigenface(store: Store, of: dict[int, UInt8]) -> bytes:
    """The mean of `pictures`, aligned, then the mean moved both ways along the leading components;
    empty where there are none."""
    with store.read() as connection:
        table = faces.load_faces(connection, face_ids=list(of))
    points = _in_thumbnails(table)
    chips = [
        cut_chips(of[face], points[row][None], _ALIGNED)[0]
        for row, face in enumerate(table.ids.tolist())
        if np.isfinite(points[row]).all()
    ]
    if not chips:
        return b""
    found = summaries.eigenfaces(np.stack(chips), components=_WALKED, size=(_SHOWN, _SHOWN))
    shown = [found.picture()]
    for component in range(len(found.components)):
        shown += list(found.walk(component)[::2])
    return summaries.contact_sheet(np.stack(shown), columns=len(shown), cell=_SHOWN)


def occurrence(table: AttributeTable, face_ids: Int64 | Sequence[int]) -> bytes:
    """The attributes of these faces against the whole collection; empty where none are known."""
    rows = np.flatnonzero(np.isin(table.face_ids, face_ids))
    if not len(rows):
        return b""
    found = summaries.Occurrence.of(table.names, table.present, rows)
    return summaries.occurrence_chart(found, most=12)


def _decoded(thumbnail: bytes) -> UInt8:
    pixels = photos.decode(thumbnail, Path("thumbnail.jpg"), Limits()).pixels
    return np.asarray(cv2.resize(pixels, (_SIDE, _SIDE)), np.uint8)


def _in_thumbnails(table: FaceTable) -> Float32:
    """(n, 5, 2) landmarks in pixels of the thumbnails, as `photos.thumbnail` cuts them."""
    boxes = table.boxes.reshape(-1, 2, 2)
    side = np.maximum((boxes[:, 1] - boxes[:, 0]).max(axis=1), 1) * photos.THUMBNAIL_SIDE
    corner = boxes.mean(axis=1) - side[:, None] / 2
    moved: Float32 = (table.landmarks - corner[:, None]) * (_SIDE / side)[:, None, None]
    return moved.astype(np.float32)
