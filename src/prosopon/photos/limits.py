"""What decoding a picture will take, known from its header, before anything is decoded."""

from PIL import Image

from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import Limits

_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "LA": 4, "PA": 4}
"""Bytes a pixel in Pillow's memory; 4 in all other modes."""
_DECODER = {"WEBP": 17, "AVIF": 14, "HEIF": 10, "JPEG2000": 16}
"""Bytes a pixel that a decoder holds besides, at its peak (measured)."""
_COEFFICIENTS = 6
"""Bytes a pixel that a JPEG of several scans keeps until the last one, at its full size."""
_RESULT = 6
"""Bytes a pixel of the RGB result, and of its turned copy."""
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


def check_memory(picture: Image.Image, scans: int, full: int, limits: Limits) -> None:
    """Raises UnreadablePhoto if decoding would take more memory than allowed.

    full : pixels of the picture as stored; the picture itself may be set to be decoded smaller.
    """
    each = _STORED.get(picture.mode, 4) + _DECODER.get(picture.format or "", 0) + _RESULT
    needed = each * picture.width * picture.height
    if scans > 1:
        needed += _COEFFICIENTS * full
    if needed > limits.megabytes * 1_000_000:
        raise UnreadablePhoto(
            f"decoding {picture.width}×{picture.height} pixels would take "
            f"{needed // 1_000_000:,} MB of memory, more than the limit of {limits.megabytes:,} MB "
            "(setting max_megabytes)"
        )


def quick(picture: Image.Image, scans: int, full: int) -> bool:
    """Whether decoding surely ends soon, so that no watch over it is needed."""
    if picture.format == "JPEG2000" or scans > _QUICK_SCANS:
        return False
    return (full if scans > 1 else picture.width * picture.height) <= _QUICK_PIXELS
