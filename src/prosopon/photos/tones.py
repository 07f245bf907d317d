"""Sample values of any depth → 8-bit RGB."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from prosopon.errors import UsageError
from prosopon.records import UInt8

_BAND = 8_000_000
"""Pixels converted at a time, so that no second copy of a large picture is made."""
_WHITES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0, 2.0**32 - 1)
"""White in the numbers of 8, 10, 12, 14, 16 and 32 bits, however many bits they are kept in."""
_ROUNDED = 1 + 1e-6


def rgb(picture: Image.Image) -> UInt8:
    """A loaded picture of any of Pillow's modes as (H, W, 3); transparent parts become white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return np.repeat(eight_bits(np.asarray(picture))[..., None], 3, axis=2)
    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    for top, part in _bands(picture):
        pixels[top : top + part.height] = _rgb_band(part)
    return pixels


def from_pillow(picture: object) -> UInt8:
    """(H, W, 3) upright pixels of a picture of Pillow's. Raises UsageError for anything else."""
    if not isinstance(picture, Image.Image):
        raise UsageError(
            "a picture is an array, one of Pillow's, or the path of a file; got "
            f"{type(picture).__name__}"
        )
    return rgb(ImageOps.exif_transpose(picture))


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


def eight_bits(values: NDArray[Any], *, inverted: bool = False) -> UInt8:
    """Samples (H, W, …) of more than 8 bits as 8 bits, black at zero.

    White is 1 for floats up to 1; else the largest number of the fewest bits (8, 10, 12, 14, 16 or
    32, of signed numbers 15 or 31 as well) that hold all values. Floats and 32-bit numbers that
    fill little of that (a lamp far beyond 1, sums of exposures) are stretched until two percent of
    the picture are white.

    inverted : zero is white (TIFF's WhiteIsZero).
    """
    step = max(1, int((values.size / 1_000_000) ** 0.5))
    sample = _finite(values[::step, ::step]).astype(np.float64)
    low = min(0.0, float(sample.min(initial=0.0)))
    top = _white(sample - low, values.dtype)
    eight = np.empty(values.shape, np.uint8)
    rows = max(1, _BAND // max(1, values[0].size))
    for row in range(0, len(values), rows):
        scaled = _finite(values[row : row + rows]).astype(np.float32)
        scaled = (scaled - np.float32(low)) * np.float32(255 / top) + np.float32(0.5)
        eight[row : row + rows] = np.clip(scaled, 0, 255).astype(np.uint8)
    return 255 - eight if inverted else eight


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind != "f":
        return values
    finite: NDArray[Any] = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return finite


def _white(sample: NDArray[np.float64], dtype: np.dtype[Any]) -> float:
    """The value that is white; `sample` from zero."""
    largest = float(sample.max(initial=0.0))
    if dtype.kind == "f" and largest <= _ROUNDED:
        return 1.0
    whites = [*_WHITES, np.iinfo(dtype).max] if dtype.kind == "i" else _WHITES
    top = next((white for white in sorted(whites) if largest <= white * _ROUNDED), largest)
    if dtype.kind != "f" and dtype.itemsize <= 2:
        return top
    bright = float(np.percentile(sample, 98))
    return top if bright >= top / 8 else max(bright, 1.0)
