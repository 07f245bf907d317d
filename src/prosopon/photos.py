"""Files → upright RGB pixels: walk, hash, decode, turn. The only place that reads image files.

Originals are opened read-only. Every reason why a file gives no picture is an `UnreadablePhoto`
with a sentence for the user; nothing else escapes from `identify` and `read`.
"""

import hashlib
import io
import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, IptcImagePlugin, UnidentifiedImageError

from prosopon.errors import ProsoponError
from prosopon.metadata import Blocks
from prosopon.records import File, Photo, UInt8

_HEIF = frozenset({".heic", ".heif"})
EXTENSIONS = _HEIF | {
    *(".jpg", ".jpeg", ".jpe", ".jfif"),
    *(".png", ".tif", ".tiff", ".webp", ".bmp", ".gif"),
}
"""Names that are taken for photographs, in lower case."""
THUMBNAIL_SIDE = 1.5
"""Side of the square that a thumbnail shows, in longer sides of the face's box."""

Image.MAX_IMAGE_PIXELS = None  # the limit is a setting here, checked before anything is decoded


class UnreadablePhoto(ProsoponError):
    """A file that gives no picture; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photograph's pixels, perhaps at a reduced scale."""

    pixels: UInt8
    """(H, W, 3) RGB, upright."""
    scale: float
    """Decoded width divided by the photo's width; at most 1."""


def walk(roots: Iterable[Path], unreadable: list[tuple[Path, str]] | None = None) -> Iterator[File]:
    """Yield the photographs below `roots` (folders, or single files), in order of their names.

    Hidden files and folders are passed over. Symbolic links are followed, but no folder is entered
    twice, so loops end; a loop, a broken link or a folder that can't be listed is appended to
    `unreadable` with the reason. A root that is a file is yielded whatever its name.

    Raises ProsoponError for a root that isn't there.
    """
    unreadable = [] if unreadable is None else unreadable
    for root in roots:
        if not root.exists():
            raise ProsoponError(f"{root}: no such file or folder; give a folder of photographs")
        root = Path(os.path.abspath(root))  # noqa: PTH100 (resolve() would follow links)
        if root.is_dir():
            yield from _walk_folder(root, frozenset(), unreadable)
        elif (found := _stat(root, unreadable)) is not None:
            yield found


def _walk_folder(
    folder: Path, above: frozenset[tuple[int, int]], unreadable: list[tuple[Path, str]]
) -> Iterator[File]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        unreadable.append((folder, f"folder can't be listed: {error.strerror or error}"))
        return
    key = (status.st_dev, status.st_ino)
    if key in above:
        unreadable.append((folder, "symbolic link back to a folder above it: not followed"))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        if _is_folder(entry):
            yield from _walk_folder(path, above | {key}, unreadable)
        elif path.suffix.lower() in EXTENSIONS and (found := _stat(path, unreadable)) is not None:
            yield found


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _stat(path: Path, unreadable: list[tuple[Path, str]]) -> File | None:
    try:
        status = path.stat()
    except OSError as error:
        unreadable.append((path, f"can't be opened: {error.strerror or error}"))
        return None
    if not stat.S_ISREG(status.st_mode):
        unreadable.append((path, "not a regular file"))
        return None
    return File(path, status.st_size, status.st_mtime_ns)


def identify(path: Path, max_pixels: int) -> Photo:
    """Read a photograph's identity and size, without decoding its pixels.

    Raises UnreadablePhoto.
    """
    content = _bytes(path)
    with _picture(content, path, max_pixels) as picture:
        exif = picture.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        if orientation not in range(1, 9):
            orientation = 1
        width, height = picture.size
        if orientation >= 5 and picture.format != "TIFF":  # Pillow turns TIFFs by itself
            width, height = height, width
        taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    digest = hashlib.sha256(content).hexdigest()
    return Photo(digest, str(path), width, height, int(orientation), _moment(taken))


def blocks(path: Path, max_pixels: int) -> Blocks:
    """The metadata that a photograph holds, as they stand in it; damaged parts are left out.

    Raises UnreadablePhoto.
    """
    with _picture(_bytes(path), path, max_pixels) as picture:
        exif: dict[int, Any] = {}
        iptc: dict[tuple[int, int], Any] = {}
        with suppress(Exception):  # decoders meet hostile bytes and raise whatever they like
            tags = picture.getexif()
            exif = {**tags, **tags.get_ifd(ExifTags.IFD.Exif)}
        with suppress(Exception):
            if isinstance(picture, ImageFile.ImageFile):
                iptc = dict(IptcImagePlugin.getiptcinfo(picture) or {})
        xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
        return Blocks(exif, iptc, xmp.encode() if isinstance(xmp, str) else bytes(xmp))


