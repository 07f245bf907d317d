"""How good a chip's picture is: whether it has colours, and how much fine detail."""

import cv2
import numpy as np

from prosopon.faces.evening import LEAST_COLOUR, TINT
from prosopon.records import Float32, UInt8

SIDE, FINE = 150, 1.5
"""Fine detail is what a Gaussian of `FINE` pixels takes away from a chip of `SIDE` pixels."""


def tinted(chips: UInt8) -> UInt8:
    """(n, h, w, 3) uint8 RGB chips, those without colours in the tint of skin."""
    done = chips.copy()
    for chip, out in zip(chips, done, strict=True):
        some = np.ascontiguousarray(chip[::3, ::3])  # enough to see whether there are colours
        _, spread = cv2.meanStdDev(cv2.cvtColor(some, cv2.COLOR_RGB2LAB))
        if np.hypot(*spread[1:, 0]) < LEAST_COLOUR:
            out[:] = np.clip(chip * TINT, 0, 255)
    return done


def detail(chips: UInt8) -> Float32:
    """(n,) share of fine detail of chips (n, h, w, 3): its standard deviation over that of the grey
    values, without the rim. Below some .08 a chip was enlarged, or saved with few bytes."""
    found = np.zeros(len(chips), np.float32)
    for row, chip in enumerate(chips):
        grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
        height, width = grey.shape
        fine = grey - cv2.GaussianBlur(grey, (0, 0), FINE * min(height, width) / SIDE)
        inside = np.s_[height // 8 : height - height // 8, width // 8 : width - width // 8]
        spread, edges = (cv2.meanStdDev(part[inside])[1].item() for part in (grey, fine))
        found[row] = edges / max(spread, 1.0)
    return found
