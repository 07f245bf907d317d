"""Places in a picture as it is stored and as it is shown upright (EXIF orientation 1 to 8).

All places but those of `turned_points` are fractions of the picture's width and height.
"""

from collections.abc import Sequence

import numpy as np

from prosopon.records import Float32

Fractions = tuple[float, float, float, float]

_INVERSE = {6: 8, 8: 6}
"""Orientations whose turn is not its own inverse."""


def orientation_of(turns: int) -> int:
    """The orientation of a picture that `numpy.rot90` makes upright in so many turns."""
    return (1, 8, 3, 6)[turns % 4]


def inverse(orientation: int) -> int:
    """The orientation that takes the turn back."""
    return _INVERSE.get(orientation, orientation)


def turned(area: Fractions, orientation: int) -> Fractions:
    """An area (centre x, centre y, width, height) of the stored picture in the upright one."""
    x, y, width, height = area
    if orientation >= 5:
        width, height = height, width
    x, y = {
        1: (x, y),
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (1 - y, x),
        7: (1 - y, 1 - x),
        8: (y, 1 - x),
    }[orientation]
    return x, y, width, height


def turned_box(box: Sequence[float], orientation: int) -> Fractions:
    """The same for a box (x1, y1, x2, y2)."""
    x1, y1, x2, y2 = box
    x, y, width, height = turned(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1), orientation)
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def turned_points(points: Float32, turns: int, width: int, height: int) -> Float32:
    """Points (…, 2) of a picture of `width` by `height` pixels, after `turns` quarter turns
    counter-clockwise (as by `numpy.rot90`). Edges, not centres."""
    x, y = points[..., 0], points[..., 1]
    for _ in range(turns % 4):
        x, y, width, height = y, width - x, height, width
    return np.stack([x, y], axis=-1)
