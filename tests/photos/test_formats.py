"""What a file is, its content tells; its pages, its preview, its parts."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from tests.photos.tiff_writer import write_tiff

from prosopon import photos
from prosopon.paths import address, located
from prosopon.photos import UnreadablePhoto
from prosopon.records import Limits, UInt8

LIMITS = Limits()
HEIC = Path(__file__).parents[1] / "data" / "turned.heic"


def noise(width: int, height: int, seed: int = 0) -> UInt8:
    small = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def jpeg(pixels: UInt8, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


def size(path: Path) -> tuple[int, int]:
    (photo,) = photos.identify(path, LIMITS)
    pixels = photos.read(path, LIMITS).pixels
    assert pixels.shape == (photo.height, photo.width, 3)
    return photo.width, photo.height


@pytest.mark.parametrize("name", ["a.jpg", "b.heic", "c.HIF", "d", "e.png", "f.tga"])
def test_heic_is_read_under_any_name(tmp_path: Path, name: str) -> None:
    shutil.copy(HEIC, tmp_path / name)
    assert size(tmp_path / name) == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "AVIF", "PPM"])
def test_the_content_decides(tmp_path: Path, kind: str) -> None:
    Image.fromarray(noise(70, 50)).save(tmp_path / "a.jpg", kind)
    assert size(tmp_path / "a.jpg") == (70, 50)


@pytest.mark.parametrize("kind", ["EPS", "PDF", "ICNS", "PCX", "DDS", "IM", "SGI", "SPIDER"])
def test_other_decoders_are_never_asked(tmp_path: Path, kind: str) -> None:
    picture = Image.fromarray(noise(64, 64))
    picture = picture.convert("F") if kind == "SPIDER" else picture
    picture.save(tmp_path / "b.bin", kind)
    (tmp_path / "b.bin").rename(tmp_path / "a.jpg")
    if kind == "PDF":
        assert size(tmp_path / "a.jpg") == (64, 64)
        return
    with pytest.raises(UnreadablePhoto, match="not a picture in a format that is known here"):
        photos.identify(tmp_path / "a.jpg", LIMITS)


def test_all_pages_of_a_tiff(tmp_path: Path) -> None:
    pages = [noise(300, 200, 1), noise(200, 300, 2), noise(120, 80, 3)]
    thumbnail, reduced = noise(60, 40, 4), noise(150, 100, 5)
    path = write_tiff(
        tmp_path / "a.tif",
        [pages[0], thumbnail, reduced, *pages[1:]],
        photometric=2,
        kinds=(0, 0, 1, 0, 0),
    )
    found = photos.identify(path, LIMITS)
    assert [photo.path for photo in found] == [str(path), f"{path}#page=4", f"{path}#page=5"]
    assert [(photo.width, photo.height) for photo in found] == [(300, 200), (200, 300), (120, 80)]
    assert len({photo.sha256 for photo in found}) == len({photo.pixels for photo in found}) == 3
    for photo, expected in zip(found, pages, strict=True):
        np.testing.assert_array_equal(photos.read(photo.path, LIMITS).pixels, expected)
    with pytest.raises(UnreadablePhoto, match="no page 9"):
        photos.read(f"{path}#page=9", LIMITS)


def test_a_chain_of_pages_that_bites_its_tail_ends(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", [noise(30, 20)], photometric=2)
    content = bytearray(path.read_bytes())
    start = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[start : start + 2], "little")
    after = start + 2 + 12 * entries
    content[after : after + 4] = content[4:8]
    path.write_bytes(content)
    assert size(path) == (30, 20)


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    first, second = (Image.fromarray(noise(*wide)) for wide in ((400, 300), (250, 500)))
    first.save(tmp_path / "a.pdf", save_all=True, append_images=[second], resolution=150)
    found = photos.identify(tmp_path / "a.pdf", LIMITS)
    assert [(photo.width, photo.height) for photo in found] == [(400, 300), (250, 500)]
    for photo, expected in zip(found, (first, second), strict=True):
        pixels = photos.read(photo.path, LIMITS).pixels
        assert pixels.shape == (photo.height, photo.width, 3)
        assert np.abs(pixels.astype(int) - np.asarray(expected)).mean() < 8
    assert len({photo.pixels for photo in found}) == 2
    (tmp_path / "b.pdf").write_bytes((tmp_path / "a.pdf").read_bytes()[:300])
    with pytest.raises(UnreadablePhoto, match="PDF"):
        photos.identify(tmp_path / "b.pdf", LIMITS)


@pytest.mark.parametrize("mark", [b"II*\0", b"IIRO", b"FUJIFILMCCD-RAW 0201"])
def test_the_preview_of_a_raw_file(tmp_path: Path, mark: bytes) -> None:
    """The largest whole JPEG in it, turned as the file says, whatever else looks like one."""
    whole, small = noise(300, 200, 1), jpeg(noise(60, 40, 2))
    exif = Image.Exif()
    exif.endian = "<"
    exif[ExifTags.Base.Orientation] = 6
    tiff = exif.tobytes()[6:].ljust(64, b"\0")
    head = mark + tiff[4:] if mark[:2] == b"II" else mark.ljust(64, b"\0")
    options = {} if mark[:2] == b"II" else {"exif": exif}
    noise_bytes = np.random.default_rng(3).integers(0, 255, 20_000, dtype=np.uint8).tobytes()
    fake = b"\xff\xd8\xff\xc3\x00\x0b\x08\xff\xff\xff\xff\x01\x11\x00\x00"
    path = tmp_path / "a.nef"
    path.write_bytes(head + small + fake + noise_bytes + jpeg(whole, **options) + noise_bytes)
    assert size(path) == (200, 300)
    path.write_bytes(head + noise_bytes)
    with pytest.raises(UnreadablePhoto, match="without a preview"):
        photos.identify(path, LIMITS)


def with_metadata(content: bytes, text: str) -> bytes:
    """A picture's bytes, saved anew by Pillow with other metadata around the same coded data."""
    if content[:2] == b"\xff\xd8":
        segment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text.encode()
        return content[:2] + segment + content[2:]
    if content[:4] == b"\x89PNG":
        import zlib

        body = b"tEXt" + b"Comment\0" + text.encode()
        chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        return content[:33] + chunk + content[33:]
    chunk = b"XMP " + len(text).to_bytes(4, "little") + text.encode() + bytes(len(text) % 2)
    content += chunk
    return content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_metadata_change_the_file_and_not_the_picture(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(noise(60, 40)).save(path)
    (before,) = photos.identify(path, LIMITS)
    path.write_bytes(with_metadata(path.read_bytes(), "a caption"))
    (after,) = photos.identify(path, LIMITS)
    assert before.sha256 != after.sha256
    assert before.pixels == after.pixels != ""
    Image.fromarray(noise(60, 40, 1)).save(path)
    assert photos.identify(path, LIMITS)[0].pixels != before.pixels


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp", "a.jp2", "a.avif", "a.heic"])
def test_exiftool_writes_and_the_picture_stays(tmp_path: Path, name: str) -> None:
    import subprocess

    path = tmp_path / name
    if name.endswith("heic"):
        shutil.copy(HEIC, path)
    else:
        Image.fromarray(noise(60, 40)).save(path)
    (before,) = photos.identify(path, LIMITS)
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", "-XMP:Title=x", "-XMP:Rating=3", path], check=True
    )
    (after,) = photos.identify(path, LIMITS)
    assert before.sha256 != after.sha256
    assert before.pixels == after.pixels != ""


