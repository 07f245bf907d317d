"""EXIF, IPTC-IIM and XMP blocks of a file → what it says of itself.

"Guidelines for Handling Image Metadata" (Metadata Working Group, version 2.0, 2010) say which
fields mean the same; XMP is preferred to IPTC, IPTC to EXIF.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Any

from prosopon import xmp_packet as xmp
from prosopon.metadata.dates import Date, perhaps
from prosopon.metadata.record import Metadata, Source, combined
from prosopon.persons import is_nobody

LONGEST = 20_000
"""Characters of one text that are kept."""
MOST = 1000
"""Entries of one list that are kept."""
_SCANNERS = re.compile(
    r"scan|perfection|expression 1\d|lide|plustek|opticfilm|reflecta|ls-\d{4}|flextight|imacon"
    r"|epson (gt|wf|et|xp|l)-?\d|hp (officejet|laserjet|psc)|mfc-|dcp-|cruse|zeutschel|bookeye",
    re.IGNORECASE,
)
_CAMERA = b"\x03"


@dataclass(frozen=True, slots=True)
class Blocks:
    """The metadata of a file as they stand in it."""

    exif: Mapping[int, Any] = field(default_factory=dict)
    """Tag → value, of the first directory and the EXIF directory together."""
    iptc: Mapping[tuple[int, int], list[bytes]] = field(default_factory=dict)
    """(record, data set) → values."""
    xmp: bytes = b""


def metadata_of(blocks: Blocks) -> Metadata:
    """What the blocks say together; a damaged block says nothing."""
    return combined((from_xmp(blocks.xmp), from_iptc(blocks.iptc), from_exif(blocks.exif)))


def from_xmp(content: bytes | str) -> Metadata:
    """What a packet says; a damaged one nothing."""
    if not content:
        return Metadata()
    try:
        text = content if isinstance(content, str) else xmp.decode(content)
        said = xmp.Packet.parse(text).properties()
    except xmp.DamagedXmp:
        return Metadata()

    def one(*prefixed: str) -> str:
        return next(
            filter(None, (_clean(xmp.text(said.get(xmp.name(key)))) for key in prefixed)), ""
        )

    def many(prefixed: str) -> tuple[str, ...]:
        found = (_clean(each) for each in xmp.texts(said.get(xmp.name(prefixed)))[:MOST])
        return tuple(each for each in found if each)

    place = [one(f"photoshop:{key}") for key in ("City", "State", "Country")]
    place.insert(0, one("Iptc4xmpCore:Location"))
    dates = _dated(Source.CREATED, one("photoshop:DateCreated"))
    dates += _dated(Source.EXIF, one("exif:DateTimeOriginal"))
    return Metadata(
        code=one("photoshop:TransmissionReference"),
        title=one("dc:title", "photoshop:Headline"),
        caption=one("dc:description"),
        keywords=many("dc:subject"),
        persons=tuple(n for n in many("Iptc4xmpExt:PersonInImage") if not is_nobody(n)),
        creator="; ".join(many("dc:creator")),
        place=", ".join(dict.fromkeys(filter(None, place))),
        rights=one("dc:rights"),
        dates=dates,
    )


_UTF8 = b"\x1b%G"


def from_iptc(blocks: Mapping[tuple[int, int], list[bytes]]) -> Metadata:
    """What an IPTC-IIM block says; texts without a character set are UTF-8 or Latin-1."""

    def many(number: int) -> list[str]:
        found = (_clean(_decoded(value)) for value in blocks.get((2, number), [])[:MOST])
        return [text for text in found if text]

    def one(number: int) -> str:
        return next(iter(many(number)), "")

    place = [one(number) for number in (92, 90, 95, 101)]
    return Metadata(
        code=one(103),
        title=one(5) or one(105),
        caption=one(120),
        keywords=tuple(many(25)),
        creator="; ".join(many(80)),
        place=", ".join(dict.fromkeys(filter(None, place))),
        rights=one(116),
        dates=_dated(Source.CREATED, one(55)),
    )


_DESCRIPTION, _MAKE, _MODEL, _SOFTWARE, _ARTIST, _COPYRIGHT = 270, 271, 272, 305, 315, 33432
_ORIGINAL, _DIGITIZED, _FILE_SOURCE, _TITLE, _COMMENT, _AUTHOR, _KEYWORDS = (
    36867,
    36868,
    41728,
    40091,
    40092,
    40093,
    40094,
)


def from_exif(tags: Mapping[int, Any]) -> Metadata:
    """What EXIF says; the day of a scan is not when the picture was taken."""

    def one(tag: int) -> str:
        value = tags.get(tag, "")
        if tag in (_TITLE, _COMMENT, _AUTHOR, _KEYWORDS):  # Windows' own, in UTF-16
            return _clean(_wide(value))
        return _clean(_decoded(value) if isinstance(value, bytes) else str(value))

    source = tags.get(_FILE_SOURCE)
    scanned = source in (b"\x01", b"\x02", 1, 2) or (
        source not in (_CAMERA, 3)
        and bool(_SCANNERS.search(" ".join(map(one, (_MAKE, _MODEL, _SOFTWARE)))))
    )
    original, digitized = one(_ORIGINAL), one(_DIGITIZED)
    set_by_hand = digitized and original[:10] < digitized[:10]  # no scanner knows another day
    caption = one(_DESCRIPTION)
    return Metadata(
        title=one(_TITLE),
        caption=(caption if caption.lower() not in _CAMERAS_CAPTIONS else "") or one(_COMMENT),
        keywords=tuple(filter(None, (part.strip() for part in one(_KEYWORDS).split(";")[:MOST]))),
        creator=one(_ARTIST) or one(_AUTHOR),
        rights=one(_COPYRIGHT),
        dates=() if scanned and not set_by_hand else _dated(Source.EXIF, original),
    )


_CAMERAS_CAPTIONS = {"olympus digital camera", "digital camera", "sony dsc", "samsung", "minolta"}
_CAMERAS_CAPTIONS |= {"kodak digital still camera", "default", "untitled", "picture"}
"""What cameras write into every file."""

_COUNTER = re.compile(
    r"(img|dsc|dscn|dscf|pict|p|mvi|sam|scan|image|foto|photo|bild|pilt|file|nr|no)[ _.-]*$",
    re.IGNORECASE,
)
"""Before a number that counts pictures."""
_IN_NAME = re.compile(
    r"(?<!\d)((?:ca|um|vers|umb)[. _]*)?(1[89]\d\d|20\d\d)"
    r"(?:([-_. ]?)(0[1-9]|1[0-2])(?:\3(0[1-9]|[12]\d|3[01]))?)?(s|er|ndad)?(?!\d)",
    re.IGNORECASE,
)


def date_in_path(path: str) -> Date | None:
    """The date that a file's name, else its folders' names from the inside out, begin or end with.

    `1938-07-04 Anna.jpg`, `IMG_19380704_1200.jpg`, `1930s/…`, `ca 1938/…`.
    """
    parts = PurePath(path).parts
    for part in reversed((*parts[:-1], PurePath(path).stem)):
        for match in _IN_NAME.finditer(part):
            about, year, _, month, day, decade = match.groups()
            alone = match.start() == 0 or match.end() == len(part) or day or decade
            counts = not (day or about) and _COUNTER.search(part[: match.start()])
            if not alone or counts or (decade and (month or year[-1] != "0")):
                continue
            text = f"{year[:3]}X" if decade else "-".join(filter(None, (year, month, day)))
            found = perhaps(text + ("~" if about else ""))
            if found is not None and found.first <= date.today():
                return found
    return None


def _dated(source: Source, text: str) -> tuple[tuple[str, str], ...]:
    found = perhaps(text)
    return () if found is None or found.first.year < 1800 else ((found.edtf, source.value),)


def _clean(text: str) -> str:
    """Without control characters, and not longer than anybody writes."""
    text = text[:LONGEST].replace("\r\n", "\n").strip("\x00 \t\n")
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", errors="replace")


def _wide(value: object) -> str:
    several = value if isinstance(value, bytes | tuple | list) else str(value).encode("utf-16-le")
    content = bytes(each for each in several if isinstance(each, int) and 0 <= each < 256)
    return content.decode("utf-16-le", errors="replace").rstrip("\x00")
