"""Pictures to show: cut-outs of single faces, whole photographs."""

import io
from collections.abc import Iterable

from PIL import Image

from prosopon.photos.decoding import Decoded
from prosopon.records import UInt8

THUMBNAIL_SIDE = 1.5
"""Side of the square that a thumbnail shows, in longer sides of the face's box."""


def thumbnail(decoded: Decoded, box: Iterable[float], size: int = 128) -> bytes:
    """A JPEG of one face with some surroundings, (size, size) px; grey where the photo ends.

    box : x1, y1, x2, y2 in pixels of the upright photo.
    """
    x1, y1, x2, y2 = (float(value) * decoded.scale for value in box)
    side = max(x2 - x1, y2 - y1, 1.0) * THUMBNAIL_SIDE
    left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
    height, width = decoded.pixels.shape[:2]
    crop = [max(0, int(left)), max(0, int(top))]
    crop += [min(width, int(left + side) + 1), min(height, int(top + side) + 1)]
    tile = Image.new("RGB", (size, size), (128, 128, 128))
    if crop[2] > crop[0] and crop[3] > crop[1]:
        part = Image.fromarray(decoded.pixels[crop[1] : crop[3], crop[0] : crop[2]])
        factor = size / side
        fitted = (max(1, round(part.width * factor)), max(1, round(part.height * factor)))
        part = part.resize(fitted, Image.Resampling.BILINEAR, reducing_gap=2.0)
        tile.paste(part, (round((crop[0] - left) * factor), round((crop[1] - top) * factor)))
    buffer = io.BytesIO()
    tile.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def jpeg(pixels: UInt8, longest_side: int | None = None) -> bytes:
    """(H, W, 3) pixels as a JPEG, shrunk where they are larger than `longest_side`."""
    picture = Image.fromarray(pixels)
    if longest_side is not None:
        picture.thumbnail((longest_side, longest_side), reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88 if longest_side is None else 84)
    return buffer.getvalue()
