"""The metadata inside a picture file, as blocks: what they say is read in `prosopon.metadata`."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin, TiffImagePlugin

from prosopon.metadata import Blocks
from prosopon.paths import located
from prosopon.photos import formats
from prosopon.photos.opening import kind_of, opened, read_bytes
from prosopon.records import Limits

_MAX_XMP = _MAX_IPTC = 4_000_000
"""Bytes; a larger packet is left out: no caption is that long."""
_IPTC_IN_TIFF = 33723


def blocks(address: str | Path, limit: Limits, content: bytes | None = None) -> Blocks:
    """The metadata of the photograph at an address, as they stand in it; of a camera's raw file,
    those of its preview. Damaged parts are left out.

    content : of the file, where it has been read already.

    Raises UnreadablePhoto.
    """
    path, page = located(address)
    content = read_bytes(path, limit) if content is None else content
    kind = kind_of(content, path)
    if kind == formats.PDF:
        return Blocks()
    with opened(content, kind, page, limit) as file:
        return _blocks(file.picture)


def _blocks(picture: Image.Image) -> Blocks:
    exif: dict[int, Any] = {}
    iptc: dict[tuple[int, int], list[bytes]] = {}
    with suppress(Exception):  # decoders meet hostile bytes and raise whatever they like
        tags = Image.Image.getexif(picture)
        exif = {**tags, **tags.get_ifd(ExifTags.IFD.Exif)}
    with suppress(Exception):
        if isinstance(picture, ImageFile.ImageFile) and _iptc_is_short(picture):
            found = IptcImagePlugin.getiptcinfo(picture) or {}
            iptc = {key: _said(values) for key, values in found.items()}
    xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    xmp = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
    return Blocks(exif, iptc, xmp if len(xmp) <= _MAX_XMP else b"")


def _iptc_is_short(picture: ImageFile.ImageFile) -> bool:
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return True  # a JPEG's segment has 64 kB at most
    return len(picture.tag_v2.get(_IPTC_IN_TIFF, b"")) <= _MAX_IPTC


def _said(values: Any) -> list[bytes]:
    """The values of a data set; Pillow has None for one that is there and empty."""
    return [each for each in (values if isinstance(values, list) else [values]) if each]
