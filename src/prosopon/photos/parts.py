"""How many parts stand before a picture's pixels.

Pillow reads those one by one, in Python: a file of nothing but parts would keep it busy for
minutes, whatever the limits on pixels say.
"""

import re
from collections.abc import Iterator

from prosopon.photos.unreadable import UnreadablePhoto

_MOST = 20_000
"""Parts; cameras and scanners write some dozens."""
_LARGEST = 2_048
"""Bytes of a PNG for each part that it may have besides: programs cut its pixels into 8192."""
_JUNK = 1_000_000
"""Bytes that belong to no part."""
_MARKER = re.compile(rb"\xff+([^\xff\0])", re.DOTALL)
_BLOCK = re.compile(rb"[!,;]")
_COMMENTS = re.compile(rb"P.(?:\s|#[^\r\n]*+)*+")
_HEADER = re.compile(rb"P.(?:(?:\s|#[^\r\n]*+[\r\n])++[0-9.+-]+){1,3}")
_CODESTREAM = b"\xff\x4f\xff\x51"
_TILES = frozenset({0x90, 0xD9})
_BOXES_OF_BOXES = (b"jp2h", b"res ", b"jp2c")
_BARE = frozenset({0x01, *range(0xD0, 0xDA)})
"""JPEG's markers that nothing follows (T.81, table B.1)."""


def check_parts(content: bytes, kind: str) -> None:
    """Raises UnreadablePhoto for a picture in too many parts, or with too much between them."""
    parts = _PARTS.get(kind)
    if parts is None:
        return
    most = _MOST + (len(content) // _LARGEST if kind == "PNG" else 0)
    junk = 0
    for number, between in enumerate(parts(content)):
        junk += between
        if number >= most or junk > _JUNK:
            raise UnreadablePhoto(
                f"damaged: a {kind} of more than {most:,} parts, or {_JUNK:,} bytes between them"
            )


def _jpeg(content: bytes) -> Iterator[int]:
    """Bytes before each segment up to the first scan."""
    at = 2
    while (found := _MARKER.search(content, at)) and found[1] != b"\xda":
        yield found.start(1) - 1 - at
        size = int.from_bytes(content[found.end() : found.end() + 2], "big")
        at = found.end() + (0 if found[1][0] in _BARE else max(size, 2))
    yield len(content) - at if found is None else found.start(1) - 1 - at


def _png(content: bytes) -> Iterator[int]:
    at = 8
    while at + 12 <= len(content):
        yield 0
        at += int.from_bytes(content[at : at + 4], "big") + 12


def _gif(content: bytes) -> Iterator[int]:
    """Bytes before each block, and each piece of one, up to the first frame."""
    flags = content[10] if len(content) > 10 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while (found := _BLOCK.search(content, at)) and found[0] == b"!":
        yield found.start() - at
        at = found.end() + 1
        while at < len(content) and (size := content[at]):
            yield 0
            at += size + 1
        at += 1
    yield len(content) - at if found is None else found.start() - at


def _ppm(content: bytes) -> Iterator[int]:
    """Bytes of the header, which may hold comments of any length."""
    found = _HEADER.match(content) or _COMMENTS.match(content)
    yield 0 if found is None else found.end()


def _jp2(content: bytes) -> Iterator[int]:
    """The boxes up to the codestream, those in the header too, and the codestream's segments up to
    the first tile (T.800, annexes I and A)."""
    at = 0
    while not content.startswith(_CODESTREAM, at) and at + 8 <= len(content):
        yield 0
        size, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        head = 16 if size == 1 else 8
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        at += head if name in _BOXES_OF_BOXES else max(size, head)
    at += 2
    while at + 4 <= len(content) and content[at + 1] not in _TILES:
        yield 0
        at += 2 + max(int.from_bytes(content[at + 2 : at + 4], "big"), 2)


_PARTS = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "PPM": _ppm, "JPEG 2000": _jp2}
