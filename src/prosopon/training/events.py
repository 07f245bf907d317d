"""Learning curves as TensorBoard reads them, written without TensorBoard.

A file of records, each a little-endian length, its check sum, an `Event` in protocol buffers'
encoding and its check sum (TensorFlow, `tfrecord` and `event.proto`).
"""

import struct
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from prosopon.files import replacing

_SECONDS = "seconds"
_WITHOUT = {"epoch", "step", _SECONDS}


def write_events(rows: Sequence[Mapping[str, float]], path: Path) -> None:
    """One scalar for each figure of each epoch, by the epoch's number.

    path : its name must hold `tfevents`, or TensorBoard passes it over.
    Epochs stand as long before now as the rows' `seconds` say.
    """
    start = time.time() - max((row.get(_SECONDS, 0.0) for row in rows), default=0.0)
    with replacing(path) as fresh, fresh.open("wb") as stream:
        stream.write(_record(_double(1, start) + _bytes(3, b"brain.Event:2")))
        for row in rows:
            values = b"".join(
                _bytes(1, _bytes(1, name.replace(" ", "/").encode()) + _float(2, value))
                for name, value in row.items()
                if name not in _WITHOUT
            )
            when = start + row.get(_SECONDS, 0.0)
            event = _double(1, when) + b"\x10" + _varint(int(row["epoch"])) + _bytes(5, values)
            stream.write(_record(event))


def _record(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + _masked(length) + event + _masked(event)


def _masked(data: bytes) -> bytes:
    """Castagnoli's check sum, turned and shifted as in TensorFlow's `crc32c.h`."""
    table, crc = _castagnoli(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    turned = ((crc >> 15) | (crc << 17)) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) & 0xFFFFFFFF)


@cache
def _castagnoli() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


# protocol buffers: a key is the field's number and how its value is written


def _varint(value: int) -> bytes:
    done = b""
    while value > 0x7F:
        done += bytes([value & 0x7F | 0x80])
        value >>= 7
    return done + bytes([value])


def _bytes(field: int, value: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(value)) + value


def _double(field: int, value: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    return bytes([field << 3 | 5]) + struct.pack("<f", value)
