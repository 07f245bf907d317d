"""What files say of themselves, written by ExifTool and read here."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from prosopon import photos
from prosopon.metadata import Metadata, Source, combined, from_json, metadata_of, to_json
from prosopon.metadata.reading import from_exif
from prosopon.records import Limits


def written(folder: Path, *arguments: str, ending: str = "jpg") -> Metadata:
    """A picture with these tags, as it is read here."""
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    path = folder / f"a.{ending}"
    Image.new("RGB", (40, 30), "grey").save(path)
    command = ["exiftool", "-q", "-overwrite_original", "-codedcharacterset=utf8", "-charset"]
    subprocess.run([*command, "utf8", *arguments, str(path)], check=True, capture_output=True)
    return metadata_of(photos.blocks(path, Limits()))


@pytest.mark.parametrize("ending", ["jpg", "tif", "png", "webp"])
def test_xmp(ending: str, tmp_path: Path) -> None:
    found = written(
        tmp_path,
        "-XMP-dc:Title=Laulupidu",
        "-XMP-dc:Description=Anna Õun ja Mari, vasakult",
        "-XMP-dc:Subject=song",
        "-XMP-dc:Subject=summer",
        "-XMP-iptcExt:PersonInImage=Anna Õun",
        "-XMP-iptcExt:PersonInImage=Unknown",
        "-XMP-dc:Creator=J. Parikas",
        "-XMP-photoshop:City=Tartu",
        "-XMP-photoshop:Country=Estonia",
        "-XMP-dc:Rights=CC0",
        "-XMP-photoshop:DateCreated=1938-07",
        ending=ending,
    )
    assert found == Metadata(
        title="Laulupidu",
        caption="Anna Õun ja Mari, vasakult",
        keywords=("song", "summer"),
        persons=("Anna Õun",),
        creator="J. Parikas",
        place="Tartu, Estonia",
        rights="CC0",
        dates=(("1938-07", Source.CREATED.value),),
    )
    assert from_json(to_json(found)) == found


def test_iptc_and_exif(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        "-IPTC:ObjectName=Pulm",
        "-IPTC:Caption-Abstract=Pulmapäev Võrus",
        "-IPTC:Keywords=pulm",
        "-IPTC:By-line=K. Õispuu",
        "-IPTC:City=Võru",
        "-IPTC:DateCreated=1938:07:04",
        "-IPTC:OriginalTransmissionReference=EFA.1.2",
        "-EXIF:ImageDescription=OLYMPUS DIGITAL CAMERA",
        "-EXIF:Copyright=Muuseum",
        "-EXIF:DateTimeOriginal=2011:01:02 03:04:05",
    )
    assert (found.title, found.caption, found.keywords) == ("Pulm", "Pulmapäev Võrus", ("pulm",))
    assert (found.creator, found.place, found.code) == ("K. Õispuu", "Võru", "EFA.1.2")
    assert found.rights == "Muuseum"
    assert found.taken is not None
    assert (found.taken.date.edtf, found.taken.source) == ("1938-07-04", Source.CREATED)


def test_a_scanner_s_date_is_not_when_the_picture_was_taken(tmp_path: Path) -> None:
    date = "-EXIF:DateTimeOriginal=2011:01:02 03:04:05"
    assert written(tmp_path, date, "-EXIF:Model=Perfection V700").taken is None
    assert written(tmp_path, date, "-EXIF:Model=X-T2").taken is not None
    earlier = ("-EXIF:DateTimeOriginal=1931:01:02 00:00:00", "-EXIF:CreateDate=2011:01:02 03:04:05")
    by_hand = written(tmp_path, *earlier, "-EXIF:Model=Perfection V700").taken
    assert by_hand is not None and by_hand.date.edtf == "1931-01-02"


def test_damaged_blocks_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30)).save(path, xmp=b"<x><", comment=b"\xff" * 90)
    assert metadata_of(photos.blocks(path, Limits())) == Metadata()


def test_the_most_trusted_source_speaks_first() -> None:
    catalogue = Metadata(title="Wedding", persons=("Ann",), dates=(("1938", "catalogue"),))
    file = Metadata(title="x", caption="c", persons=("Bob", "Ann"), dates=(("2011", "EXIF"),))
    whole = combined((catalogue, file))
    assert (whole.title, whole.caption, whole.persons) == ("Wedding", "c", ("Ann", "Bob"))
    assert whole.taken is not None
    assert whole.taken.date.edtf == "1938"


def test_a_person_can_be_left_out_of_what_is_said() -> None:
    said = Metadata(
        title="Wedding", caption="Anna Õun, Bob", persons=("Anna Oun", "Annabel"), keywords=("x",)
    )
    left = said.without(["anna õun"])
    assert left == Metadata(title="Wedding", persons=("Annabel",), keywords=("x",))
    assert said.without([]) == said


def test_an_empty_data_set_says_nothing(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30)).save(stream, "JPEG")
    sets = b"".join(
        b"\x1c\x02" + bytes([number, 0, len(said)]) + said
        for number, said in ((120, b""), (25, b""), (25, b"song"), (80, b"J. Parikas"))
    )
    block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(sets).to_bytes(4, "big") + sets
    segment = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    picture = stream.getvalue()
    path = tmp_path / "a.jpg"
    path.write_bytes(picture[:2] + segment + picture[2:])
    said = metadata_of(photos.blocks(path, Limits()))
    assert (said.caption, said.keywords, said.creator) == ("", ("song",), "J. Parikas")


_NUMBERS = st.integers() | st.floats()
_ANYTHING = st.binary() | st.text() | _NUMBERS | st.lists(_NUMBERS, max_size=5).map(tuple)


@given(
    st.dictionaries(
        st.sampled_from([270, 271, 305, 315, 33432, 36867, 36868, 41728, *range(40091, 40095)]),
        _ANYTHING,
    )
)
def test_exif_may_hold_any_value_of_any_kind(tags: dict[int, object]) -> None:
    assert isinstance(from_exif(tags), Metadata)
