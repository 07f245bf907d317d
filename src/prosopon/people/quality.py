"""Faces too poor to be relied on when others are named by them, and faces that nobody meant."""

from collections.abc import Mapping

import numpy as np

from prosopon.people.relations import Mask
from prosopon.records import Float32, Int64

SIZE = 32
"""Pixels of the longer side of the box below which a face is too small,"""
SHARPNESS = 0.1
"""and sharpness below which it is too blurred, unless that is the collection's way: nothing is
poor for a `SHARE` of the median."""
SHARE = 0.5
YAW = 60
"""Degrees away from the camera."""
LARGE = 112
"""Pixels of a side from which a face is not known better for being larger."""
SCORE = 0.08
"""So much below the median of the detector's scores it is hardly a face."""
SMALL, TINY = 0.5, 0.25
"""Sides of a face as shares of the largest face's in the photograph."""


def poor(boxes: Float32, quality: Mapping[str, Float32], scores: Float32) -> Mask:
    """(n,) faces that must not pull others along, compared with all n.

    boxes : (n, 4) pixels.
    quality : sharpness and yaw, (n,) each; NaN, not known, is not poor.
    scores : (n,) the detector's.
    """
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    sharpness = quality["sharpness"]
    return np.asarray(
        (size < min(SIZE, SHARE * _median(size)))
        | (sharpness < min(SHARPNESS, SHARE * _median(sharpness)))
        | (np.abs(quality["yaw"]) > YAW)
        | (scores < _median(scores) - SCORE)
    )


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


def clarity(boxes: Float32, quality: Mapping[str, Float32]) -> Float32:
    """(n,) 0 to 1: how well each face can be known by whoever looks at it.

    Large, sharp and towards the camera is best; what is not known counts as good.

    boxes : (n, 4) pixels.
    quality : sharpness and yaw, (n,) each.
    """
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    sharpness = quality["sharpness"]
    sharp = np.minimum(sharpness / max(min(_median(sharpness), 1.0), 1e-6), 1)
    towards = np.cos(np.deg2rad(np.minimum(np.abs(quality["yaw"]), 90)))
    shares = (
        np.minimum(size / LARGE, 1),
        np.nan_to_num(sharp, nan=1),
        np.nan_to_num(towards, nan=1),
    )
    clear: Float32 = np.prod(shares, axis=0).astype(np.float32)
    return clear


def _median(values: Float32) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.inf
