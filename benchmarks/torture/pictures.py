"""Damaged and hostile picture files, drawn by seed, and what must hold of each.

    python benchmarks/torture/pictures.py --count 10000 --seed 0

Of every file, `prosopon.photos` must either give pixels of the size that it promises or a reason,
within the limits on time and memory, and never anything else. The same seed draws the same files.
"""

import argparse
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from prosopon import photos
from prosopon.photos import UnreadablePhoto
from prosopon.records import Limits

LIMITS = Limits(pixels=50_000_000, megabytes=500, seconds=10.0)
_OVERHEAD = 15.0
"""Seconds that a helper may take to start on a busy machine."""
_FORMATS = (
    ("jpg", "JPEG", {}),
    ("jpg", "JPEG", {"progressive": True, "quality": 30}),
    ("png", "PNG", {}),
    ("tif", "TIFF", {}),
    ("tif", "TIFF", {"compression": "tiff_lzw"}),
    ("tif", "TIFF", {"compression": "jpeg"}),
    ("webp", "WEBP", {}),
    ("webp", "WEBP", {"lossless": True}),
    ("gif", "GIF", {}),
    ("bmp", "BMP", {}),
    ("avif", "AVIF", {}),
    ("jp2", "JPEG2000", {}),
    ("ppm", "PPM", {}),
    ("tga", "TGA", {}),
    ("pdf", "PDF", {}),
    ("nef", "JPEG", {}),
)
_MODES = ("RGB", "L", "1", "P", "RGBA", "CMYK", "I;16")


@dataclass(frozen=True)
class Case:
    """One file."""

    name: str
    content: bytes
    damage: str


def cases(count: int, seed: int) -> Iterator[Case]:
    """`count` files; every tenth is whole."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        ending, content = _drawn(rng)
        if ending == "nef":
            content = b"II*\0" + rng.bytes(int(rng.integers(8, 4000))) + content + rng.bytes(500)
        chosen = _DAMAGES[int(rng.integers(len(_DAMAGES)))]
        if number % 10 == 0:
            chosen = _whole
        yield Case(f"{number:06d}.{ending}", chosen(content, rng), chosen.__name__.lstrip("_"))


def _drawn(rng: np.random.Generator) -> tuple[str, bytes]:
    """An ending, and a picture of that format of any mode and size."""
    width, height = (int(side) for side in rng.integers(1, 200, 2))
    pixels = rng.integers(0, 255, (height // 9 + 1, width // 9 + 1, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    ending, form, options = _FORMATS[int(rng.integers(len(_FORMATS)))]
    mode = _MODES[int(rng.integers(len(_MODES)))]
    buffer = io.BytesIO()
    try:
        _in_mode(picture, mode).save(buffer, form, **options)
    except (OSError, ValueError, KeyError):  # the format has no such mode
        buffer = io.BytesIO()
        picture.save(buffer, form, **options)
    return ending, buffer.getvalue()


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode != "I;16":
        return picture.convert(mode)
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)


def _whole(content: bytes, rng: np.random.Generator) -> bytes:
    return content


def _cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(0, len(content)))]


def _flipped(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in rng.integers(0, len(content), int(rng.integers(1, 30))):
        changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _head_flipped(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in rng.integers(0, min(len(content), 200), int(rng.integers(1, 10))):
        changed[place] = int(rng.integers(256))
    return bytes(changed)


def _inflated(content: bytes, rng: np.random.Generator) -> bytes:
    """Numbers in the head become the largest ones: sizes, counts, offsets."""
    changed = bytearray(content)
    for place in rng.integers(2, max(3, min(len(content), 300)), int(rng.integers(1, 4))):
        wide = int(rng.choice([2, 4, 8]))
        changed[place : place + wide] = b"\xff" * wide if rng.random() < 0.7 else bytes(wide)
    return bytes(changed)


def _repeated(content: bytes, rng: np.random.Generator) -> bytes:
    """A part comes again and again."""
    start, end = sorted(int(place) for place in rng.integers(0, len(content), 2))
    return content[:end] + content[start:end] * int(rng.integers(1, 50)) + content[end:]


def _spliced(content: bytes, rng: np.random.Generator) -> bytes:
    """The beginning of one file and the end of another."""
    _, other = _drawn(rng)
    return content[: int(rng.integers(1, len(content)))] + other[int(rng.integers(len(other))) :]


def _noise_after_head(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(4, 60))] + rng.bytes(int(rng.integers(0, 3000)))


_DAMAGES: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    *(_cut, _flipped, _head_flipped, _inflated, _repeated, _spliced, _noise_after_head),
)


def outcome(case: Case, folder: Path) -> str:
    """`pixels`, or `refused`. Raises AssertionError for what must not happen."""
    path = folder / case.name
    path.write_bytes(case.content)
    start = time.monotonic()
    try:
        found = photos.identify(path, LIMITS)
        for photo in found[:3]:
            decoded = photos.read(photo.path, LIMITS)
            height, width = decoded.pixels.shape[:2]
            assert decoded.pixels.dtype == np.uint8, f"{case}: {decoded.pixels.dtype}"
            assert (width, height) == (photo.width, photo.height), f"{case.name}: another size"
        said = "pixels"
    except UnreadablePhoto as reason:
        assert str(reason), f"{case.name}: refused without a reason"
        assert case.damage != "whole", f"{case.name}: whole, and refused: {reason}"
        said = "refused"
    finally:
        path.unlink()
    seconds = time.monotonic() - start
    allowed = 3 * LIMITS.seconds + _OVERHEAD
    assert seconds < allowed, f"{case.name} ({case.damage}): {seconds:.0f} s"
    return said


def run(count: int, seed: int) -> Counter[str]:
    """Try that many; damage and outcome → how often. Raises AssertionError."""
    counts: Counter[str] = Counter()
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak of what ran in this process before
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(count, seed):
            counts[f"{case.damage}: {outcome(case, Path(folder))}"] += 1
    grown = _memory("VmHWM") - before
    assert grown < LIMITS.megabytes * 1_000_000, f"{grown / 1e6:.0f} MB more at the peak"
    return counts


def _memory(field: str) -> int:
    """Bytes of this process, as Linux counts them: VmRSS now, VmHWM at the peak."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for what, number in sorted(run(arguments.count, arguments.seed).items()):
        print(f"{number:6d}  {what}")


if __name__ == "__main__":
    main()
