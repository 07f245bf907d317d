"""The metadata inside a picture file, as blocks: what they say is read in `prosopon.metadata`."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from prosopon.metadata import Blocks
from prosopon.paths import located
from prosopon.photos import formats
from prosopon.photos.opening import kind_of, opened, read_bytes
from prosopon.records import Limits

_MAX_XMP = 4_000_000
"""Bytes; a larger packet is left out: no caption is that long."""


def blocks(address: str | Path, limit: Limits) -> Blocks:
    """The metadata of the photograph at an address, as they stand in it; of a camera's raw file,
    those of its preview. Damaged parts are left out.

    Raises UnreadablePhoto.
    """
    path, page = located(address)
    content = read_bytes(path, limit)
    kind = kind_of(content, path)
    if kind == formats.PDF:
        return Blocks()
    with opened(content, kind, page, limit) as file:
        return _blocks(file.picture)


def _blocks(picture: Image.Image) -> Blocks:
    exif: dict[int, Any] = {}
    iptc: dict[tuple[int, int], Any] = {}
    with suppress(Exception):  # decoders meet hostile bytes and raise whatever they like
        tags = Image.Image.getexif(picture)
        exif = {**tags, **tags.get_ifd(ExifTags.IFD.Exif)}
    with suppress(Exception):
        if isinstance(picture, ImageFile.ImageFile):
            iptc = dict(IptcImagePlugin.getiptcinfo(picture) or {})
    xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    xmp = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
    return Blocks(exif, iptc, xmp if len(xmp) <= _MAX_XMP else b"")
