"""Faces too poor to be relied on when others are named by them, and faces that nobody meant."""

from collections.abc import Mapping

import numpy as np

from prosopon.people.relations import Mask
from prosopon.records import Float32, Int64

SIZE = 32
"""Pixels of the longer side of the box below which a face is too small."""
SHARPNESS = 0.1
YAW = 60
"""Degrees away from the camera."""
SMALL, TINY = 0.5, 0.25
"""Sides of a face as shares of the largest face's in the photograph."""


def poor(boxes: Float32, quality: Mapping[str, Float32]) -> Mask:
    """(n,) faces that must not pull others along.

    boxes : (n, 4) pixels.
    quality : sharpness and yaw, (n,) each; NaN, not known, is not poor.
    """
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    blurred = quality["sharpness"] < SHARPNESS
    turned = np.abs(quality["yaw"]) > YAW
    return np.asarray((size < SIZE) | blurred | turned)


def background(boxes: Float32, photos: Int64, quality: Mapping[str, Float32]) -> Mask:
    """(n,) faces that probably nobody wants to name: passers-by, crowds, the far end of a room.

    They are less than half as large as the largest face in their photograph and blurred or turned
    away, or less than a quarter as large. So a photograph's largest face is never one.

    boxes : (n, 4) pixels; photos : (n,) the photograph of each.
    quality : sharpness and yaw, (n,) each; NaN, not known, is neither blurred nor turned.
    """
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    _, place = np.unique(photos, return_inverse=True)
    largest = np.zeros(int(place.max(initial=-1)) + 1, np.float32)
    np.maximum.at(largest, place, size)
    share = size / np.maximum(largest[place], 1e-6)
    bad = (quality["sharpness"] < SHARPNESS) | (np.abs(quality["yaw"]) > YAW)
    return np.asarray((share < TINY) | ((share < SMALL) & bad))
