"""What decoding a picture will take, known from its header, before anything is decoded."""

from typing import TYPE_CHECKING

from prosopon.photos.tiff import Tag
from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import Limits

if TYPE_CHECKING:
    from prosopon.photos.opening import Opened

_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "LA": 4, "PA": 4}
"""Bytes a pixel in Pillow's memory; 4 in all other modes."""
_DECODER = {"WEBP": 17, "AVIF": 14, "HEIF": 10, "JPEG2000": 16}
"""Bytes a pixel that a decoder holds besides, at its peak (measured)."""
_COEFFICIENTS = 6
"""Bytes a pixel that a JPEG of several scans keeps until the last one, at its full size."""
_RESULT = 6
"""Bytes a pixel of the RGB result, and of its turned copy."""
_MAX_SCANS = 1_000
"""Of a JPEG; programs that write progressive ones make about ten."""
_QUICK_PIXELS = 50_000_000
_QUICK_SCANS = 50


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raises UnreadablePhoto for a picture of too many pixels."""
    if width * height > limits.pixels:
        raise UnreadablePhoto(
            f"{width}×{height} pixels are more than the limit of {limits.pixels:,} "
            "(setting max_pixels)"
        )


def check_file(size: int, limits: Limits) -> None:
    """Raises UnreadablePhoto for a file too large to be read into memory."""
    if size > limits.megabytes * 1_000_000:
        raise UnreadablePhoto(
            f"file of {size // 1_000_000:,} MB is larger than the limit of {limits.megabytes:,} MB "
            "(setting max_megabytes)"
        )


def check_cost(file: "Opened", limits: Limits) -> None:
    """Raises UnreadablePhoto if decoding would take more memory than allowed, or has no end."""
    if file.scans > _MAX_SCANS:
        raise UnreadablePhoto(f"damaged: a JPEG of {file.scans:,} scans can't be decoded in time")
    needed = _memory(file)
    if needed > limits.megabytes * 1_000_000:
        width, height = file.picture.size
        raise UnreadablePhoto(
            f"decoding {width}×{height} pixels would take {needed // 1_000_000:,} MB of memory, "
            f"more than the limit of {limits.megabytes:,} MB (setting max_megabytes)"
        )


def _memory(file: "Opened") -> int:
    """Bytes at the peak of decoding."""
    picture, full = file.picture, file.stored[0] * file.stored[1]
    if file.page is not None and file.page.deep:
        return full * (file.page.samples * file.page[Tag.BITS] // 8 * 2 + 2 * _RESULT)
    each = _STORED.get(picture.mode, 4) + _DECODER.get(picture.format or "", 0) + _RESULT
    coefficients = _COEFFICIENTS * full if file.scans > 1 else 0
    return each * picture.width * picture.height + coefficients


def quick(file: "Opened") -> bool:
    """Whether decoding surely ends soon, so that no watch over it is needed."""
    if file.kind == "JPEG 2000" or file.scans > _QUICK_SCANS:
        return False
    whole = file.kind != "JPEG" or file.scans > 1
    width, height = file.stored if whole else file.picture.size
    return width * height <= _QUICK_PIXELS
