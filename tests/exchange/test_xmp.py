"""XMP sidecars: read by exiftool as we mean them, foreign metadata kept, hostile files refused."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from prosopon.exchange import ExportedFace, xmp
from prosopon.exchange.orientation import to_stored, to_upright
from prosopon.persons import new_person_id
from prosopon.records import Photo
from prosopon.xmp_packet import DamagedXmp, decode

WIDTH, HEIGHT = 400, 300
ANN = new_person_id()


def photo(orientation: int = 1) -> Photo:
    return Photo("a" * 64, "a.jpg", WIDTH, HEIGHT, orientation)


def face(x: float = 40, person: str = "Ann", person_id: str = ANN, turn: int = 1) -> ExportedFace:
    return ExportedFace(photo(turn), (x, 60, 50, 70), person=person, person_id=person_id)


def exiftool(sidecar: str, folder: Path) -> dict[str, Any]:
    """The sidecar as exiftool reads it."""
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    path = folder / "a.jpg.xmp"
    path.write_text(sidecar, encoding="utf-8")
    command = ["exiftool", "-json", "-struct", "-charset", "utf8", "-all", "-validate", str(path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    (said,) = json.loads(done.stdout)
    assert said["Validate"] == "OK"
    return said


places = st.floats(0, 1)


@given(places, places, st.floats(0.01, 1), st.floats(0.01, 1), st.integers(1, 8))
def test_turning_there_and_back(x: float, y: float, w: float, h: float, turn: int) -> None:
    box = (x * WIDTH, y * HEIGHT, w * WIDTH, h * HEIGHT)
    there = to_stored(box, photo(turn))
    assert to_upright(there, photo(turn), turn) == pytest.approx(box)


@pytest.mark.parametrize("turn", range(1, 9))
def test_areas_are_those_of_the_stored_picture(turn: int, tmp_path: Path) -> None:
    """Draw a box into an upright picture, store it turned, and look where the box lies there."""
    upright = np.zeros((HEIGHT, WIDTH), np.uint8)
    upright[60:130, 40:90] = 255
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions, by EXIF's turn
    picture = Image.fromarray(upright)
    stored = picture if turn == 1 else picture.transpose(Image.Transpose(undo[turn]))
    exif = Image.Exif()
    exif[0x0112] = turn
    stored.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as saved:
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(saved)), upright)
    rows, columns = np.nonzero(np.asarray(stored))
    height, width = np.asarray(stored).shape
    left, right = columns.min() / width, (columns.max() + 1) / width
    top, bottom = rows.min() / height, (rows.max() + 1) / height
    said = exiftool(xmp.write([face(turn=turn)], photo(turn)), tmp_path)["RegionInfo"]
    area = said["RegionList"][0]["Area"]
    assert said["AppliedToDimensions"] == {"W": width, "H": height, "Unit": "pixel"}
    assert (area["X"], area["Y"]) == pytest.approx(((left + right) / 2, (top + bottom) / 2))
    assert (area["W"], area["H"]) == pytest.approx((right - left, bottom - top))


@pytest.mark.parametrize("turn", range(1, 9))
def test_what_is_written_is_read_again(turn: int) -> None:
    faces = [
        face(turn=turn),
        face(200, "محمد 'x' <b>&amp; é", new_person_id(), turn=turn),
        face(320, "", "", turn=turn),
    ]
    found = xmp.read(xmp.write(faces, photo(turn)), photo(turn))
    assert found.faces == faces
    assert (found.problems, found.present) == ([], [])


def test_exiftool_reads_every_kind_of_region(tmp_path: Path) -> None:
    said = exiftool(xmp.write([face(), face(200, "Õnne")], photo()), tmp_path)
    regions = said["RegionInfo"]["RegionList"]
    assert [region["Name"] for region in regions] == ["Ann", "Õnne"]
    assert regions[0]["Type"] == "Face"
    assert regions[0]["Area"]["Unit"] == "normalized"
    microsoft = said["RegionInfoMP"]["Regions"]
    assert [region["PersonDisplayName"] for region in microsoft] == ["Ann", "Õnne"]
    corner = [float(part) for part in microsoft[0]["Rectangle"].split(",")]
    assert corner == pytest.approx([0.1, 0.2, 0.125, 70 / 300])
    assert said["PersonInImage"] == ["Ann", "Õnne"]
    assert said["TagsList"] == ["People/Ann", "People/Õnne"]


FOREIGN = """<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF
  xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
 <rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/'
   xmlns:lr='http://ns.adobe.com/lightroom/1.0/' lr:private='kept'>
  <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>A title</rdf:li></rdf:Alt></dc:title>
 </rdf:Description>
 <rdf:Description rdf:about='' xmlns:digiKam='http://www.digikam.org/ns/1.0/'
   xmlns:mwg-rs='http://www.metadataworkinggroup.com/schemas/regions/'
   xmlns:stArea='http://ns.adobe.com/xmp/sType/Area#'
   xmlns:stDim='http://ns.adobe.com/xap/1.0/sType/Dimensions#'>
  <digiKam:TagsList><rdf:Seq><rdf:li>Places/Tartu</rdf:li><rdf:li>People/Zoe</rdf:li></rdf:Seq>
  </digiKam:TagsList>
  <mwg-rs:Regions rdf:parseType='Resource'>
   <mwg-rs:AppliedToDimensions stDim:w='4000' stDim:h='3000' stDim:unit='pixel'/>
   <mwg-rs:RegionList><rdf:Bag>
    <rdf:li><rdf:Description mwg-rs:Name='Wrong' mwg-rs:Type='Face'><mwg-rs:Area
      stArea:x='0.16' stArea:y='0.32' stArea:w='0.12' stArea:h='0.22' stArea:unit='normalized'/>
    </rdf:Description></rdf:li>
    <rdf:li rdf:parseType='Resource'><mwg-rs:Name>Zoe</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>
     <mwg-rs:Area stArea:x='0.8' stArea:y='0.5' stArea:w='0.1' stArea:h='0.1'/></rdf:li>
    <rdf:li rdf:parseType='Resource'><mwg-rs:Name>Rex</mwg-rs:Name><mwg-rs:Type>Pet</mwg-rs:Type>
     <mwg-rs:Area stArea:x='0.16' stArea:y='0.32' stArea:w='0.12' stArea:h='0.22'/></rdf:li>
   </rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
 </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"""


def test_reads_both_spellings_of_structures() -> None:
    found = xmp.read(FOREIGN, photo())
    assert [each.person for each in found.faces] == ["Wrong", "Zoe"]
    assert found.faces[1].box == pytest.approx((300, 135, 40, 30))
    assert found.present == []


def test_foreign_metadata_stays_and_ours_is_replaced(tmp_path: Path) -> None:
    first = xmp.write([face()], photo(), FOREIGN)
    said = exiftool(first, tmp_path)
    assert (said["Title"], said["Private"]) == ("A title", "kept")
    names = [region["Name"] for region in said["RegionInfo"]["RegionList"]]
    assert names == ["Zoe", "Rex", "Ann"]  # Wrong was at Ann's place; a pet is no face
    assert said["TagsList"] == ["Places/Tartu", "People/Zoe", "People/Ann"]
    assert said["PersonInImage"] == ["Ann"] or said["PersonInImage"] == "Ann"
    again = xmp.write([face(person="Anna")], photo(), first)
    names = [region["Name"] for region in exiftool(again, tmp_path)["RegionInfo"]["RegionList"]]
    assert names == ["Zoe", "Rex", "Anna"]
    none = exiftool(xmp.write([], photo(), again), tmp_path)
    assert [region["Name"] for region in none["RegionInfo"]["RegionList"]] == ["Zoe", "Rex"]
    assert none["TagsList"] == ["Places/Tartu", "People/Zoe"]
    assert "PersonInImage" not in none
    assert xmp.write([face()], photo(), first) == first


def test_names_without_a_region_are_people_in_the_photo() -> None:
    sidecar = xmp.write([face()], photo()).replace(">People/Ann<", ">People/Bob<")
    found = xmp.read(sidecar, photo())
    assert found.present == [(photo(), "Bob")]


def test_regions_of_a_picture_already_turned_are_taken_so() -> None:
    said = xmp.write([face()], photo(1))  # 400×300, upright
    (found,) = xmp.read(said, photo(6)).faces[:1]  # stored as 300×400
    assert found.box == pytest.approx((40, 60, 50, 70))


def test_regions_of_a_picture_of_another_shape_are_left_out() -> None:
    other = Photo("b" * 64, "b.jpg", 1000, 300)
    without_microsoft = xmp.write([face()], photo()).replace("MPReg:Rectangle", "MPReg:Other")
    found = xmp.read(without_microsoft, other)
    assert found.faces == []
    assert "another shape" in found.problems[0]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
READER = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "entities"),
        (READER, "entities"),
        ("", "no well-formed XML"),
        ("\x00\x01", "no well-formed XML"),
        ("<x/>", "no XMP"),
        (FOREIGN[:700], "no well-formed XML"),
        ("<a>" * 100_000 + "</a>" * 100_000, "deeper"),
        ("<x>" + "y" * 17_000_000 + "</x>", "larger"),
    ],
    ids=["bomb", "file", "empty", "binary", "other", "cut", "deep", "large"],
)
def test_damaged_and_hostile_sidecars_are_refused(text: str, reason: str) -> None:
    found = xmp.read(text, photo())
    assert found.faces == []
    assert reason in found.problems[0]
    if text:
        with pytest.raises(DamagedXmp, match=reason):
            xmp.write([face()], photo(), text)


@pytest.mark.parametrize("number", ["1e999", "nan", "-5", "9" * 5000, "x", ""])
def test_numbers_that_are_no_area_are_left_out(number: str) -> None:
    sidecar = FOREIGN.replace("stArea:w='0.1'", f"stArea:w='{number}'")
    found = xmp.read(sidecar, photo())
    assert [each.person for each in found.faces] == ["Wrong"]
    assert "a.jpg" in found.problems[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_packets_in_every_encoding_that_xmp_may_have(encoding: str) -> None:
    text = xmp.write([face(person="Õnne Õun")], photo())
    text = text.replace("\ufeff", "") if encoding != "utf-8" else text
    said = xmp.read(decode(text[text.index("<x:") :].encode(encoding)), photo())
    assert [each.person for each in said.faces] == ["Õnne Õun"]


def test_reading_takes_time_in_proportion() -> None:
    """Sizes that took minutes when reading was quadratic; here the limits answer at once."""
    prefixes = " ".join(f"xmlns:p{n}='urn:{n}' p{n}:a='b'" for n in range(16_000))
    description = f"<rdf:Description {prefixes}>"
    assert xmp.read(FOREIGN.replace("<rdf:Description ", description[:-1] + " ", 1), photo()).faces
    regions = [face(x=x / 10, person=f"P{x}") for x in range(3000)]
    many = xmp.read(xmp.write(regions, photo()), photo())
    assert "regions" in many.problems[0]
    assert len(many.faces) <= 2000
    elements = "<rdf:li/>" * 300_000
    assert (
        "elements"
        in xmp.read(FOREIGN.replace("<rdf:li>", elements + "<rdf:li>", 1), photo()).problems[0]
    )


def test_foreign_prefixes_stay_and_never_mix(tmp_path: Path) -> None:
    own = FOREIGN.replace("ns.adobe.com/lightroom", "example.org/lightroom")
    for uri in ("urn:one", "urn:two"):
        sidecar = own.replace("xmlns:lr=", f"xmlns:mine='{uri}' mine:a='b' xmlns:lr=")
        written = xmp.write([face()], photo(), sidecar)
        assert f'xmlns:mine="{uri}"' in written
        assert 'mine:a="b"' in written
        assert 'xmlns:lr="http://ns.adobe.com/lightroom' not in written
