"""Which photographs a file holds: size, date, and two digests that tell whether it is known."""

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image

from prosopon.paths import address
from prosopon.photos import formats, helper, tiff
from prosopon.photos.limits import check_size
from prosopon.photos.opening import kind_of, opened, read_bytes
from prosopon.photos.pixel_parts import pixel_parts
from prosopon.records import Limits, Photo

_ANY = 2**62


def identify(path: Path, limit: Limits, content: bytes | None = None) -> list[Photo]:
    """The photographs in a file, one for each page, without decoding their pixels.

    content : of the file, where it has been read already.

    Raises UnreadablePhoto.
    """
    content = read_bytes(path, limit) if content is None else content
    kind = kind_of(content, path)
    digest = hashlib.sha256(content).hexdigest()
    if kind == formats.PDF:
        return _documents(content, path, limit, digest)
    numbers = [page.number for page in tiff.pages(content)] if kind == "TIFF" else [1]
    numbers[0] = 1  # also where a thumbnail comes first
    if len(numbers) > 1:  # a page that is too large shall not take the others with it
        limit = replace(limit, pixels=_ANY)
    photos = []
    for number in numbers:
        with opened(content, kind, number, limit) as file:
            pixels = pixel_parts(file.kind, file.content, file.page)
            width, height = file.size
            photos.append(
                Photo(
                    _of_page(digest, number),
                    address(path, number),
                    width,
                    height,
                    file.orientation,
                    _taken(file.picture),
                    _digest(pixels),
                )
            )
    return photos


def _documents(content: bytes, path: Path, limit: Limits, digest: str) -> list[Photo]:
    answer, _ = helper.ask("sizes", content, path, limit)
    photos = []
    for number, (width, height, pixels) in enumerate(answer["sizes"], 1):
        if len(answer["sizes"]) == 1:
            check_size(width, height, limit)
        name = address(path, number)
        photos.append(Photo(_of_page(digest, number), name, width, height, pixels=pixels))
    return photos


def _of_page(digest: str, number: int) -> str:
    if number == 1:
        return digest
    return hashlib.sha256(f"{digest}#page={number}".encode()).hexdigest()


def _digest(parts: list[bytes]) -> str:
    """Of a picture's own data."""
    if not parts:
        return ""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def _taken(picture: Image.Image) -> datetime | None:
    """EXIF's date; None for what is missing or blank, as cameras with an unset clock leave it."""
    ifd = Image.Image.getexif(picture).get_ifd(ExifTags.IFD.Exif)
    try:
        text = str(ifd.get(ExifTags.Base.DateTimeOriginal)).strip("\x00 ")
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
