"""Face tags of every vocabulary, in eight orientations: written by others, read here, written here,
read by ExifTool.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prosopon import photos
from prosopon.exchange import picasa, xmp
from prosopon.exchange.orientation import to_stored
from prosopon.records import Limits, Photo
from prosopon.xmp_packet import decode

WIDTH, HEIGHT = 400, 300
BOX = (40.0, 60.0, 50.0, 70.0)
X = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
SPACES = """xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:MP="http://ns.microsoft.com/photo/1.2/"
 xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
 xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
 xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/"
 xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
 xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/" xmlns:acdsee-rs="http://ns.acdsee.com/regions/"
 xmlns:acdsee-stArea="http://ns.acdsee.com/sType/Area#"
 xmlns:acdsee-stDim="http://ns.acdsee.com/sType/Dimensions#" """


def photo(turn: int = 1) -> Photo:
    return Photo("a" * 64, "a.jpg", WIDTH, HEIGHT, turn)


def packet(content: str) -> str:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {X}><rdf:Description rdf:about="" {SPACES}>'
        f"{content}<dc:source>kept</dc:source></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def mwg(area: tuple[float, ...], turn: int) -> str:
    x, y, w, h = area
    width, height = (WIDTH, HEIGHT) if turn < 5 else (HEIGHT, WIDTH)
    return f"""<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions
     stDim:w="{width}" stDim:h="{height}" stDim:unit="pixel"/><mwg-rs:RegionList><rdf:Bag><rdf:li>
     <rdf:Description mwg-rs:Name="Anna" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="{x}"
     stArea:y="{y}" stArea:w="{w}" stArea:h="{h}" stArea:unit="normalized"/></rdf:Description>
     </rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"""


def microsoft(area: tuple[float, ...], turn: int) -> str:
    x, y, w, h = area
    return f"""<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li
     rdf:parseType="Resource"><MPReg:PersonDisplayName>Anna</MPReg:PersonDisplayName>
     <MPReg:Rectangle>{x - w / 2}, {y - h / 2}, {w}, {h}</MPReg:Rectangle></rdf:li></rdf:Bag>
     </MPRI:Regions></MP:RegionInfo>"""


def iptc(area: tuple[float, ...], turn: int) -> str:
    x, y, w, h = area
    return f"""<Iptc4xmpExt:ImageRegion><rdf:Bag><rdf:li rdf:parseType="Resource">
     <Iptc4xmpExt:RegionBoundary rdf:parseType="Resource"><Iptc4xmpExt:rbShape>rectangle
     </Iptc4xmpExt:rbShape><Iptc4xmpExt:rbUnit>relative</Iptc4xmpExt:rbUnit>
     <Iptc4xmpExt:rbX>{x - w / 2}</Iptc4xmpExt:rbX><Iptc4xmpExt:rbY>{y - h / 2}</Iptc4xmpExt:rbY>
     <Iptc4xmpExt:rbW>{w}</Iptc4xmpExt:rbW><Iptc4xmpExt:rbH>{h}</Iptc4xmpExt:rbH>
     </Iptc4xmpExt:RegionBoundary><Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Anna</rdf:li></rdf:Bag>
     </Iptc4xmpExt:PersonInImage></rdf:li></rdf:Bag></Iptc4xmpExt:ImageRegion>"""


def acdsee(area: tuple[float, ...], turn: int) -> str:
    x, y, w, h = area
    width, height = (WIDTH, HEIGHT) if turn < 5 else (HEIGHT, WIDTH)
    return f"""<acdsee-rs:Regions rdf:parseType="Resource"><acdsee-rs:AppliedToDimensions
     acdsee-stDim:w="{width}" acdsee-stDim:h="{height}"/><acdsee-rs:RegionList><rdf:Bag><rdf:li
     rdf:parseType="Resource"><acdsee-rs:Type>Face</acdsee-rs:Type><acdsee-rs:Name>Anna
     </acdsee-rs:Name><acdsee-rs:DLYArea acdsee-stArea:x="{x}" acdsee-stArea:y="{y}"
     acdsee-stArea:w="{w}" acdsee-stArea:h="{h}"/></rdf:li></rdf:Bag></acdsee-rs:RegionList>
     </acdsee-rs:Regions>"""


def exiftool(sidecar: str, folder: Path) -> dict[str, Any]:
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    path = folder / "a.jpg.xmp"
    path.write_text(sidecar, encoding="utf-8")
    command = ["exiftool", "-json", "-struct", "-charset", "utf8", "-all", str(path)]
    (said,) = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return said


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("vocabulary", [mwg, microsoft, iptc, acdsee])
def test_there_and_back(vocabulary: Any, turn: int, tmp_path: Path) -> None:
    area = to_stored(BOX, photo(turn))
    foreign = packet(vocabulary(area, turn))
    (face,) = xmp.read(foreign, photo(turn)).faces
    assert face.person == "Anna"
    assert face.box == pytest.approx(BOX, abs=0.01)
    said = exiftool(xmp.write([face], photo(turn), foreign), tmp_path)
    (region,) = said["RegionInfo"]["RegionList"]
    places = [region["Area"][key] for key in "XYWH"]
    assert places == pytest.approx(area, abs=1e-4)
    assert (region["Name"], said["PersonInImage"]) in (("Anna", "Anna"), ("Anna", ["Anna"]))
    assert said["Source"] == "kept"
    if vocabulary is iptc:
        assert said["ImageRegion"][0]["PersonInImage"]


BAG = "<rdf:Bag>{}</rdf:Bag>"
CATEGORIES = (
    "&lt;Categories&gt;&lt;Category Assigned=&quot;0&quot;&gt;People&lt;Category "
    "Assigned=&quot;1&quot;&gt;Anna&lt;/Category&gt;&lt;/Category&gt;&lt;/Categories&gt;"
)


@pytest.mark.parametrize(
    "content",
    [
        "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Anna</rdf:li></rdf:Bag>"
        "</Iptc4xmpExt:PersonInImage>",
        '<Iptc4xmpExt:PersonInImageWDetails><rdf:Bag><rdf:li rdf:parseType="Resource">'
        '<Iptc4xmpExt:PersonName><rdf:Alt><rdf:li xml:lang="x-default">Anna</rdf:li></rdf:Alt>'
        "</Iptc4xmpExt:PersonName></rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImageWDetails>",
        "<digiKam:TagsList><rdf:Seq><rdf:li>People</rdf:li><rdf:li>People/Family</rdf:li><rdf:li>"
        "People/Family/Anna</rdf:li><rdf:li>Places/X</rdf:li></rdf:Seq></digiKam:TagsList>",
        "<lr:hierarchicalSubject><rdf:Bag><rdf:li>Personen|Familie|Anna</rdf:li></rdf:Bag>"
        "</lr:hierarchicalSubject>",
        "<MicrosoftPhoto:LastKeywordXMP><rdf:Bag><rdf:li>People/Anna</rdf:li><rdf:li>People/Unknown"
        "</rdf:li></rdf:Bag></MicrosoftPhoto:LastKeywordXMP>",
        "<mediapro:CatalogSets><rdf:Bag><rdf:li>People|Anna</rdf:li></rdf:Bag>"
        "</mediapro:CatalogSets>",
        f"<acdsee:categories>{CATEGORIES}</acdsee:categories>",
    ],
    ids=["iptc", "details", "digikam", "lightroom", "windows", "mediapro", "acdsee"],
)
def test_names_without_a_place(content: str) -> None:
    found = xmp.read(packet(content), photo())
    assert ([name for _, name in found.present], found.faces) == (["Anna"], [])


def test_tags_inside_a_photograph(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "a.jpg"
    content = packet(mwg(to_stored(BOX, photo()), 1)).encode()
    Image.new("RGB", (WIDTH, HEIGHT)).save(path, xmp=content)
    inside = xmp.read(decode(photos.blocks(path, Limits()).xmp), photo())
    (face,) = inside.faces
    assert face.person == "Anna"
    beside = xmp.read(packet(mwg(to_stored(BOX, photo()), 1)).replace("Anna", "Mari"), photo())
    assert [each.person for each in xmp.joined(beside, inside).faces] == ["Mari"]


PICASA = """[Contacts2]
8e62398ebda8c1a5=Anna Tamm;;
[a.jpg]
faces=rect64(1999333333339999),8e62398ebda8c1a5;rect64(3f845bcb59418507),ffffffffffffffff
[b.jpg]
faces=rect64(1),8e62398ebda8c1a5
[c.jpg]
rotate=rotate(1)
faces=rect64(1999333333339999),abc
"""


def test_picasa() -> None:
    here = {"a.jpg": photo(), "c.jpg": photo()}
    found = picasa.read(PICASA, here, {}, ".picasa.ini")
    assert [face.person for face in found.faces] == ["Anna Tamm", ""]
    assert found.faces[0].box == pytest.approx((40, 60, 40, 120), abs=0.1)
    assert ["b.jpg" in found.problems[0], "c.jpg" in found.problems[1]] == [True, True]
    contacts = picasa.contacts_of('<contacts><contact id="0ABC" name="Mari"/></contacts>')
    turned = PICASA.replace("rotate=rotate(1)\n", "")
    assert picasa.read(turned, here, contacts, "x").faces[-1].person == "Mari"
    assert picasa.read("no ini", here, {}, "x").problems
