"""Bytes → upright RGB pixels, checked against what the file says of itself."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon.paths import located
from prosopon.photos import deep, formats, helper, limits, tones
from prosopon.photos.opening import Opened, kind_of, opened, read_bytes
from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import Limits, UInt8

_END_OF_IMAGE = b"\xff\xd9"
_REDUCED = {
    1: "IMREAD_COLOR_RGB",
    2: "IMREAD_REDUCED_COLOR_2",
    4: "IMREAD_REDUCED_COLOR_4",
    8: "IMREAD_REDUCED_COLOR_8",
}
"""OpenCV's names for what a JPEG is shrunk by; shrunk ones come as BGR."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photograph's pixels, perhaps at a reduced scale."""

    pixels: UInt8
    """(H, W, 3) RGB, upright."""
    scale: float
    """Decoded width divided by the photo's width; at most 1."""


def read(address: str | Path, limit: Limits, at_least: int | None = None) -> Decoded:
    """Decode the photograph at an address (a path, perhaps with a page) to upright 8-bit RGB.

    at_least : a JPEG may be decoded at half, a quarter or an eighth of its size, while it keeps at
        least as many pixels as a 3:2 picture with a longer side of so many; None decodes in full.
        The codec does this much faster than decoding and shrinking.

    Raises UnreadablePhoto.
    """
    path, page = located(address)
    return decode(read_bytes(path, limit), path, limit, at_least, page)


def decode(
    content: bytes, name: Path, limit: Limits, at_least: int | None = None, page: int = 1
) -> Decoded:
    """Decode the bytes of a photograph, as `read` does; `name` only helps to tell its kind.

    What might take long, or crash, is decoded by a process of its own under a watch.
    """
    kind = kind_of(content, name)
    if kind == formats.PDF:
        return _by_helper(content, name, limit, at_least, page)
    with opened(content, kind, page, limit) as file:
        _prepare(file, limit, at_least)
        if limits.quick(file):
            return _decode(file)
    return _by_helper(content, name, limit, at_least, page)


def decode_here(
    content: bytes, name: Path, limit: Limits, at_least: int | None, page: int
) -> Decoded:
    """The same in this process, however long it takes: what the helper does."""
    with opened(content, kind_of(content, name), page, limit) as file:
        _prepare(file, limit, at_least)
        return _decode(file)


def _by_helper(
    content: bytes, name: Path, limit: Limits, at_least: int | None, page: int
) -> Decoded:
    answer, data = helper.ask("decode", content, name, limit, page=page, at_least=at_least or 0)
    pixels = np.frombuffer(data, np.uint8).reshape(answer["shape"])
    return Decoded(pixels, answer["scale"])


def _prepare(file: Opened, limit: Limits, at_least: int | None) -> None:
    """Set the decoder to the scale that is wanted, and refuse what would take too much."""
    picture, full = file.picture, math.sqrt(1.5 * file.stored[0] * file.stored[1])
    if at_least is not None and file.kind == "JPEG" and full > 2 * at_least:
        width, height = (max(1, int(side * at_least / full)) for side in picture.size)
        picture.draft("RGB", (width, height))
    limits.check_cost(file, limit)


def _decode(file: Opened) -> Decoded:
    plain = _plain_jpeg(file)
    if plain is not None:
        pixels = plain
    elif file.page is not None and file.page.deep:
        pixels = deep.rgb(file.content, file.page)
    else:
        file.picture.load()
        pixels = tones.rgb(file.picture)
    if not file.turned_by_decoder:
        pixels = turned(pixels, file.orientation)
    scale = max(pixels.shape[:2]) / max(file.size)
    if file.kind != "JPEG" and (pixels.shape[1], pixels.shape[0]) != file.size:
        raise UnreadablePhoto(
            f"damaged: the file says {file.size[0]}×{file.size[1]} pixels, its decoder gives "
            f"{pixels.shape[1]}×{pixels.shape[0]}"
        )
    return Decoded(pixels, scale)


def _plain_jpeg(file: Opened) -> UInt8 | None:
    """A whole JPEG in colours by OpenCV, which gives the same pixels as Pillow (the codec is the
    same) in a fifth of the time, since it makes no copies; None for all else."""
    whole = file.content.endswith(_END_OF_IMAGE)  # OpenCV fills in what is missing, silently
    times = round(file.stored[0] / file.picture.width)
    if file.kind != "JPEG" or file.picture.mode != "RGB" or not whole or times not in _REDUCED:
        return None
    import cv2  # here, because asking for a collection's state should not wait for it

    flags = getattr(cv2, _REDUCED[times]) | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(file.content, np.uint8), flags)
    if pixels is None or pixels.shape[1::-1] != file.picture.size:
        return None
    if times > 1:
        cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
    return np.asarray(pixels, np.uint8)


def turned(pixels: UInt8, orientation: int) -> UInt8:
    """A stored picture (H, W, 3) made upright (EXIF 2.3, tag 0x0112)."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
