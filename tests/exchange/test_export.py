"""What a whole collection hands over: who is in it, who is not, and where it is written."""

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prosopon import config
from prosopon.collection import Collection
from prosopon.collection.sidecars import Sidecars
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import Kind
from prosopon.store import open_store

pytestmark = pytest.mark.models


def sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + ".xmp")


@pytest.fixture
def opened(collection: Path) -> Iterator[Collection]:
    with open_store(str(collection), create=False) as store:
        yield Collection(store, config.load(collection=str(collection)))


def faces_of(opened: Collection) -> list[int]:
    return opened.view.faces.face_ids.tolist()


def name(opened: Collection, called: str, *faces: int, doubtful: bool = False) -> str:
    return opened.people.by("Ada").name(faces, called, doubtful=doubtful).person


def written(opened: Collection, target: Path) -> Any:
    opened.export(target)
    text = target.read_text("utf-8")
    return json.loads(text) if target.suffix == ".json" else list(csv.DictReader(text.splitlines()))


def path_of(opened: Collection, face: int) -> Path:
    found = opened.view.faces
    photo = opened.view.photo(int(found.photo_ids[found.rows([face])[0]]))
    assert photo is not None
    return Path(photo.path)


def test_every_format_has_every_face_and_its_name(opened: Collection, tmp_path: Path) -> None:
    faces = faces_of(opened)
    ann = name(opened, "Ann <b>", faces[0])
    rows = written(opened, tmp_path / "a.csv")
    assert len(rows) == len(faces)
    (row,) = [row for row in rows if row["person"]]
    assert (row["person"], row["person_id"], row["confirmed"]) == ("Ann <b>", ann, "yes")
    assert (row["author"], row["certainty"]) == ("Ada", "1.0")
    document = written(opened, tmp_path / "a.json")
    assert [person["name"] for person in document["people"]] == ["Ann <b>"]
    assert [entry["kind"] for entry in document["decisions"]] == ["create person", "name"]
    assert len(document["faces"]) == len(faces)
    manifest = written(opened, tmp_path / "a.iiif.json")
    annotations = [a for canvas in manifest["items"] for a in canvas["annotations"][0]["items"]]
    assert sum("identifying" in a["motivation"] for a in annotations) == 1
    boxes = written(opened, tmp_path / "a.coco.json")["annotations"]
    assert [b["attributes"]["person"] for b in boxes if b["attributes"]["person"]] == ["Ann <b>"]


def test_doubt_alternatives_and_marks(opened: Collection, tmp_path: Path) -> None:
    first, second, third, *_ = faces_of(opened)
    name(opened, "Ann", first, doubtful=True)
    opened.people.by("Ada").mark([second], Kind.NOT_A_FACE)
    opened.people.by("Ada").mark([third], Kind.IGNORE)
    rows = written(opened, tmp_path / "a.csv")
    assert len(rows) == len(faces_of(opened)) - 1
    assert [row["certainty"] for row in rows if row["person"]] == ["0.5"]


def test_restricted_persons_are_left_out_of_everything(opened: Collection, tmp_path: Path) -> None:
    first, second, *_ = faces = faces_of(opened)
    secret = name(opened, "Secret", first)
    name(opened, "Ann", second)
    opened.people.by("Ada").change(secret, **{"restricted": True})
    for target in ("a.csv", "a.json", "a.iiif.json", "a.coco.json"):
        opened.export(tmp_path / target)
        text = (tmp_path / target).read_text("utf-8")
        assert "Ann" in text
        assert "Secret" not in text
        assert secret not in text
    assert len(written(opened, tmp_path / "a.csv")) == len(faces) - 1
    assert opened.export(form="xmp").faces == 1


def test_sidecars_have_sure_names_and_keep_what_others_wrote(opened: Collection) -> None:
    first, second, third, *_ = faces_of(opened)
    ann = name(opened, "Ann", first)
    name(opened, "Doubtful", second, doubtful=True)
    handle = name(opened, "Unknown man A", third)
    opened.people.by("Ada").change(handle, **{"nameless": True})
    path = path_of(opened, first)
    foreign = path.with_suffix(".xmp")
    foreign.write_text(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
        "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='3'/></rdf:RDF></x:xmpmeta>",
        encoding="utf-8",
    )
    done = opened.export(form="xmp")
    assert (done.faces, done.files, done.problems) == (1, 1, [])
    assert not path_of(opened, second).with_name(path_of(opened, second).name + ".xmp").exists()
    if shutil.which("exiftool"):
        said = json.loads(
            subprocess.run(
                ["exiftool", "-json", "-struct", str(foreign)], capture_output=True, check=True
            ).stdout
        )[0]
        assert said["Rating"] == 3
        assert [region["Name"] for region in said["RegionInfo"]["RegionList"]] == ["Ann"]
    assert opened.export(form="xmp").files == 0  # nothing new
    opened.people.by("Ada").reject([first], ann)
    assert opened.export(form="xmp").files == 1
    assert "Ann" not in foreign.read_text("utf-8")
    assert "Rating" in foreign.read_text("utf-8")


def test_present_without_a_face_is_a_name_without_a_region(opened: Collection) -> None:
    face = faces_of(opened)[0]
    found = opened.view.faces
    opened.people.by("Ada").present("Bob", int(found.photo_ids[found.rows([face])[0]]))
    assert opened.export(form="xmp").files == 1
    path = path_of(opened, face)
    text = path.with_name(path.name + ".xmp").read_text("utf-8")
    assert "Bob" in text
    assert "RegionList" not in text


def test_a_damaged_sidecar_is_left_as_it_is(opened: Collection) -> None:
    face = faces_of(opened)[0]
    name(opened, "Ann", face)
    target = sidecar_of(path_of(opened, face))
    target.write_text("no XMP", encoding="utf-8")
    done = opened.export(form="xmp")
    assert done.files == 0
    assert target.name in done.problems[0]
    assert target.read_text("utf-8") == "no XMP"


OF_A_RAW_FILE = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:SidecarForExtension="CR2"/>
</rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(
    ("there", "alike", "expected"),
    [
        ({}, (), "a.jpg.xmp"),
        ({"a.xmp": ""}, (), "a.xmp"),
        ({"a.xmp": "", "a.jpg.xmp": ""}, (), "a.jpg.xmp"),
        ({"a.xmp": ""}, ("a.png",), "a.jpg.xmp"),
        ({"a.xmp": OF_A_RAW_FILE}, (), "a.jpg.xmp"),
        ({"a.xmp": OF_A_RAW_FILE.replace("CR2", "JPG")}, ("a.png",), "a.xmp"),
    ],
)
def test_which_sidecar(
    there: dict[str, str], alike: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    for name_, content in there.items():
        (tmp_path / name_).write_text(content, encoding="utf-8")
    photo = tmp_path / "a.jpg"
    sidecars = Sidecars(map(str, (photo, *(tmp_path / other for other in alike))))
    assert sidecars.of(photo) == (tmp_path / expected, there.get(expected, ""))


def test_a_pipe_with_a_sidecar_s_name_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg.xmp")
    with pytest.raises(OSError, match="regular file"):
        Sidecars([]).of(tmp_path / "a.jpg")


def test_where_it_can_t_be_written(opened: Collection, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format"):
        opened.export(tmp_path / "a.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(ProsoponError, match="can't be written"):
        opened.export(tmp_path / "file" / "a.csv")
    assert not list(tmp_path.glob(".*"))
