"""A file's bytes → its opened, not yet decoded picture, with whatever goes wrong as one error."""

import errno
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from prosopon import files
from prosopon.errors import MissingExtra
from prosopon.optional import require
from prosopon.paths import is_remote
from prosopon.photos import formats, limits, raw, remote, tiff
from prosopon.photos.parts import check_parts
from prosopon.photos.unreadable import NotReachable, UnreadablePhoto
from prosopon.records import Limits

Image.MAX_IMAGE_PIXELS = None  # the limits are settings here, checked before anything is decoded

_SCAN = b"\xff\xda"
_PNG_CHUNKS = 10_000
_MAX_EXIF = 16_000_000
"""Bytes; a larger block is left out. Cameras write some kB, and a preview at most: Pillow takes
twenty times as much to read it."""


@dataclass
class Opened:
    """A picture whose header has been read."""

    kind: str
    picture: Image.Image
    content: bytes
    """The bytes that hold the picture: of a camera's raw file, its preview."""
    stored: tuple[int, int]
    """Width and height that the file says."""
    orientation: int
    """EXIF orientation, 1 to 8; 1 where the decoder turns the picture by itself unasked."""
    page: tiff.Page | None = None
    """Of a TIFF."""

    @property
    def turned_by_decoder(self) -> bool:
        """Pillow turns TIFFs when it loads them."""
        return self.page is not None and not self.page.deep

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright picture."""
        width, height = self.stored
        return (height, width) if self.orientation >= 5 else (width, height)

    @cached_property
    def scans(self) -> int:
        """How often a JPEG's decoder passes over the picture, at most; else 1."""
        return self.content.count(_SCAN) if self.kind == "JPEG" else 1


def read_bytes(path: Path, limit: Limits) -> bytes:
    """The whole of a file.

    Raises UnreadablePhoto; NotReachable where the file can't be opened.
    """
    try:
        if is_remote(path):
            content = remote.read_bytes(path, limit.megabytes * 1_000_000)
        else:
            limits.check_file(path.stat().st_size, limit)
            content = files.read_bytes(path, limit.megabytes * 1_000_000)
    except OSError as error:
        kind = UnreadablePhoto if error.errno == errno.EFBIG else NotReachable
        raise kind(f"can't be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise UnreadablePhoto("file is larger than the memory") from error
    if not content:
        raise UnreadablePhoto("file is empty")
    return content


def kind_of(content: bytes, name: Path) -> str:
    """The kind of picture that the bytes are.

    Raises UnreadablePhoto.
    """
    header = content[: formats.HEADER]
    found = formats.kind(header, name)
    if found is None:
        other = formats.description(header)
        also = f" (it is {other})" if other else ""
        raise UnreadablePhoto(f"not a picture in a format that is known here{also}")
    return found


@contextmanager
def opened(content: bytes, kind: str, page: int, limit: Limits) -> Iterator[Opened]:
    """The opened picture of some bytes of a known kind (other than PDF).

    Whatever the block or the decoder raises becomes an UnreadablePhoto.
    """
    orientation = 0
    with _faults_named(kind):
        if kind == formats.RAW:
            content, orientation = raw.preview(content)
            kind = "JPEG"
        check_parts(content, kind)
        directory = _tiff_page(content, page) if kind == "TIFF" else None
        stream: Any = io.BytesIO(content)
        if directory is not None:
            limits.check_size(*directory.size, limit)
            orientation = directory.orientation
            if directory.deep:  # Pillow shall see nothing but bytes
                stream = tiff.as_bytes(content, directory)
        elif kind == "HEIC":
            orientation = 1  # its decoder gives it upright
        with Image.open(stream, formats=[_decoder(kind)]) as picture:
            if len(picture.info.get("exif") or b"") > _MAX_EXIF:  # HEIC without EXIF has None
                del picture.info["exif"]
            if directory is not None and not directory.deep and directory.number > 1:
                picture.seek(directory.number - 1)
            stored = picture.size if directory is None else directory.size
            limits.check_size(*stored, limit)
            orientation = orientation or _orientation(picture, content)
            yield Opened(kind, picture, content, stored, orientation, directory)


@contextmanager
def _faults_named(kind: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size limit and its remarks on metadata
            yield
    except UnreadablePhoto:
        raise
    except UnidentifiedImageError as error:
        raise UnreadablePhoto(f"damaged, or of a variant that can't be read: {kind}") from error
    except MemoryError as error:
        raise UnreadablePhoto("too large for the memory") from error
    except Exception as error:  # decoders meet hostile bytes and raise whatever they like
        raise UnreadablePhoto(f"damaged: {error}") from error


def _decoder(kind: str) -> str:
    """Pillow's name for the decoder of a kind, made ready."""
    if kind == "HEIC":
        optional("pi_heif", "heic", kind).register_heif_opener()
    return formats.KINDS[kind]


def optional(module: str, extra: str, kind: str) -> Any:
    """A module that only one kind of picture needs.

    Raises UnreadablePhoto that says how to install it.
    """
    try:
        return require(module, extra=extra)
    except MissingExtra as error:
        raise UnreadablePhoto(f"{kind}: {error}, then index --retry") from error


def _tiff_page(content: bytes, number: int) -> tiff.Page:
    for page in tiff.pages(content):
        if page.number == number or number == 1:
            return page
    raise UnreadablePhoto(f"there is no page {number} in this file")


def _orientation(picture: Image.Image, content: bytes) -> int:
    at_end = picture.format == "PNG" and "exif" not in picture.info
    if at_end and (found := _png_exif(content)) is not None:
        picture.info["exif"] = found
    # PNG's own getexif would decode the picture to see whether EXIF comes behind it
    value = Image.Image.getexif(picture).get(ExifTags.Base.Orientation, 1)
    return int(value) if value in range(1, 9) else 1


def _png_exif(content: bytes) -> bytes | None:
    """The eXIf chunk, wherever it stands (PNG 3, 11.3.4.5)."""
    at = 8
    for _ in range(_PNG_CHUNKS):
        size, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if not re.fullmatch(rb"[A-Za-z]{4}", name):
            return None
        if name == b"eXIf":
            return b"Exif\0\0" + content[at + 8 : at + 8 + size] if size <= _MAX_EXIF else None
        at += size + 12
    return None
