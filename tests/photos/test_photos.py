"""Files → pixels, on pictures made here in every format and turned every way."""

import io
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from prosopon import photos
from prosopon.errors import ProsoponError
from prosopon.photos import UnreadablePhoto
from prosopon.records import Limits

MAX = Limits(pixels=10_000_000)


@pytest.fixture
def gradient() -> np.ndarray:
    """40 rows × 60 columns, each corner of another colour."""
    rows, columns = np.mgrid[0:40, 0:60]
    return np.stack([rows * 6, columns * 4, 255 - rows * 6], axis=2).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("a.png", 0), ("a.jpg", 12), ("a.tif", 0), ("a.webp", 25), ("a.bmp", 0), ("a.gif", 60)],
)
def test_every_format_gives_the_pixels(
    tmp_path: Path, gradient: np.ndarray, name: str, tolerance: int
) -> None:
    path = save(tmp_path / name, gradient)
    decoded = photos.read(path, MAX)
    assert decoded.scale == 1
    assert decoded.pixels.dtype == np.uint8
    assert decoded.pixels.shape == gradient.shape
    difference = np.abs(decoded.pixels.astype(int) - gradient)
    assert difference.mean() <= tolerance
    (photo,) = photos.identify(path, MAX)
    assert (photo.width, photo.height) == (60, 40)


def test_heic_is_decoded_and_turned(gradient: np.ndarray) -> None:
    path = Path(__file__).parents[1] / "data" / "turned.heic"  # the gradient, stored on its side
    decoded = photos.read(path, MAX)
    assert decoded.pixels.shape == gradient.shape
    assert np.abs(decoded.pixels.astype(int) - gradient).mean() < 4
    (photo,) = photos.identify(path, MAX)
    assert (photo.width, photo.height) == (60, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_every_orientation_is_turned_upright(
    tmp_path: Path, gradient: np.ndarray, orientation: int, name: str
) -> None:
    undo = {  # how an upright picture is stored under each orientation (EXIF 2.3, tag 0x0112)
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, -1),
    }
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored = np.ascontiguousarray(undo[orientation](gradient))
    path = save(tmp_path / name, stored, exif=exif, **({"quality": 95} if "j" in name else {}))
    (photo,) = photos.identify(path, MAX)
    decoded = photos.read(path, MAX)
    assert photo.orientation == orientation
    assert (photo.width, photo.height) == (60, 40)
    assert decoded.pixels.shape == gradient.shape
    assert np.abs(decoded.pixels.astype(int) - gradient).mean() < 15


def test_grey_palette_cmyk_alpha_and_16_bit_become_rgb(
    tmp_path: Path, gradient: np.ndarray
) -> None:
    picture = Image.fromarray(gradient)
    grey = np.asarray(picture.convert("L"))
    cases = {
        "grey.png": picture.convert("L"),
        "palette.png": picture.quantize(64),
        "cmyk.jpg": picture.convert("CMYK"),
        "bits.png": picture.convert("1"),
        "sixteen.png": Image.fromarray(grey.astype(np.uint16) * 257),
        "sixteen.tif": Image.fromarray(grey.astype(np.uint16) * 257),
    }
    for name, stored in cases.items():
        stored.save(tmp_path / name)
        pixels = photos.read(tmp_path / name, MAX).pixels
        assert pixels.shape == gradient.shape, name
        if name.startswith(("grey", "sixteen")):
            assert np.abs(pixels[..., 0].astype(int) - grey).max() <= 1, name
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    clear.save(tmp_path / "clear.png")
    assert (photos.read(tmp_path / "clear.png", MAX).pixels == 255).all()


def test_first_page_and_first_frame(tmp_path: Path, gradient: np.ndarray) -> None:
    first, second = Image.fromarray(gradient), Image.new("RGB", (60, 40), "red")
    first.save(tmp_path / "pages.tif", save_all=True, append_images=[second])
    first.save(tmp_path / "frames.gif", save_all=True, append_images=[second])
    for name in ("pages.tif", "frames.gif"):
        pixels = photos.read(tmp_path / name, MAX).pixels
        assert np.abs(pixels.astype(int) - gradient).mean() < 60, name


