"""Files that would take for ever, or all memory, or call upon other programs: refused, and said."""

import io
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prosopon import engines, photos
from prosopon.photos import UnreadablePhoto
from prosopon.records import Limits

LIMITS = Limits(seconds=1.0)


def tiny_webp(path: Path) -> None:
    """28 bytes that claim 16384×16384 pixels."""
    data = b"\x2f" + (16383 | 16383 << 14).to_bytes(4, "little") + bytes.fromhex("88888808")
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk)


def empty_png(path: Path, side: int = 17_000) -> None:
    """A transparent picture of one bit a pixel: a few kB that become gigabytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + (side + 7) // 8)) for _ in range(side))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + chunk(b"tRNS", b"\0\0")
        + chunk(b"IDAT", rows + packer.flush())
        + chunk(b"IEND", b"")
    )


def many_scans(path: Path, scans: int) -> None:
    """A progressive JPEG of 16000×16000 pixels whose last scan comes again and again."""
    buffer = io.BytesIO()
    Image.new("L", (64, 64)).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    frame = content.find(b"\xff\xc2")
    content = content[: frame + 5] + struct.pack(">HH", 16_000, 16_000) + content[frame + 9 :]
    last, end = content.rfind(b"\xff\xda"), content.rfind(b"\xff\xd9")
    path.write_bytes(content[:end] + content[last:end] * scans + b"\xff\xd9")


def read(path: Path) -> str:
    """The reason why a file is refused; for engines."""
    try:
        photos.read(path, LIMITS, 1600)
    except UnreadablePhoto as reason:
        return str(reason)
    return ""


@pytest.fixture
def hostile(tmp_path: Path) -> dict[Path, str]:
    """File → what the reason must say."""
    tiny_webp(tmp_path / "tiny.webp")
    many_scans(tmp_path / "scans.jpg", 5_000)
    many_scans(tmp_path / "fewer.jpg", 600)
    (tmp_path / "holiday.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n{} loop\n")
    return {
        tmp_path / "tiny.webp": "max_megabytes",
        tmp_path / "scans.jpg": "scans",
        tmp_path / "fewer.jpg": "max_seconds",
        tmp_path / "holiday.jpg": "PostScript",
    }


@pytest.mark.parametrize("engine", ["serial", "threads", "processes"])
def test_limits_hold_in_every_engine(hostile: dict[Path, str], engine: str) -> None:
    reasons = engines.build(engine, 2).map(read, list(hostile))
    for (path, expected), reason in zip(hostile.items(), reasons, strict=True):
        assert expected in reason, path.name


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes as Linux lists them")
def test_a_picture_of_much_memory_takes_it_elsewhere(tmp_path: Path) -> None:
    # VmHWM, because ru_maxrss is inherited from whoever starts the process: pytest, after hours.
    empty_png(tmp_path / "empty.png")
    script = (
        "import sys; from tests.photos.test_limits import read; print(read(sys.argv[1])); "
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "empty.png"], capture_output=True, text=True
    )
    reason, kilobytes = run.stdout.splitlines()
    assert "max_seconds" in reason
    assert int(kilobytes) < 400_000


def test_files_larger_than_the_limit_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.tif").open("wb") as file:
        file.truncate(70_000_000)
    with pytest.raises(UnreadablePhoto, match="larger than the limit"):
        photos.identify(tmp_path / "a.tif", Limits(megabytes=64))


def test_the_helper_goes_on_after_a_refusal_and_a_kill(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "good.jp2")
    many_scans(tmp_path / "fewer.jpg", 600)
    for _ in range(2):
        assert "max_seconds" in read(tmp_path / "fewer.jpg")
        decoded = photos.read(tmp_path / "good.jp2", Limits(seconds=30))
        assert decoded.pixels.shape == (60, 80, 3)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes as Linux lists them")
def test_helpers_end_with_their_parent(tmp_path: Path) -> None:
    Image.new("RGB", (60, 80)).save(tmp_path / "good.jp2")
    script = (
        "import sys, time; from prosopon import photos; from prosopon.records import Limits; "
        "photos.read(sys.argv[1], Limits()); "
        "from prosopon.photos import helper; print(helper._idle[0][1].pid, flush=True); "
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "good.jp2"], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        helper = Path("/proc") / parent.stdout.readline().strip()
        assert helper.exists()
        parent.kill()
    for _ in range(100):
        if not helper.exists() or "zombie" in (helper / "status").read_text():
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the helper outlived its parent")


def _in_parts(kind: str, count: int) -> bytes:
    """A picture with so many parts before its pixels."""
    picture = drawn(kind if kind != "JPEG with junk" else "JPEG")
    match kind:
        case "JPEG":
            return picture[:2] + b"\xff\xe5\0\3x" * count + picture[2:]
        case "JPEG with junk":
            return picture[:2] + b"\xff\0" * (count * 25) + picture[2:]
        case "PNG":
            empty = bytes(4) + b"aaAa" + zlib.crc32(b"aaAa").to_bytes(4, "big")
            return picture[:33] + empty * count + picture[33:]
        case "PPM":
            return picture[:3] + b"#" + b"c" * (count * 25) + b"\n" + picture[3:]
        case "JPEG2000":
            return _in_header(picture, b"\0\0\0\x08free" * count)
    head = 13 + (3 << (picture[10] & 7) + 1)
    return picture[:head] + b"!\xfe\1x\0" * (count // 2) + picture[head:]


def _in_header(boxes: bytes, more: bytes) -> bytes:
    """A JPEG 2000 with more boxes in its header."""
    at = boxes.find(b"jp2h") - 4
    size = int.from_bytes(boxes[at : at + 4], "big")
    longer = (size + len(more)).to_bytes(4, "big")
    return boxes[:at] + longer + boxes[at + 4 : at + size] + more + boxes[at + size :]


def drawn(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), (90, 80, 70)).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "JPEG with junk", "PNG", "GIF", "PPM", "JPEG2000"])
def test_a_picture_of_nothing_but_parts_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{'jp2' if kind == 'JPEG2000' else kind[:4].strip().lower()}"
    path.write_bytes(_in_parts(kind, 60_000))
    with pytest.raises(UnreadablePhoto, match="parts"):
        photos.identify(path, Limits())
    path.write_bytes(_in_parts(kind, 5_000 if "junk" not in kind else 100))
    assert photos.read(path, Limits()).pixels.shape == (30, 40, 3)


_SHORT = 3


def _ifd(entries: dict[int, tuple[int, int, int | None]], data: bytes) -> bytes:
    """A directory of tag → type, count and value; None stands for the place of the data."""
    end = 8 + 2 + 12 * len(entries) + 4
    packed = b"".join(
        struct.pack("<HHII", tag, kind, count, end if value is None else value)
        for tag, (kind, count, value) in sorted(entries.items())
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + bytes(4) + data


def test_exif_of_millions_of_numbers_is_left_out(tmp_path: Path) -> None:
    count = 10_000_000
    exif = _ifd({274: (_SHORT, count, None), 315: (2, 4, 0x414E4E41)}, b"\1\2" * count)
    picture, path = drawn("PNG"), tmp_path / "a.png"
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + zlib.crc32(b"eXIf" + exif).to_bytes(4)
    path.write_bytes(picture[:33] + chunk + picture[33:])
    assert photos.blocks(path, Limits()).exif == {}
    assert photos.read(path, Limits()).pixels.shape == (30, 40, 3)


def test_a_tiff_of_millions_of_numbers_is_refused(tmp_path: Path) -> None:
    count = 5_000_000
    shorts = {256: 40, 257: 30, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 30, 279: 1200}
    entries: dict[int, tuple[int, int, int | None]] = {
        tag: (_SHORT, 1, value) for tag, value in shorts.items()
    }
    path = tmp_path / "a.tif"
    path.write_bytes(_ifd({**entries, 338: (_SHORT, count, None)}, bytes(2 * count)))
    with pytest.raises(UnreadablePhoto, match="5,000,000 values"):
        photos.identify(path, Limits())
    path.write_bytes(_ifd(entries, bytes(2 * count)))
    assert photos.read(path, Limits()).pixels.shape == (30, 40, 3)
