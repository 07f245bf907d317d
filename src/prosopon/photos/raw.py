"""Cameras' raw files: the preview inside, as the camera developed it.

All makers put at least one whole JPEG into the file. The largest is taken, wherever it stands, so
that no maker's structure has to be known; raw data that looks like a JPEG by chance has no header
that makes sense, and lossless JPEG (how DNG and CR2 keep the raw data itself) is passed over.
"""

import io
import re

from PIL import ExifTags, Image

from prosopon.photos.unreadable import UnreadablePhoto

_START = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_FRAMES = {0xC0, 0xC1, 0xC2}
_MAX_CANDIDATES = 1_000
_MAX_SEGMENTS = 200


def preview(content: bytes) -> tuple[bytes, int]:
    """The largest JPEG in the file, and the EXIF orientation of the whole (0: the JPEG says).

    Raises UnreadablePhoto if there is none.
    """
    best, place = 0, -1
    for number, found in enumerate(_START.finditer(content)):
        if number == _MAX_CANDIDATES:
            break
        pixels = _pixels(content, found.start())
        if pixels > best:
            best, place = pixels, found.start()
    if place < 0:
        raise UnreadablePhoto("a camera's raw file without a preview; convert it to JPEG or TIFF")
    jpeg = content[place:]
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        told = ExifTags.Base.Orientation in picture.getexif()
    return jpeg, 0 if told else _orientation(content)


def _pixels(content: bytes, at: int) -> int:
    """Width × height of the baseline or progressive JPEG that begins at `at`; else 0."""
    at += 2
    for _ in range(_MAX_SEGMENTS):
        if content[at : at + 1] != b"\xff" or at + 9 > len(content):
            return 0
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return int.from_bytes(width, "big") * int.from_bytes(height, "big")
        if marker in (0xC3, 0xDA, 0xD9) or size < 2:
            return 0
        at += 2 + size
    return 0


def _orientation(content: bytes) -> int:
    """What the file itself says, where it is built like a TIFF."""
    if content[:2] not in (b"II", b"MM"):
        return 1
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + content[:2] + _MARK[content[:2]] + content[4:])
        value = exif.get(ExifTags.Base.Orientation, 1)
    except Exception:  # the preview stands, turned or not
        return 1
    return int(value) if value in range(1, 9) else 1


_MARK = {b"II": b"*\0", b"MM": b"\0*"}
"""TIFF's own; some makers put their own in its place."""
