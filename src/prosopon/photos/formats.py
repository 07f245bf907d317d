"""Which kind of picture some bytes are. The content decides; a name only where content can't.

Only these kinds are ever opened, each by its own decoder, so no file can call upon another program
(an EPS would start Ghostscript) whatever it is named.
"""

from pathlib import PurePath

KINDS = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "TIFF": "TIFF",
    "WebP": "WEBP",
    "GIF": "GIF",
    "BMP": "BMP",
    "HEIC": "HEIF",
    "AVIF": "AVIF",
    "JPEG 2000": "JPEG2000",
    "PPM": "PPM",
    "TGA": "TGA",
}
"""Kind → Pillow's name for the decoder."""

RAW, PDF = "RAW", "PDF"

EXTENSIONS = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "jif", "pjpeg", "mpo", "jps"),
        *("png", "apng", "tif", "tiff", "webp", "gif", "bmp", "dib"),
        *("heic", "heif", "hif", "heics", "heifs", "avif", "avifs"),
        *("jp2", "j2k", "j2c", "jpc", "jpf", "jpx"),
        *("ppm", "pgm", "pbm", "pnm", "pfm", "tga", "vda", "icb", "vst", "pdf"),
    )
)
"""Endings of names that are taken for photographs, in lower case."""

RAW_EXTENSIONS = frozenset(
    f".{ending}"
    for ending in (
        *("3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc"),
        *("mef", "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2"),
        *("srf", "srw", "x3f"),
    )
)
"""Endings of cameras' raw files, of which the preview inside is read."""

HEADER = 64
"""Bytes at the start of a file that `kind` looks at."""

_TGA = frozenset({".tga", ".vda", ".icb", ".vst"})
_RAW_SIGNATURES = (b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
)
_OTHERS = (
    (b"%!PS", "EPS or PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS or PostScript"),
    (b"8BPS", "Photoshop"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"PK\x03\x04", "ZIP"),
)


def kind(header: bytes, name: PurePath) -> str | None:
    """The kind of a file that begins with `header`: a key of KINDS, RAW, PDF, or None."""
    if header.startswith(_RAW_SIGNATURES) or (header[8:10] == b"CR" and header[:2] == b"II"):
        return RAW
    for signature, found in _SIGNATURES:
        if header.startswith(signature):
            return RAW if found == "TIFF" and name.suffix.lower() in RAW_EXTENSIONS else found
    if header[:4] == b"RIFF" and header[8:12] == b"WEBP":
        return "WebP"
    if header[:2] == b"BM" and header[14:18] in _BMP_HEADERS:
        return "BMP"
    if header[4:8] == b"ftyp":
        return _by_brand(header)
    if header[:1] == b"P" and header[1:2] in b"123456fF" and header[2:3] in b" \t\r\n#":
        return "PPM"
    if b"%PDF-" in header:
        return PDF
    return "TGA" if name.suffix.lower() in _TGA else None


_BMP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _by_brand(header: bytes) -> str | None:
    """HEIC, AVIF or Canon's raw, by the brands of an ISO media file (ISO/IEC 23008-12)."""
    size = min(int.from_bytes(header[:4], "big"), HEADER)
    brands = {header[8:12], *(header[at : at + 4] for at in range(16, size, 4))}
    if header[8:12] == b"crx ":
        return RAW
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}:
        return "HEIC"
    return None


def description(header: bytes) -> str:
    """What kind of file it is that is no picture here; empty where that isn't known."""
    return next((name for start, name in _OTHERS if header.startswith(start)), "")
