"""What some faces of a collection have in common, as pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from prosopon import photos, summaries
from prosopon.collection.collection import Collection
from prosopon.geometry import TEMPLATES, Template, cut_chips
from prosopon.records import Float32, Int64, Limits, UInt8
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


def pictures(collection: Collection, face_ids: Sequence[int]) -> dict[int, UInt8]:
    """Face id → thumbnail (128, 128, 3), in the order of `face_ids`; without those that may not be
    shown or whose photograph can't be read any more."""
    found = collection.thumbnails(face_ids)
    return {
        face: photos.decode(jpeg, Path("thumbnail.jpg"), Limits()).pixels
        for face, jpeg in found.items()
    }


def sheet(of: dict[int, UInt8], marked: Sequence[int] = ()) -> bytes:
    """A contact sheet of `pictures`, with a frame around the `marked` faces."""
    tiles = np.array(list(of.values()), np.uint8).reshape(-1, _SIDE, _SIDE, 3)
    framed = [place for place, face in enumerate(of) if face in marked]
    return summaries.contact_sheet(tiles, cell=_SHOWN, marked=framed)


def eigenface(collection: Collection, of: dict[int, UInt8]) -> bytes:
    """The mean of `pictures`, aligned, then the mean moved both ways along the leading components;
    empty where there are none."""
    found = collection.view.faces
    table = found.table.of(found.rows(of))
    points = _in_thumbnails(table)
    chips = [
        cut_chips(of[face], points[row][None], _ALIGNED)[0]
        for row, face in enumerate(table.ids.tolist())
        if np.isfinite(points[row]).all()
    ]
    if not chips:
        return b""
    made = summaries.eigenfaces(np.stack(chips), components=_WALKED, size=(_SHOWN, _SHOWN))
    shown = [made.picture()]
    for component in range(len(made.components)):
        shown += list(made.walk(component)[::2])
    return summaries.contact_sheet(np.stack(shown), columns=len(shown), cell=_SHOWN)


def occurrence(table: AttributeTable, face_ids: Int64 | Sequence[int]) -> bytes:
    """The attributes of these faces against the whole collection; empty where none are known."""
    rows = np.flatnonzero(np.isin(table.face_ids, face_ids))
    if not len(rows):
        return b""
    found = summaries.Occurrence.of(table.names, table.present, rows)
    return summaries.occurrence_chart(found, most=12)


def _in_thumbnails(table: FaceTable) -> Float32:
    """(n, 5, 2) landmarks in pixels of the thumbnails, as `photos.thumbnail` cuts them."""
    boxes = table.boxes.reshape(-1, 2, 2)
    side = np.maximum((boxes[:, 1] - boxes[:, 0]).max(axis=1), 1) * photos.THUMBNAIL_SIDE
    corner = boxes.mean(axis=1) - side[:, None] / 2
    moved: Float32 = (table.landmarks - corner[:, None]) * (_SIDE / side)[:, None, None]
    return moved.astype(np.float32)