def test_date_is_read(tmp_path: Path, gradient: np.ndarray) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "1931:05:17 12:30:00"
    path = save(tmp_path / "a.jpg", gradient, exif=exif)
    assert photos.identify(path, MAX)[0].taken_at == datetime(1931, 5, 17, 12, 30)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "0000:00:00 00:00:00"
    path = save(tmp_path / "b.jpg", gradient, exif=exif)
    assert photos.identify(path, MAX)[0].taken_at is None


def bad_files(folder: Path, gradient: np.ndarray) -> dict[str, str]:
    """Files that give no picture: name → what the reason must say."""
    buffer = io.BytesIO()
    Image.fromarray(gradient).resize((400, 300)).save(buffer, "JPEG")
    (folder / "truncated.jpg").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("a letter, not a picture")
    save(folder / "huge.png", np.zeros((3200, 3200, 3), np.uint8))
    return {
        "truncated.jpg": "damaged",
        "empty.jpg": "empty",
        "text.jpg": "not a picture",
        "huge.png": "limit",
    }


def test_bad_files_give_a_reason(tmp_path: Path, gradient: np.ndarray) -> None:
    for name, reason in bad_files(tmp_path, gradient).items():
        with pytest.raises(UnreadablePhoto, match=reason):
            photos.identify(tmp_path / name, MAX)
            photos.read(tmp_path / name, MAX)
    with pytest.raises(UnreadablePhoto, match="No such file"):
        photos.read(tmp_path / "none.jpg", MAX)


@given(st.binary(max_size=400))
def test_hostile_bytes_give_a_reason_or_a_picture(content: bytes) -> None:
    folder = Path(os.environ.get("TMPDIR", "/tmp"))
    path = folder / f"prosopon-hostile-{os.getpid()}.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + content)
    try:
        photos.identify(path, MAX)
        photos.read(path, MAX)
    except UnreadablePhoto as reason:
        assert str(reason)
    finally:
        path.unlink()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_walk_finds_all_and_ends_on_loops(tmp_path: Path, gradient: np.ndarray) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    save(tmp_path / "one.JPG", gradient)
    save(below / "two.png", gradient)
    (below / "notes.txt").write_text("no photograph")
    (tmp_path / ".hidden").mkdir()
    save(tmp_path / ".hidden" / "three.jpg", gradient)
    (below / "loop").symlink_to(tmp_path)
    (below / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    walk = photos.Walk([tmp_path])
    found = [file.path.name for file in walk]
    assert sorted(found) == ["one.JPG", "two.png"]
    reasons = {path.name: reason for path, reason in walk.unreadable}
    assert set(reasons) == {"loop", "broken.jpg"}
    assert "link" in reasons["loop"]
    with pytest.raises(ProsoponError, match="no such file or folder"):
        list(photos.Walk([tmp_path / "nowhere"]))


@given(st.integers(1, 8), st.integers(200, 2000))
def test_reduced_decoding_keeps_enough_pixels(reduction: int, at_least: int) -> None:
    buffer = io.BytesIO()
    full = at_least * reduction + 7
    Image.new("L", (full, full // 50 + 8)).save(buffer, "JPEG")
    folder = Path(os.environ.get("TMPDIR", "/tmp"))
    path = folder / f"prosopon-reduced-{os.getpid()}.jpg"
    path.write_bytes(buffer.getvalue())
    decoded = photos.read(path, Limits(10**9), at_least)
    path.unlink()
    assert decoded.pixels.shape[1] >= min(at_least, full)
    assert decoded.scale == pytest.approx(decoded.pixels.shape[1] / full)


def test_originals_are_not_touched(tmp_path: Path, gradient: np.ndarray) -> None:
    path = save(tmp_path / "a.jpg", gradient)
    path.chmod(0o444)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    photos.identify(path, MAX)
    photos.read(path, MAX)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_thumbnail_shows_the_face_and_grey_beyond_the_edge(gradient: np.ndarray) -> None:
    decoded = photos.Decoded(np.full((100, 100, 3), 200, np.uint8), 0.5)
    inside = Image.open(io.BytesIO(photos.thumbnail(decoded, (80, 80, 120, 120), 64)))
    assert inside.size == (64, 64)
    assert np.asarray(inside).min() > 190
    outside = np.asarray(Image.open(io.BytesIO(photos.thumbnail(decoded, (0, 0, 40, 40), 64))))
    assert abs(int(outside[2, 2, 0]) - 128) < 12
    assert outside[40, 40, 0] > 190
