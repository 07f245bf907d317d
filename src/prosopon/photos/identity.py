"""Which photographs a file holds: size, date, and two digests that tell whether it is known."""

import hashlib
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image

from prosopon.paths import address
from prosopon.photos import formats, helper, tiff
from prosopon.photos.limits import check_size
from prosopon.photos.opening import kind_of, opened, read_bytes
from prosopon.photos.pixel_parts import pixel_parts
from prosopon.records import Limits, Photo


def identify(path: Path, limit: Limits) -> list[Photo]:
    """The photographs in a file, one for each page, without decoding their pixels.

    Raises UnreadablePhoto.
    """
    content = read_bytes(path, limit)
    kind = kind_of(content, path)
    digest = hashlib.sha256(content).hexdigest()
    if kind == formats.PDF:
        return _documents(content, path, limit, digest)
    numbers = [page.number for page in tiff.pages(content)] if kind == "TIFF" else [1]
    numbers[0] = 1  # also where a thumbnail comes first
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
                    _digest(pixels, file.orientation),
                )
            )
    return photos


def _documents(content: bytes, path: Path, limit: Limits, digest: str) -> list[Photo]:
    answer, _ = helper.ask("sizes", content, path, limit)
    photos = []
    for number, (width, height) in enumerate(answer["sizes"], 1):
        check_size(width, height, limit)
        photos.append(Photo(_of_page(digest, number), address(path, number), width, height))
    return photos


def _of_page(digest: str, number: int) -> str:
    if number == 1:
        return digest
    return hashlib.sha256(f"{digest}#page={number}".encode()).hexdigest()


def _digest(parts: list[bytes], orientation: int) -> str:
    """Of a picture's own data; turned another way it is another one, for boxes lie elsewhere."""
    if not parts:
        return ""
    hashed = hashlib.sha256(f"orientation {orientation};".encode())
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
