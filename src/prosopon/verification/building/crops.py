"""Pictures as DoppelVer prepares them: cut around the face, level, with the eyes in the middle."""

import cv2
import numpy as np

from prosopon.geometry import clip, widen
from prosopon.records import Float32, UInt8

WIDENED = 1.5
"""The box's width and height grow by half (Thom's dissertation, §7.3.2.1)."""


def centred_crop(pixels: UInt8, face: Float32, eyes: Float32) -> UInt8:
    """A face with its surroundings, (h, w, 3).

    face : (4,) its box; eyes : (2, 2) the image-left and the image-right eye, or NaN.

    The box grows by half in width and height and is cut at the picture's edges; the cut is turned
    until the eyes are level, about the point between them; then the edges are repeated until that
    point is in the middle. What turning leaves empty is filled from the edge, too.
    """
    height, width = pixels.shape[:2]
    box = clip(widen(face[None], WIDENED), width, height)[0]
    left, top, right, bottom = np.rint(box).astype(int).tolist()
    cut = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    eyes = eyes - [left, top]
    between = eyes.mean(axis=0)
    if not np.isfinite(between).all():
        return np.ascontiguousarray(cut)
    across = eyes[1] - eyes[0]
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    turn = cv2.getRotationMatrix2D((float(between[0]), float(between[1])), angle, 1.0)
    level = cv2.warpAffine(
        cut,
        turn,
        (cut.shape[1], cut.shape[0]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _centred(np.asarray(level, np.uint8), between[0], between[1])


def _centred(pixels: UInt8, x: float, y: float) -> UInt8:
    """The picture with repeated edges, so that the pixel at x, y is in the middle."""
    height, width = pixels.shape[:2]
    column = int(np.clip(round(x), 0, width - 1))
    row = int(np.clip(round(y), 0, height - 1))
    before_x, after_x = column, width - 1 - column
    before_y, after_y = row, height - 1 - row
    padded = cv2.copyMakeBorder(
        pixels,
        max(0, after_y - before_y),
        max(0, before_y - after_y),
        max(0, after_x - before_x),
        max(0, before_x - after_x),
        cv2.BORDER_REPLICATE,
    )
    return np.asarray(padded, np.uint8)
