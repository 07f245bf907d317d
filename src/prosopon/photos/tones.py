"""Sample values of any depth → 8-bit RGB."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from prosopon.records import UInt8

_BAND = 8_000_000
"""Pixels converted at a time, so that no second copy of a large picture is made."""
_RANGES = (1.0, 255.0, 4095.0, 65535.0, 2.0**32 - 1)
"""White in the number formats that scanners and programs use: 1 of floats, 8, 12, 16, 32 bits."""


def rgb(picture: Image.Image) -> UInt8:
    """A loaded picture of any of Pillow's modes as (H, W, 3); transparent parts become white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return np.repeat(grey(np.asarray(picture))[..., None], 3, axis=2)
    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    for top, part in _bands(picture):
        pixels[top : top + part.height] = _rgb_band(part)
    return pixels


def _bands(picture: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    rows = max(1, _BAND // picture.width)
    if rows >= picture.height:
        yield 0, picture
        return
    for top in range(0, picture.height, rows):
        yield top, picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def _rgb_band(part: Image.Image) -> UInt8:
    if part.has_transparency_data:
        part = part.convert("RGBA")
        part = Image.alpha_composite(Image.new("RGBA", part.size, "white"), part)
    elif part.mode == "LAB":
        to_srgb = ImageCms.buildTransform(
            ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
        )
        part = ImageCms.applyTransform(part, to_srgb) or part
    return np.asarray(part.convert("RGB"))


def grey(values: NDArray[Any], *, inverted: bool = False) -> UInt8:
    """Samples of more than 8 bits as 8 bits, black at zero.

    White is the top of the number format that the values fill at least a quarter of: 1 for
    floats, or that of 8, 12, 16 or 32 bits. Values that fit none (floats beyond 1, sums of
    exposures) are stretched until half a percent of the picture is white.

    inverted : zero is white (TIFF's WhiteIsZero).
    """
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    step = max(1, int((values.size / 1_000_000) ** 0.5))
    sample = values[::step, ::step].astype(np.float64)
    low = min(0.0, float(sample.min(initial=0.0)))
    bright = float(np.percentile(sample - low, 99.5)) if sample.size else 0.0
    top = _white(bright, float(sample.max(initial=0.0)) - low, values.dtype)
    eight = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), max(1, _BAND // max(1, values.shape[1]))):
        rows = slice(row, row + max(1, _BAND // max(1, values.shape[1])))
        scaled = (values[rows].astype(np.float32) - np.float32(low)) * np.float32(255 / top)
        np.clip(scaled + np.float32(0.5), 0, 255, out=scaled)
        eight[rows] = scaled.astype(np.uint8)
    return 255 - eight if inverted else eight


def _white(bright: float, largest: float, dtype: np.dtype[Any]) -> float:
    """The value that is white."""
    ranges = [top for top in _RANGES if dtype.kind == "f" or top > 1]
    if dtype.kind != "f" and dtype.itemsize == 2:
        ranges = [4095.0, 65535.0]
    for top in ranges:
        if largest <= top and (bright >= top / 4 or top == ranges[0]):
            return top
    if dtype.kind != "f" and dtype.itemsize == 2:
        return 65535.0
    return max(bright, largest / 50, 1.0)
