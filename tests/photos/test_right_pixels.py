"""Every way to store a picture × every orientation: pixels and a box come out where they are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from tests.photos.tiff_writer import write_tiff

from prosopon import photos
from prosopon.photos import UnreadablePhoto
from prosopon.records import Limits, UInt8

LIMITS = Limits(pixels=10_000_000)
BOX = (22, 9, 34, 25)
"""x1, y1, x2, y2 of a bright square in the upright picture."""
ORIENTATIONS = range(1, 9)
STORED = {  # how an upright picture is stored under each orientation (EXIF 2.3, tag 0x0112)
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
    8: lambda p: np.rot90(p, -1),
}


def upright() -> UInt8:
    """50 rows × 70 columns × 3: a gradient with a bright square, unlike itself however turned."""
    rows, columns = np.mgrid[0:50, 0:70]
    pixels = np.stack([rows * 2, columns * 2, 60 + rows], axis=2).astype(np.uint8)
    x1, y1, x2, y2 = BOX
    pixels[y1:y2, x1:x2] = (250, 240, 230)
    return pixels


def grey() -> UInt8:
    return np.asarray(Image.fromarray(upright()).convert("L"))[..., None]


def box_of(pixels: UInt8) -> tuple[int, int, int, int]:
    """Where the bright square is."""
    rows, columns = np.nonzero(pixels.min(axis=2) > 190)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def check(path: Path, expected: UInt8, tolerance: float) -> None:
    decoded = photos.read(path, LIMITS)
    (photo,) = photos.identify(path, LIMITS)
    assert (photo.height, photo.width) == decoded.pixels.shape[:2] == expected.shape[:2]
    assert decoded.scale == 1
    assert box_of(decoded.pixels) == pytest.approx(BOX, abs=1)
    assert np.abs(decoded.pixels.astype(int) - expected).mean() <= tolerance


def exif(orientation: int) -> Image.Exif:
    made = Image.Exif()
    made[ExifTags.Base.Orientation] = orientation
    return made


PILLOW = {  # name and mode → the largest mean error that its coding makes
    ("a.jpg", "RGB"): 4,
    ("a.jpg", "L"): 3,
    ("a.jpg", "CMYK"): 4,
    ("a.png", "RGB"): 0,
    ("a.png", "RGBA"): 0,
    ("a.png", "L"): 1,
    ("a.png", "LA"): 1,
    ("a.png", "P"): 30,
    ("a.png", "I;16"): 1,
    ("a.tif", "RGB"): 0,
    ("a.tif", "RGBA"): 0,
    ("a.tif", "L"): 1,
    ("a.tif", "P"): 30,
    ("a.tif", "CMYK"): 1,
    ("a.tif", "LAB"): 4,
    ("a.webp", "RGB"): 6,
    ("a.webp", "RGBA"): 6,
    ("a.avif", "RGB"): 8,
    ("a.jp2", "RGB"): 2,
    ("a.jp2", "L"): 1,
    ("a.bmp", "RGB"): 0,
    ("a.gif", "P"): 30,
    ("a.ppm", "RGB"): 0,
    ("a.pgm", "L"): 1,
    ("a.tga", "RGB"): 0,
}
TURNED = (".jpg", ".png", ".tif", ".webp", ".avif")


CASES = [
    (name, mode, orientation)
    for name, mode in PILLOW
    for orientation in (ORIENTATIONS if name.endswith(TURNED) else [1])
]


@pytest.mark.parametrize(("name", "mode", "orientation"), CASES)
def test_modes(tmp_path: Path, name: str, mode: str, orientation: int) -> None:
    path = tmp_path / name
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright())))
    if mode == "I;16":
        stored = Image.fromarray(np.asarray(stored.convert("L")).astype(np.uint16) * 257)
    elif mode == "LAB":
        stored = to_lab(stored)
    else:
        stored = stored.convert(mode)
    options = {"exif": exif(orientation)} if path.suffix in TURNED else {}
    stored.save(path, **options)
    colourless = mode in ("L", "LA", "I;16")
    expected = np.repeat(grey(), 3, axis=2) if colourless else upright()
    check(path, expected, PILLOW[name, mode])


def to_lab(picture: Image.Image) -> Image.Image:
    from PIL import ImageCms

    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.applyTransform(picture, ImageCms.buildTransform(*profiles, "RGB", "LAB"))


SAMPLES = {  # kind of number → (white, type)
    "8 bits": (255, np.uint8),
    "12 bits in 16": (4095, np.uint16),
    "16 bits": (65535, np.uint16),
    "signed 16 bits": (32767, np.int16),
    "32 bits": (2**32 - 1, np.uint32),
    "8 in 32 bits": (255, np.uint32),
    "signed 32 bits": (65535, np.int32),
    "float to 1": (1.0, np.float32),
    "float to 255": (255.0, np.float32),
    "float to 65535": (65535.0, np.float32),
}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("samples", SAMPLES)
def test_grey_tiffs(tmp_path: Path, samples: str, photometric: int, order: str) -> None:
    white, dtype = SAMPLES[samples]
    for orientation in ORIENTATIONS:
        values = STORED[orientation](grey()).astype(np.float64) / 255 * white
        values = white - values if photometric == 0 else values
        path = write_tiff(
            tmp_path / "a.tif",
            [values.astype(dtype)],
            photometric=photometric,
            orientation=orientation,
            order=order,
            deflate=orientation % 2 == 0,
        )
        check(path, np.repeat(grey(), 3, axis=2), 2)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("samples", ["8 bits", "16 bits", "12 bits in 16", "float to 1"])
def test_colour_tiffs(tmp_path: Path, samples: str, planar: int, order: str) -> None:
    white, dtype = SAMPLES[samples]
    for orientation in ORIENTATIONS:
        values = STORED[orientation](upright()).astype(np.float64) / 255 * white
        path = write_tiff(
            tmp_path / "a.tif",
            [values.astype(dtype)],
            photometric=2,
            planar=planar,
            orientation=orientation,
            order=order,
            deflate=orientation % 2 == 0,
        )
        check(path, upright(), 2)


def test_floats_beyond_one_are_not_black(tmp_path: Path) -> None:
    """High dynamic range: most values in 0 to 1, a lamp far beyond."""
    values = grey().astype(np.float32) / 255 * 1.5
    values[40:42, 60:62] = 900
    path = write_tiff(tmp_path / "a.tif", [values])
    pixels = photos.read(path, LIMITS).pixels
    assert pixels.mean() > 60
    assert (pixels[40:42, 60:62] == 255).all()


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("predictor", [1, 2])
def test_compressed_16_bits(tmp_path: Path, compression: str, predictor: int) -> None:
    if predictor == 2 and compression == "packbits":
        predictor = 1  # it has none
    picture = Image.fromarray(grey()[..., 0].astype(np.uint16) * 257)
    picture.save(tmp_path / "a.tif", compression=compression, tiffinfo={317: predictor})
    check(tmp_path / "a.tif", np.repeat(grey(), 3, axis=2), 1)


def test_separated_16_bits(tmp_path: Path) -> None:
    inks = 255 - upright().astype(np.uint16)
    values = np.concatenate([inks, np.zeros_like(inks[..., :1])], axis=2) * 257
    for planar in (1, 2):
        path = write_tiff(tmp_path / "a.tif", [values], photometric=5, planar=planar)
        check(path, upright(), 2)


def test_samples_of_unknown_meaning_are_refused_with_a_reason(tmp_path: Path) -> None:
    values = upright().astype(np.uint16) * 257
    path = write_tiff(tmp_path / "a.tif", [values], photometric=8)
    with pytest.raises(UnreadablePhoto, match="photometric interpretation 8"):
        photos.read(path, LIMITS)


def test_a_file_that_ends_too_soon_is_refused(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", [grey().astype(np.uint16)], rows_per_strip=50)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnreadablePhoto):
        photos.read(path, LIMITS)
