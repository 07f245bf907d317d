"""Faces too poor to be relied on when others are named by them."""

from collections.abc import Mapping

import numpy as np

from prosopon.people.relations import Mask
from prosopon.records import Float32

SIZE = 32
"""Pixels of the longer side of the box below which a face is too small."""
SHARPNESS = 0.1
YAW = 60
"""Degrees away from the camera."""


def poor(boxes: Float32, quality: Mapping[str, Float32]) -> Mask:
    """(n,) faces that must not pull others along.

    boxes : (n, 4) pixels.
    quality : sharpness and yaw, (n,) each; NaN, not known, is not poor.
    """
    size = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    blurred = quality["sharpness"] < SHARPNESS
    turned = np.abs(quality["yaw"]) > YAW
    return np.asarray((size < SIZE) | blurred | turned)
