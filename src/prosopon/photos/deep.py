"""TIFFs of more than 8 bits a sample, which Pillow reads wrongly or not at all.

Pillow decodes 16-bit planes at twice their size, WhiteIsZero as a negative, big-endian floats in
the wrong order, and no colours of 32 bits. Here it only decompresses (`tiff.as_bytes`); the bytes
become numbers by what the file says of them: bits, format, order, predictor, planes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prosopon.photos import tiff, tones
from prosopon.photos.tiff import Page, Tag
from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import UInt8

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK = 0, 1, 2, 5
_SAMPLES = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _CMYK: 4}
_KINDS = {1: "u", 2: "i", 3: "f", 4: "u"}
"""SampleFormat → kind of number; 4 is undefined."""
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
_UNCOMPRESSED = 1


def rgb(content: bytes, page: Page) -> UInt8:
    """(H, W, 3) of a page as stored, not turned.

    Raises UnreadablePhoto for kinds of samples that aren't known here.
    """
    photometric = page[Tag.PHOTOMETRIC]
    wanted = _SAMPLES.get(photometric)
    if wanted is None or page.samples < wanted:
        raise UnreadablePhoto(
            f"a TIFF of {page[Tag.BITS]} bits whose samples are no grey, RGB or CMYK "
            f"(photometric interpretation {photometric}); save it with 8 bits a sample"
        )
    planes = [
        _samples(content, page, plane) for plane in range(wanted if page.apart else 1)
    ]  # (H, W, 1) each, or one (H, W, S)
    values = planes[0][..., :wanted] if len(planes) == 1 else np.concatenate(planes, axis=2)
    eight = tones.eight_bits(values, inverted=photometric == _WHITE_IS_ZERO)
    if photometric == _CMYK:
        return np.array(Image.fromarray(eight, "CMYK").convert("RGB"))
    return eight if wanted == 3 else np.repeat(eight, 3, axis=2)


def _samples(content: bytes, page: Page, plane: int) -> NDArray[Any]:
    """(H, W, S) numbers of one plane."""
    rows = _rows(content, page, plane)
    width, height = page.size
    samples = 1 if page.apart else page.samples
    bits, kind = page[Tag.BITS], _KINDS.get(page[Tag.SAMPLE_FORMAT], "u")
    order = "<" if content[:2] == b"II" else ">"
    if page[Tag.PREDICTOR] == _FLOAT_DIFFERENCES:
        rows, order = _undo_float_differences(rows, samples, bits // 8), ">"
    if bits in (16, 32, 64):
        flat = rows.view(np.dtype(f"{order}{kind}{bits // 8}"))
    elif kind == "u" and bits < 32:
        flat = _unpacked(rows, width * samples, bits)
    else:
        raise UnreadablePhoto(f"a TIFF of {bits} bits a sample; save it with 8 or 16")
    values = flat.reshape(height, width, samples)
    if page[Tag.PREDICTOR] == _DIFFERENCES:  # of whole rows; in tiles they begin anew
        step = page[Tag.TILE_WIDTH] or width
        whole = np.empty(values.shape, values.dtype.newbyteorder("="))
        for left in range(0, width, step):
            part = values[:, left : left + step]
            np.cumsum(part, axis=1, dtype=whole.dtype, out=whole[:, left : left + step])
        values = whole
    return values


def _rows(content: bytes, page: Page, plane: int) -> UInt8:
    """(H, bytes of a row) of one plane, decompressed."""
    height, expected = page.size[1], page.row_bytes
    if page[Tag.COMPRESSION] == _UNCOMPRESSED and not page[Tag.TILE_WIDTH]:
        pieces = list(page.data())
        each = len(pieces) // (page.samples if page.apart else 1)
        parts = [
            content[offset : offset + size]
            for offset, size in pieces[plane * each : (plane + 1) * each]
        ]
        raw = np.frombuffer(parts[0] if len(parts) == 1 else b"".join(parts), np.uint8)
        if len(raw) < height * expected:
            raise UnreadablePhoto("damaged: the file ends before the picture does")
        return raw[: height * expected].reshape(height, expected)
    stream: Any = tiff.as_bytes(content, page, plane)
    with Image.open(stream, formats=["TIFF"]) as picture:
        return np.asarray(picture)


def _undo_float_differences(rows: UInt8, samples: int, width: int) -> UInt8:
    """Adobe's predictor 3: differences of bytes, the highest bytes of a row first."""
    height = len(rows)
    steps = rows.reshape(height, -1, samples)
    whole = np.cumsum(steps, axis=1, dtype=np.uint8).reshape(height, width, -1)
    return np.ascontiguousarray(whole.swapaxes(1, 2)).reshape(height, -1)


def _unpacked(rows: UInt8, numbers: int, bits: int) -> NDArray[np.uint32]:
    """Numbers of 9 to 31 bits, packed one behind the other."""
    single = np.unpackbits(rows, axis=1)[:, : numbers * bits].reshape(-1, bits)
    weights = 1 << np.arange(bits - 1, -1, -1, dtype=np.uint32)
    values: NDArray[np.uint32] = single @ weights
    top = np.uint32(2**bits - 1)
    return (values.astype(np.float64) * (65535 / top)).astype(np.uint16).astype(np.uint32)
