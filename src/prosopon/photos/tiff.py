"""The structure of TIFF files: their pages, and samples that Pillow would give wrongly.

TIFF 6.0, section 2 and 8; BigTIFF. Only what is needed to know how many pages there are, how big,
and how their samples are stored. Everything is bounded: a file may say anything.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from prosopon.photos.unreadable import UnreadablePhoto

_MAX_PAGES = 2_000
_MAX_ENTRIES = 1_000
_MAX_VALUES = 4_000_000
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q"}
_CODES |= {17: "q", 18: "Q"}


class Tag(IntEnum):
    """The tags that matter here."""

    KIND = 254
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    ROWS_PER_STRIP = 278
    STRIP_SIZES = 279
    PLANAR = 284
    PREDICTOR = 317
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_SIZES = 325
    SAMPLE_FORMAT = 339


_PLACES = (Tag.STRIP_OFFSETS, Tag.STRIP_SIZES, Tag.TILE_OFFSETS, Tag.TILE_SIZES)
_SAID = frozenset({270, 305, 306, 315, 700, 33432, 33723, 34377, 34665, 34853})
_DEFAULTS = {Tag.KIND: 0, Tag.BITS: 1, Tag.COMPRESSION: 1, Tag.SAMPLES: 1, Tag.PLANAR: 1}
_DEFAULTS |= {Tag.PHOTOMETRIC: 1, Tag.ORIENTATION: 1, Tag.SAMPLE_FORMAT: 1, Tag.PREDICTOR: 1}


@dataclass(frozen=True, slots=True)
class Page:
    """One image file directory."""

    number: int
    """From 1, counting every directory of the chain, as viewers do."""
    values: dict[int, tuple[int, ...]] = field(repr=False)
    """Tag → values."""
    said: tuple[bytes, ...] = field(repr=False)
    """The entries of captions, dates, EXIF, IPTC and XMP as they stand in a classic TIFF."""

    def __getitem__(self, tag: Tag) -> int:
        values = self.values.get(tag)
        return values[0] if values else _DEFAULTS.get(tag, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self[Tag.WIDTH], self[Tag.HEIGHT]

    @property
    def orientation(self) -> int:
        return self[Tag.ORIENTATION] if 1 <= self[Tag.ORIENTATION] <= 8 else 1

    @property
    def samples(self) -> int:
        return max(1, self[Tag.SAMPLES])

    @property
    def deep(self) -> bool:
        """More than 8 bits a sample."""
        return self[Tag.BITS] > 8

    @property
    def row_bytes(self) -> int:
        """Bytes of a decompressed row, of one plane where the samples lie apart."""
        return self.bytes_of(self.size[0])

    def bytes_of(self, pixels: int) -> int:
        return (pixels * (1 if self.apart else self.samples) * self[Tag.BITS] + 7) // 8

    @property
    def apart(self) -> bool:
        """Each sample has a plane of its own."""
        return self[Tag.PLANAR] == 2 and self.samples > 1

    def data(self) -> Iterator[tuple[int, int]]:
        """Offset and size of every piece of the picture's data."""
        for offsets, sizes in (_PLACES[:2], _PLACES[2:]):
            yield from zip(self.values.get(offsets, ()), self.values.get(sizes, ()), strict=False)


def pages(content: bytes) -> list[Page]:
    """The pictures of the file, without thumbnails, reduced versions and masks.

    Raises UnreadablePhoto if there is none.
    """
    found = list(_chain(content))
    if not found:
        raise UnreadablePhoto("damaged: a TIFF with no picture in it")
    area = found[0].size[0] * found[0].size[1]
    kept = [page for page in found if not page[Tag.KIND] & 5 and not _thumbnail(page, area)]
    return kept or found[:1]


def _thumbnail(page: Page, area: int) -> bool:
    width, height = page.size
    return page.number > 1 and max(width, height) <= 256 and 16 * width * height <= area


def _chain(content: bytes) -> Iterator[Page]:
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    count, entry, pointer = ("Q", 20, "Q") if big else ("H", 12, "I")
    try:
        (offset,) = struct.unpack_from(order + pointer, content, 8 if big else 4)
        seen: set[int] = set()
        while offset and offset not in seen and len(seen) < _MAX_PAGES:
            seen.add(offset)
            (entries,) = struct.unpack_from(order + count, content, offset)
            start = offset + struct.calcsize(count)
            if entries > _MAX_ENTRIES:
                return
            values, said = {}, []
            for at in range(start, start + entries * entry, entry):
                tag, read = _entry(content, at, order, big)
                values[tag] = read
                if tag in _SAID and not big:
                    said.append(content[at : at + 12])
            page = Page(len(seen), values, tuple(said))
            if min(page.size) > 0:
                yield page
            (offset,) = struct.unpack_from(order + pointer, content, start + entries * entry)
    except struct.error:  # the chain leads out of the file; what came before it stands
        return


