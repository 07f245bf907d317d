"""Weak segments: where in the picture each attribute shows, from 68 landmarks and no drawing.

Thom and Hand, AttParseNet: an attribute that a face has is marked in the base regions of the face
that the vocabulary lists for it; one that it has not is marked nowhere.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from prosopon.datasets.vocabulary import region_table
from prosopon.geometry.regions import BASE_REGIONS, base_masks
from prosopon.records import Float32, UInt8

PICTURE_SIZE = (218, 178)
"""Height, width of the pictures that AttParseNet takes, as CelebA's aligned ones."""

MAP_SIZE = (96, 76)
"""Height, width of its maps: what six convolutions without padding leave of PICTURE_SIZE."""

_COLOURS = cv2.applyColorMap(
    np.linspace(0, 255, len(BASE_REGIONS)).astype(np.uint8)[:, None], cv2.COLORMAP_RAINBOW
)[:, 0, ::-1]


def base_segments(landmarks: Float32, size: tuple[int, int] = MAP_SIZE) -> NDArray[np.bool_]:
    """The base regions of one face, (10, *size), drawn at PICTURE_SIZE and brought to `size` by
    nearest neighbour.

    landmarks : (68, 2) x, y in a picture of PICTURE_SIZE.
    """
    masks = base_masks(landmarks, PICTURE_SIZE).astype(np.uint8)
    resized = [cv2.resize(mask, size[::-1], interpolation=cv2.INTER_NEAREST) for mask in masks]
    return np.stack(resized).astype(bool)


def attribute_segments(
    base: NDArray[np.bool_], labels: NDArray[np.int8], attributes: Sequence[str]
) -> NDArray[np.bool_]:
    """The segments of every attribute: (..., a, h, w) of base regions (..., 10, h, w) and labels
    (..., a); unknown labels (-1) are marked nowhere."""
    anywhere = np.einsum("ar,...rhw->...ahw", region_table(attributes), base.astype(np.uint8)) > 0
    marked: NDArray[np.bool_] = anywhere & (labels == 1)[..., None, None]
    return marked


def draw_segments(pixels: UInt8, base: NDArray[np.bool_], strength: float = 0.45) -> UInt8:
    """A picture (h, w, 3) with base regions (10, ...) laid over it in ten colours."""
    height, width = pixels.shape[:2]
    drawn = pixels.copy()
    for colour, mask in zip(_COLOURS, base.astype(np.uint8), strict=True):
        full = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
        drawn[full == 1] = colour
    blended: UInt8 = cv2.addWeighted(pixels, 1 - strength, drawn, strength, 0).astype(np.uint8)
    return blended
