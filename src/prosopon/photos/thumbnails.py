"""Pictures to show: cut-outs of single faces, whole photographs."""

from collections.abc import Iterable

import numpy as np

from prosopon.geometry import quarter_turns, resized
from prosopon.photos.decoding import Decoded
from prosopon.records import UInt8

THUMBNAIL_SIDE = 1.5
"""Side of the square that a thumbnail shows, in longer sides of the face's box."""
GREY = 128
"""Where the photograph ends."""


def thumbnail(decoded: Decoded, box: Iterable[float], size: int = 128, roll: float = 0.0) -> bytes:
    """A JPEG of one face with some surroundings, (size, size) px; grey where the photo ends.

    box : x1, y1, x2, y2 in pixels of the upright photo.
    roll : degrees by which the head is tilted clockwise; a face that lies on its side, or upside
        down, is shown upright.
    """
    x1, y1, x2, y2 = (float(value) * decoded.scale for value in box)
    side = max(x2 - x1, y2 - y1, 1.0) * THUMBNAIL_SIDE
    left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
    height, width = decoded.pixels.shape[:2]
    crop = [max(0, int(left)), max(0, int(top))]
    crop += [min(width, int(left + side) + 1), min(height, int(top + side) + 1)]
    tile = np.full((size, size, 3), GREY, np.uint8)
    if crop[2] > crop[0] and crop[3] > crop[1]:
        part = decoded.pixels[crop[1] : crop[3], crop[0] : crop[2]]
        factor = size / side
        x, y = (max(0, round((crop[i] - start) * factor)) for i, start in ((0, left), (1, top)))
        fitted = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
        part = resized(part, *fitted)[: size - y, : size - x]
        tile[y : y + part.shape[0], x : x + part.shape[1]] = part
    return _encoded(np.ascontiguousarray(np.rot90(tile, quarter_turns(roll))), 82)


def jpeg(pixels: UInt8, longest_side: int | None = None) -> bytes:
    """(H, W, 3) pixels as a JPEG, shrunk where they are larger than `longest_side`."""
    if longest_side is not None and (full := max(pixels.shape[:2])) > longest_side:
        height, width = (max(1, round(side * longest_side / full)) for side in pixels.shape[:2])
        pixels = resized(pixels, width, height)
    return _encoded(pixels, 88 if longest_side is None else 84)


def _encoded(pixels: UInt8, quality: int) -> bytes:
    import cv2  # here, because asking for a collection's state should not wait for it

    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    encoded: bytes = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return encoded