def read(path: Path, max_pixels: int, at_least: int | None = None) -> Decoded:
    """Decode a photograph to upright 8-bit RGB.

    at_least : a JPEG may be decoded at half, a quarter or an eighth of its size, while its longest
        side keeps at least so many pixels; None decodes in full. The codec does this much faster
        than decoding and shrinking.

    Raises UnreadablePhoto.
    """
    return decode(_bytes(path), path, max_pixels, at_least)


def decode(content: bytes, path: Path, max_pixels: int, at_least: int | None = None) -> Decoded:
    """Decode the bytes of a photograph, as `read` does; `path` is only its name."""
    with _picture(content, path, max_pixels) as picture:
        full = max(picture.size)
        if at_least is not None and picture.format == "JPEG" and full > 2 * at_least:
            width, height = (max(1, side * at_least // full) for side in picture.size)
            picture.draft("RGB", (width, height))
        scale = max(picture.size) / full
        upright = ImageOps.exif_transpose(picture)
        return Decoded(_to_rgb8(upright), scale)


def thumbnail(decoded: Decoded, box: Iterable[float], size: int = 128) -> bytes:
    """A JPEG of one face with some surroundings, (size, size) px; grey where the photo ends.

    box : x1, y1, x2, y2 in pixels of the upright photo.
    """
    x1, y1, x2, y2 = (float(value) * decoded.scale for value in box)
    side = max(x2 - x1, y2 - y1, 1.0) * THUMBNAIL_SIDE
    left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
    height, width = decoded.pixels.shape[:2]
    crop = [max(0, int(left)), max(0, int(top))]
    crop += [min(width, int(left + side) + 1), min(height, int(top + side) + 1)]
    tile = Image.new("RGB", (size, size), (128, 128, 128))
    if crop[2] > crop[0] and crop[3] > crop[1]:
        part = Image.fromarray(decoded.pixels[crop[1] : crop[3], crop[0] : crop[2]])
        factor = size / side
        fitted = (max(1, round(part.width * factor)), max(1, round(part.height * factor)))
        part = part.resize(fitted, Image.Resampling.BILINEAR, reducing_gap=2.0)
        tile.paste(part, (round((crop[0] - left) * factor), round((crop[1] - top) * factor)))
    buffer = io.BytesIO()
    tile.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadablePhoto(f"can't be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise UnreadablePhoto("file is larger than the memory") from error
    if not content:
        raise UnreadablePhoto("file is empty")
    return content


@contextmanager
def _picture(content: bytes, path: Path, max_pixels: int) -> Iterator[Image.Image]:
    """The opened, not yet decoded picture; whatever goes wrong with it is an UnreadablePhoto."""
    if path.suffix.lower() in _HEIF:
        _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size limit and its remarks on metadata
            with Image.open(io.BytesIO(content)) as picture:
                width, height = picture.size
                if width * height > max_pixels:
                    raise UnreadablePhoto(
                        f"{width}×{height} pixels are more than the limit of {max_pixels:,} "
                        "(setting max_pixels)"
                    )
                yield picture
    except UnidentifiedImageError as error:
        raise UnreadablePhoto("not a picture in a format that is known here") from error
    except UnreadablePhoto:
        raise
    except MemoryError as error:
        raise UnreadablePhoto("too large for the memory") from error
    except Exception as error:  # decoders meet hostile bytes and raise whatever they like
        raise UnreadablePhoto(f"damaged: {error}") from error


def _register_heif() -> None:
    try:
        import pi_heif
    except ImportError as error:
        raise UnreadablePhoto(
            "HEIC needs an optional package: run  pip install 'prosopon-archive[heic]', "
            "then index --retry"
        ) from error
    pi_heif.register_heif_opener()


def _to_rgb8(picture: Image.Image) -> UInt8:
    """Any Pillow mode as (H, W, 3) uint8; transparent parts become white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        grey = _sixteen_to_eight(np.asarray(picture))
        return np.repeat(grey[..., None], 3, axis=2)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return np.array(picture.convert("RGB"))


def _sixteen_to_eight(values: NDArray[Any]) -> UInt8:
    """Grey values of more than 8 bits, scaled by the range that the numbers are stored in."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        top = 1.0 if values.max(initial=0) <= 1 else 255.0 if values.max() <= 255 else 65535.0
    else:
        top = 65535.0 if values.max(initial=0) > 255 or values.dtype.itemsize == 2 else 255.0
    scaled = np.clip(values.astype(np.float32) / top, 0, 1) * 255
    eight: UInt8 = (scaled + 0.5).astype(np.uint8)
    return eight


def _moment(text: object) -> datetime | None:
    """EXIF's date; None for what is missing or blank, as cameras with an unset clock leave it."""
    try:
        return datetime.strptime(str(text).strip("\x00 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
