"""The parts of a file that are the picture, without what is said about it.

Programs that write captions, ratings or names into a file leave these parts as they are, so their
digest knows the photograph again, and nothing has to be decoded for it.
"""

import re
import struct
from collections.abc import Iterator

from prosopon.photos import tiff

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_APPLICATION = frozenset(range(0xE0, 0xF0)) - {0xEE}
"""JPEG segments of metadata; Adobe's (0xEE) says which colours the numbers mean."""
_COMMENT, _SCAN, _END = 0xFE, 0xDA, 0xD9
_PNG = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"fdAT", b"fcTL", b"acTL"})
_WEBP = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_MAX_PARTS = 1_000_000


def pixel_parts(kind: str, content: bytes, page: tiff.Page | None) -> list[bytes]:
    """The picture's own bytes, piece by piece; none where the kind's structure isn't known here."""
    try:
        match kind:
            case "JPEG":
                return list(_jpeg(content))
            case "PNG":
                return list(_chunks(content, 8, ">", _PNG))
            case "WebP":
                return list(_chunks(content, 12, "<", _WEBP))
            case "HEIC" | "AVIF":
                return _iso_media(content)
            case "JPEG 2000":
                coded = _find(content, 0, len(content), b"jp2c")
                return [content if coded is None else content[slice(*coded)]]
            case "TIFF" if page is not None:
                return _tiff(content, page)
    except (struct.error, IndexError, ValueError):  # damaged: known by its whole bytes alone
        pass
    return []


def _jpeg(content: bytes) -> Iterator[bytes]:
    at = 2
    for _ in range(_MAX_PARTS):
        found = _MARKER.search(content, at)
        if found is None:
            return
        marker, start = content[found.start() + 1], found.start()
        if marker == _END:
            yield content[at:start]
            return
        end = start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")
        yield content[at:start]  # what was coded, between a scan's header and the next marker
        if marker not in _APPLICATION and marker != _COMMENT:
            yield content[start:end]
        at = end


def _chunks(content: bytes, at: int, order: str, wanted: frozenset[bytes]) -> Iterator[bytes]:
    """PNG's chunks (size, name, data, checksum), RIFF's (name, size, data, to an even end)."""
    for _ in range(_MAX_PARTS):
        if at + 8 > len(content):
            return
        if order == ">":
            size, name = struct.unpack_from(">I4s", content, at)
            after = at + 12 + size
        else:
            name, size = struct.unpack_from("<4sI", content, at)
            after = at + 8 + size + size % 2
        if name in wanted:
            yield name + content[at + 8 : at + 8 + size]
        at = after


def _tiff(content: bytes, page: tiff.Page) -> list[bytes]:
    shape = [
        (tag, page.values.get(tag, ()))
        for tag in (
            *(tiff.Tag.WIDTH, tiff.Tag.HEIGHT, tiff.Tag.BITS, tiff.Tag.COMPRESSION),
            *(tiff.Tag.PHOTOMETRIC, tiff.Tag.SAMPLES, tiff.Tag.PLANAR, tiff.Tag.PREDICTOR),
            *(tiff.Tag.SAMPLE_FORMAT, tiff.Tag.ROWS_PER_STRIP, tiff.Tag.TILE_WIDTH),
        )
    ]
    pieces = list(page.data())
    if not pieces or sum(size for _, size in pieces) > len(content):
        return []
    return [
        repr([(int(tag), values) for tag, values in shape]).encode(),
        *(content[offset : offset + size] for offset, size in pieces),
    ]


def _iso_media(content: bytes) -> list[bytes]:
    """The items of an ISO media file (ISO/IEC 14496-12, 8.11) that are not metadata."""
    meta = _box(content, 0, len(content), b"meta")
    start, end = meta[0] + 4, meta[1]
    kinds = _item_kinds(content, *_box(content, start, end, b"iinf"))
    data = _find(content, start, end, b"idat")
    parts: list[bytes] = []
    for item, method, extents in _item_places(content, *_box(content, start, end, b"iloc")):
        if kinds.get(item, b"mime") in (b"Exif", b"mime", b"uri "):
            continue
        base = data[0] if method == 1 and data else 0
        parts += [content[base + offset : base + offset + size] for offset, size in extents]
    properties = _find(content, start, end, b"iprp")  # size, turn and colours of every item
    if properties and parts and sum(map(len, parts)) <= len(content):
        return [content[slice(*properties)], *parts]
    return []


def _find(content: bytes, at: int, end: int, wanted: bytes) -> tuple[int, int] | None:
    """Where a box's content begins and ends."""
    for _ in range(_MAX_PARTS):
        if at + 8 > end:
            return None
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        size = size or end - at
        if size < head:
            return None
        if name == wanted:
            return at + head, min(at + size, end)
        at += size
    return None


def _box(content: bytes, at: int, end: int, wanted: bytes) -> tuple[int, int]:
    found = _find(content, at, end, wanted)
    if found is None:
        raise ValueError(f"no box {wanted!r}")
    return found


def _item_kinds(content: bytes, start: int, end: int) -> dict[int, bytes]:
    version = content[start]
    at = start + (6 if version == 0 else 8)
    kinds = {}
    while (entry := _find(content, at, end, b"infe")) is not None:
        wide = content[entry[0]] >= 3
        number, _, kind = struct.unpack_from(">IH4s" if wide else ">HH4s", content, entry[0] + 4)
        kinds[number] = kind
        at = entry[1]
    return kinds


def _item_places(
    content: bytes, start: int, end: int
) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Item number, construction method (0 file, 1 idat) and the extents of every item."""
    version = content[start]
    sizes = content[start + 4 : start + 6]
    offset_size, length_size, base_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index_size = sizes[1] & 15 if version else 0
    at = start + 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > end:
            raise ValueError("item location leads out of its box")
        return int.from_bytes(content[at - size : at], "big")

    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            number(index_size)
            offset = base + number(offset_size)
            extents.append((offset, number(length_size)))
        yield item, method, extents