def test_copies_are_found_and_others_not() -> None:
    pixels = noise(600, 400, 1)
    small = np.asarray(Image.fromarray(pixels).resize((150, 100)))
    coarse = np.asarray(Image.open(io.BytesIO(jpeg(pixels))).convert("L").convert("RGB"))
    album = [noise(600, 400, 2), pixels, noise(600, 400, 3), small, coarse, np.zeros_like(pixels)]
    hashes = [photos.perceptual_hash(picture) for picture in album]
    aspects = np.array([p.shape[1] / p.shape[0] for p in album], np.float32)
    square = np.append(aspects, np.float32(1))
    assert photos.copies([*hashes, hashes[1]], square).tolist() == [0, 1, 2, 1, 1, 5, 6]
    assert photos.copies([], np.empty(0, np.float32)).tolist() == []


@pytest.mark.parametrize(
    "name", ["plain.jpg", "caf\udce9.jpg", "\ufffde9.jpg", "\ufffd", "a.tif#page=3", "#page=2", "ü"]
)
@pytest.mark.parametrize("page", [1, 7])
def test_addresses_lead_back(name: str, page: int) -> None:
    path = Path("/some/where") / name
    text = address(path, page)
    assert text.encode().decode() == text
    assert located(text) == located(Path(text)) == (path, page)
    assert address(path.parent) in text


def test_a_page_that_is_too_large_leaves_the_others(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", [noise(30, 20), noise(300, 200)], photometric=2)
    limits = Limits(pixels=10_000)
    first, second = photos.identify(path, limits)
    assert photos.read(first.path, limits).pixels.shape == (20, 30, 3)
    with pytest.raises(UnreadablePhoto, match="limit"):
        photos.read(second.path, limits)