def _entry(content: bytes, at: int, order: str, big: bool) -> tuple[int, tuple[int, ...]]:
    tag, kind, number = struct.unpack_from(order + ("HHQ" if big else "HHI"), content, at)
    width, inline = _WIDTHS.get(kind, 0), 8 if big else 4
    if width > 1 and number > _MAX_VALUES:  # Pillow would make an object of each
        raise UnreadablePhoto(f"damaged: a TIFF's tag {tag} of {number:,} values")
    wanted = tag in Tag._value2member_map_
    if not wanted or not width or number > _MAX_VALUES:
        return tag, ()
    place = at + (12 if big else 8)
    if width * number > inline:
        (place,) = struct.unpack_from(order + ("Q" if big else "I"), content, place)
    return tag, struct.unpack_from(f"{order}{number}{_CODES[kind]}", content, place)


def as_bytes(content: bytes, page: Page, plane: int = 0) -> "Spliced":
    """One plane of a page (all of it, unless its samples lie apart) as a grey 8-bit TIFF, whose
    pixels are the bytes of the samples: a decoder then does nothing but decompress.

    The data stays where it is; a directory that points to it is put behind it, with what the page
    says of itself. Raises UnreadablePhoto for what can't be pointed to.
    """
    values: dict[int, tuple[int, ...]] = {
        Tag.WIDTH: (page.row_bytes,),
        Tag.HEIGHT: (page.size[1],),
        Tag.BITS: (8,),
        Tag.COMPRESSION: (page[Tag.COMPRESSION],),
        Tag.PHOTOMETRIC: (1,),
        Tag.SAMPLES: (1,),
    }
    if Tag.ROWS_PER_STRIP in page.values:
        values[Tag.ROWS_PER_STRIP] = page.values[Tag.ROWS_PER_STRIP][:1]
    if Tag.TILE_WIDTH in page.values:
        values[Tag.TILE_WIDTH] = (page.bytes_of(page[Tag.TILE_WIDTH]),)
        values[Tag.TILE_HEIGHT] = (page[Tag.TILE_HEIGHT],)
    split = page.samples if page.apart else 1
    for tag in _PLACES:
        if places := page.values.get(tag):
            each = len(places) // split
            values[tag] = places[plane * each : (plane + 1) * each]
    return _with_directory(content, values, page.said)


def _with_directory(
    content: bytes, values: dict[int, tuple[int, ...]], said: tuple[bytes, ...]
) -> "Spliced":
    """`content` as a TIFF whose only directory holds `values` and the entries `said`."""
    order = "<" if content[:2] == b"II" else ">"
    mark = b"II*\0" if order == "<" else b"MM\0*"
    start = len(content) + len(content) % 2
    count = len(values) + len(said)
    end = start + 2 + 12 * count + 4
    if end >= 2**32:
        raise UnreadablePhoto("a TIFF of more than 4 GB")
    entries, extra = dict[int, bytes](), b""
    for tag, numbers in values.items():
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        if len(numbers) > 1:
            place = struct.pack(order + "I", end + len(extra))
            extra += packed
        else:
            place = packed
        entries[tag] = struct.pack(order + "HHI", tag, 4, len(numbers)) + place
    entries |= {struct.unpack_from(order + "H", entry)[0]: entry for entry in said}
    body = b"".join(entries[tag] for tag in sorted(entries))
    directory = struct.pack(order + "H", len(entries)) + body + bytes(4)
    directory = directory.ljust(end - start, b"\0")
    head = mark + struct.pack(order + "I", start)
    return Spliced((head, content, bytes(start - len(content)) + directory + extra))


class Spliced(io.RawIOBase):
    """A file made of a new head, the rest of some content, and a tail; nothing is copied."""

    def __init__(self, parts: tuple[bytes, bytes, bytes]) -> None:
        self._head, self._content, self._tail = parts
        self._size = len(self._content) + len(self._tail)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        start = self._at
        end = self._size if size is None or size < 0 else min(start + size, self._size)
        self._at = max(start, end)
        head, body = len(self._head), len(self._content)
        parts = (
            self._head[start:end],
            self._content[max(start, head) : end] if end > head else b"",
            self._tail[max(0, start - body) : end - body] if end > body else b"",
        )
        return b"".join(parts)
