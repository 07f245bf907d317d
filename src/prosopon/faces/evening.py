"""Pictures as detectors see faces best: they learnt from well-lit colour photographs."""

import cv2
import numpy as np

from prosopon.geometry import resized
from prosopon.records import Float32, UInt8

LEAST_RANGE = 32
"""Of the brightness that is stretched, of 255: less is noise."""
OUTLIERS = 0.01
"""Share of the picture that may be darker, and brighter, than the ends that are stretched to."""
GROUND = 0.02
"""Share of the picture that one brightness counts for at most."""
LEAST_COLOUR = 4.0
"""Spread of CIELAB's a and b below which a picture has no colours; sepia has more."""
TINT = np.array([1.2, 1.0, 0.85])
"""What a picture without colours is multiplied with."""


def evened(image: UInt8) -> UInt8:
    """The picture (H, W, 3) RGB with its brightness stretched, and tinted if it has no colours."""
    thumbnail = resized(image, 64, 64)
    lab = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2LAB).astype(np.float32)
    colourless = np.hypot(lab[..., 1].std(), lab[..., 2].std()) < LEAST_COLOUR
    if colourless:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
    low, high = _ends(lab[..., 0])
    stretched = (np.arange(256) - low) * (255 / max(high - low, LEAST_RANGE))
    gains = TINT if colourless else np.ones(3)
    table = np.clip(stretched[:, None] * gains, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[:, None]), np.uint8)


def _ends(brightness: Float32) -> tuple[int, int]:
    """Where the brightness (0 to 255) of a picture begins and ends, without outliers. An even
    ground, such as the page that photographs are stuck on, counts little."""
    counts = np.bincount(brightness.astype(np.uint8).ravel(), minlength=256)
    shares = np.cumsum(np.minimum(counts, GROUND * brightness.size))
    low, high = np.searchsorted(shares, shares[-1] * np.array([OUTLIERS, 1 - OUTLIERS]))
    return int(low), int(high)
