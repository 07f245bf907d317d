"""TIFFs of every inner make, which Pillow can't write."""

import struct
import zlib
from pathlib import Path

import numpy as np

_FORMATS = {"u": 1, "i": 2, "f": 3}


def write_tiff(
    path: Path,
    pages: list[np.ndarray],
    *,
    photometric: int = 1,
    planar: int = 1,
    orientation: int = 1,
    deflate: bool = False,
    order: str = "<",
    rows_per_strip: int = 17,
    kinds: tuple[int, ...] = (),
) -> Path:
    """pages : (H, W, samples) each; kinds : NewSubfileType of each page."""
    content = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))
    pointer = 4
    for number, array in enumerate(pages):
        height, width, samples = array.shape
        parts = [array] if planar == 1 else [array[..., [s]] for s in range(samples)]
        offsets, sizes = [], []
        for part in parts:
            for top in range(0, height, rows_per_strip):
                strip = part[top : top + rows_per_strip]
                data = strip.astype(strip.dtype.newbyteorder(order)).tobytes()
                data = zlib.compress(data) if deflate else data
                offsets.append(len(content))
                sizes.append(len(data))
                content += data + bytes(len(data) % 2)
        values = {
            254: [kinds[number] if kinds else 0],
            256: [width],
            257: [height],
            258: [8 * array.dtype.itemsize] * samples,
            259: [8 if deflate else 1],
            262: [photometric],
            273: offsets,
            274: [orientation],
            277: [samples],
            278: [rows_per_strip],
            279: sizes,
            284: [planar],
            339: [_FORMATS[array.dtype.kind]] * samples,
        }
        struct.pack_into(order + "I", content, pointer, len(content))
        pointer = _directory(content, values, order)
    path.write_bytes(content)
    return path


def _directory(content: bytearray, values: dict[int, list[int]], order: str) -> int:
    """Append a directory; return where the offset of the next one goes."""
    start = len(content)
    behind = start + 2 + 12 * len(values) + 4
    body, extra = struct.pack(order + "H", len(values)), b""
    for tag, numbers in values.items():
        wide = tag in (273, 279)
        packed = struct.pack(f"{order}{len(numbers)}{'I' if wide else 'H'}", *numbers)
        if len(packed) > 4:
            place = struct.pack(order + "I", behind + len(extra))
            extra += packed + bytes(len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        body += struct.pack(order + "HHI", tag, 4 if wide else 3, len(numbers)) + place
    content += body + bytes(4) + extra
    return behind - 4
