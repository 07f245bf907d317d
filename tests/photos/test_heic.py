"""HEIC files that turn their picture themselves (`irot`, ISO/IEC 23008-12, 6.5.10)."""

from pathlib import Path

import numpy as np
import pytest

from prosopon import faces, photos, zoo
from prosopon.geometry.boxes import iou
from prosopon.records import Float32, Limits

pytest.importorskip("pi_heif")
PORTRAIT = Path(__file__).parents[1] / "data" / "portrait.heic"
"""A drawn portrait on a page of 320×240 pixels, not turned."""
FACE = np.array([[166, 85, 238, 162]], np.float32)
"""Where it was drawn."""


def with_turn(content: bytes, turns: int) -> bytes:
    """The file with a property that says so many quarter turns counter-clockwise."""
    irot = b"\0\0\0\x09irot" + bytes([turns])
    ipma = content.index(b"ipma") - 4
    end = ipma + int.from_bytes(content[ipma : ipma + 4], "big")
    count = content[ipma + 18]
    one_more = content[ipma : ipma + 18] + bytes([count + 1]) + content[ipma + 19 : end] + b"\x85"
    made = bytearray(content[:ipma] + irot + one_more + content[end:])
    added = len(irot) + 1
    for box, grown in ((b"meta", added), (b"iprp", added), (b"ipco", len(irot)), (b"ipma", 1)):
        _grow(made, made.index(box) - 4, grown)
    _grow(made, made.index(b"iloc") + 16, added)  # where the coded picture begins
    return bytes(made)


def _grow(content: bytearray, at: int, by: int) -> None:
    content[at : at + 4] = (int.from_bytes(content[at : at + 4], "big") + by).to_bytes(4, "big")


def turned_box(box: Float32, turns: int, width: int, height: int) -> Float32:
    """`box` (1, 4) after so many quarter turns of the picture counter-clockwise."""
    for _ in range(turns):
        x1, y1, x2, y2 = box[0]
        box = np.array([[y1, width - x2, y2, width - x1]], np.float32)
        width, height = height, width
    return box


@pytest.mark.parametrize("turns", range(4))
def test_pixels_are_turned_once(tmp_path: Path, turns: int) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(with_turn(PORTRAIT.read_bytes(), turns))
    plain = photos.read(PORTRAIT, Limits()).pixels
    (photo,) = photos.identify(path, Limits())
    pixels = photos.read(path, Limits()).pixels
    np.testing.assert_array_equal(pixels, np.rot90(plain, turns))
    assert (photo.height, photo.width) == pixels.shape[:2]
    assert photo.orientation == 1, "the decoder has turned it"


@pytest.mark.models
@pytest.mark.parametrize("turns", range(4))
def test_the_box_is_where_the_face_is(tmp_path: Path, turns: int) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(with_turn(PORTRAIT.read_bytes(), turns))
    found = faces.detector(zoo.load("yunet")).find(photos.read(path, Limits()).pixels)
    assert len(found) == 1
    assert iou(turned_box(FACE, turns, 320, 240), found.boxes)[0, 0] > 0.5
