"""A tree of photographs with tags of several programs: one verb takes all, and tells the rest."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from prosopon import config
from prosopon.collection import Collection
from prosopon.collection.export import exported_faces
from prosopon.collection.sidecars import Sidecars
from prosopon.exchange import xmp
from prosopon.records import Photo
from prosopon.store import open_store

pytestmark = pytest.mark.models


@pytest.fixture
def one(collection: Path) -> Iterator[Collection]:
    with open_store(str(collection), create=False) as store:
        yield Collection(store, config.load(collection=str(collection)))


def photos_of(one: Collection) -> list[tuple[int, Photo]]:
    """Photographs with a single face, by path."""
    numbers = one.view.faces.photo_ids.tolist()
    found = [(n, photo) for n, photo in one.photos.items() if numbers.count(n) == 1]
    return sorted(found, key=lambda each: each[1].path)


def names_in(one: Collection, number: int) -> list[str]:
    state, rows = one.view.state, one.view.faces.of_photo(number)
    faces = one.view.faces.face_ids[rows].tolist()
    return [
        state.people[state.names[face].persons[0]].name for face in faces if face in state.names
    ]


def picasa_of(one: Collection, number: int, contact: str) -> str:
    """The section of a `.picasa.ini` that marks a photograph's face."""
    photo = one.photos[number]
    x1, y1, x2, y2 = one.view.faces.boxes[one.view.faces.of_photo(number)[0]].tolist()
    parts = (x1 / photo.width, y1 / photo.height, x2 / photo.width, y2 / photo.height)
    digits = "".join(f"{int(max(min(part, 1), 0) * 65535):04x}" for part in parts)
    return f"[{Path(photo.path).name}]\nfaces=rect64({digits}),{contact}\n"


def test_everything_below_a_folder(one: Collection, tmp_path: Path) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    (first, inside), (second, _), (_, third), *_ = photos_of(one)
    folder = Path(inside.path).parent
    ini = picasa_of(one, second, "0abc") + "[gone.jpg]\nfaces=rect64(3f845bcb59418507),0abc\n"
    (folder / ".picasa.ini").write_text(ini, "utf-8")
    (tmp_path / "images" / "contacts.xml").write_text(
        '<contacts><contact id="ABC" name="Mari Õun"/></contacts>', "utf-8"
    )
    (folder / "nothing.xmp").write_text(xmp.write([], inside, "", ["Somebody"]), "utf-8")
    command = ["exiftool", "-q", "-overwrite_original", "-XMP-iptcExt:PersonInImage=Karl Kask"]
    beside = Path(third.path).with_suffix(".xmp")
    subprocess.run([*command, "-o", str(beside), third.path], check=True)
    shutil.copyfile(beside, beside.with_name(Path(third.path).name + ".xmp"))
    beside.unlink()
    dry = one.import_(folder, dry_run=True)
    done = one.import_(folder, author="Ada")
    assert dry.steps == done.steps and dry.people == done.people
    assert names_in(one, second) == ["Mari Õun"] and names_in(one, first) == []
    assert done.present == 1 and set(done.people) == {"Mari Õun", "Karl Kask"}
    assert sorted(Path(problem.split(": ")[0]).name for problem in done.problems) == [
        ".picasa.ini",
        "nothing.xmp",
    ]
    assert one.import_(folder, author="Ada").decisions == 0
    elsewhere = one.import_(tmp_path, author="Ada")  # the folder above
    assert (elsewhere.files, elsewhere.decisions) == (done.files, 0)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert one.import_(empty).nothing_read


def test_picasa_s_files_by_themselves(one: Collection, tmp_path: Path) -> None:
    ((number, photo), *_) = photos_of(one)
    ini = Path(photo.path).parent / ".picasa.ini"
    ini.write_text(picasa_of(one, number, "0abc"), "utf-8")
    contacts = tmp_path / "contacts.xml"
    contacts.write_text('<contacts><contact id="abc" name="Mari"/></contacts>', "utf-8")
    assert one.import_(ini, contacts).people == ["Mari"]  # in whatever order


@pytest.mark.parametrize("path", [r"images\{}", r"\images\{}", "images/{}", "{}"])
def test_paths_as_catalogues_have_them(path: str, one: Collection, tmp_path: Path) -> None:
    ((number, photo), *_) = photos_of(one)
    table = tmp_path / "c.csv"
    table.write_text(f"sep=,\npath,caption\n{path.format(Path(photo.path).name)},Mari\n", "utf-8")
    assert one.import_(table).described == 1
    found = one.search_photos("mari").photos
    assert [hit.id for hit in found] == [number]


def test_paths_that_are_not_spelled_so(one: Collection, tmp_path: Path) -> None:
    """Capitals and endings that differ don't count; what is not clear is told, with a way out."""
    ((_, photo), *_) = photos_of(one)
    name = Path(photo.path).name
    table = tmp_path / "c.csv"
    table.write_text(f"path,caption\n{name.upper()},A\n{Path(name).stem},B\n", "utf-8")
    assert one.import_(table).problems == []
    table.write_text(f"path,caption\nD:\\Scans\\images\\{name},A\nx.jpg,B\n", "utf-8")
    done = one.import_(table)
    assert (
        f"line 2: no photograph of this collection: D:\\Scans\\images\\{name}; one ends in "
        in (done.problems[0])
    )
    assert done.problems[1].endswith("x.jpg")


def test_an_end_of_a_path_that_several_photographs_have(one: Collection, tmp_path: Path) -> None:
    (_, first), (_, second), *_ = photos_of(one)
    name = Path(first.path).name
    (tmp_path / "other").mkdir()
    with Image.open(second.path) as picture:
        picture.convert("RGB").resize((64, 64)).save(tmp_path / "other" / name)
    one.index(tmp_path / "other")
    table = tmp_path / "c.csv"
    table.write_text(f"path,caption\n{name},A\nother/{name},B\n", "utf-8")
    done = one.import_(table)
    assert done.described == 1
    (told,) = done.problems
    assert f"line 2: 2 photographs end in {name}: write more of the path" in told


def test_two_photographs_of_one_name_keep_their_own(tmp_path: Path) -> None:
    for ending in ("jpg", "png"):
        (tmp_path / f"IMG_1.{ending}").touch()
    both = Sidecars(str(tmp_path / f"IMG_1.{ending}") for ending in ("jpg", "png"))
    text = xmp.write([], Photo("a" * 64, "IMG_1.jpg", 4, 3, 1), "", ["Anna"])
    shared = tmp_path / "IMG_1.xmp"
    shared.write_text(text, "utf-8")
    assert both.of(tmp_path / "IMG_1.jpg")[1] == both.of(tmp_path / "IMG_1.png")[1] == ""
    mark = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    owned = f'<rdf:Description rdf:about="" {mark} photoshop:SidecarForExtension="JPG"/></rdf:RDF>'
    shared.write_text(text.replace("</rdf:RDF>", owned), "utf-8")
    assert both.of(tmp_path / "IMG_1.jpg")[0] == shared
    assert both.of(tmp_path / "IMG_1.png") == (tmp_path / "IMG_1.png.xmp", "")


def test_present_and_then_found(one: Collection) -> None:
    """Who is in a photograph, nobody knows where, and then has the face: is in it once."""
    ((number, photo), *_) = photos_of(one)
    people = one.people.by("Ada")
    people.present("Anna Tamm", photo.path)
    face = int(one.view.faces.face_ids[one.view.faces.of_photo(number)[0]])
    people.name([face], "Anna Tamm")
    named = [each for each in exported_faces(one.view) if each.person == "Anna Tamm"]
    assert len(named) == 1
