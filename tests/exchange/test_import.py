"""What a collection takes over from files: matched by place, never over a human decision."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from prosopon import config
from prosopon.collection import Collection
from prosopon.collection.importing import Imported
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import Kind
from prosopon.store import open_store

pytestmark = pytest.mark.models
FORMATS = ["a.csv", "a.json", "a.coco.json", "a.iiif.json", "xmp"]
Take = Callable[..., Imported]


def sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + ".xmp")


def opening(name: Path) -> Iterator[Collection]:
    with open_store(str(name), create=False) as store:
        yield Collection(store, config.load(collection=str(name)))


@pytest.fixture
def opened(collection: Path) -> Iterator[Collection]:
    yield from opening(collection)


@pytest.fixture
def other(collection: Path, opened: Collection, tmp_path: Path) -> Iterator[Collection]:
    """Another collection of the same photographs, in which nobody is named."""
    name = tmp_path / "other.prosopon"
    shutil.copy(collection, name)
    yield from opening(name)


def take(opened: Collection, *files: Path, **options: Any) -> Imported:
    return opened.import_(*files, author="Ben", **options)


def names_of(opened: Collection) -> dict[int, list[str]]:
    state = opened.view.state
    return {
        face: [state.people[person].name for person in who.persons]
        for face, who in sorted(state.names.items())
    }


def name(opened: Collection, called: str, *faces: int, doubtful: bool = False) -> str:
    return opened.people.by("Ada").name(faces, called, doubtful=doubtful).person


def handed_over(opened: Collection, form: str, folder: Path) -> dict[str, Any]:
    """Export; gives what `take` needs to read it."""
    if form == "xmp":
        opened.export(form="xmp")
        return {"files": [], "form": "xmp"}
    opened.export(folder / form)
    return {"files": [folder / form]}


@pytest.mark.parametrize("form", FORMATS)
def test_names_go_from_one_collection_to_another(
    form: str, opened: Collection, other: Collection, tmp_path: Path
) -> None:
    first, second, third, fourth, *_ = opened.view.faces.face_ids.tolist()
    name(opened, "Anna <b>Tämm", first, second)
    name(opened, "=1+2", third)
    name(opened, "محمد", fourth)
    options = handed_over(opened, form, tmp_path)
    files = options.pop("files")
    dry = take(other, *files, dry_run=True, **options)
    assert other.view.length == 0
    done = take(other, *files, **options)
    assert (done.steps, done.people, done.log) == (dry.steps, dry.people, dry.log)
    assert names_of(other) == names_of(opened)
    again = take(other, *files, **options)
    assert again.decisions == 0
    other.people.by("Ben" if form != "a.json" else "Ada").undo()
    assert names_of(other) != names_of(opened)


def test_a_log_is_taken_over_with_its_authors_and_goes_on(
    opened: Collection, other: Collection, tmp_path: Path
) -> None:
    first, second, *_ = opened.view.faces.face_ids.tolist()
    anna = name(opened, "Anna", first)
    opened.people.by("Ada").change(anna, **{"born": "1871", "variants": ("A.",)})
    opened.people.by("Ada").mark([second], Kind.IGNORE)
    opened.export(tmp_path / "a.json")
    assert take(other, tmp_path / "a.json").log == 4
    assert other.view.state == opened.view.state
    name(opened, "Mari", second)
    other.people.by("Ben").reject([second], anna)
    opened.export(tmp_path / "a.json")
    assert take(other, tmp_path / "a.json").log == 2  # the new entries alone
    assert names_of(other) == names_of(opened)


def test_what_people_decided_here_stays(
    opened: Collection, other: Collection, tmp_path: Path
) -> None:
    faces = opened.view.faces.face_ids.tolist()
    name(opened, "Anna", *faces[:7])
    options = handed_over(opened, "a.csv", tmp_path)
    name(other, "Mari", faces[0])
    name(other, "Anna", faces[1], doubtful=True)
    anna = other.view.persons[0].id
    other.people.by("Ada").reject(faces[2:3], anna)
    other.people.by("Ada").mark(faces[3:4], Kind.NOT_A_FACE)
    other.people.by("Ada").mark(faces[4:5], Kind.IGNORE)
    secret = name(other, "Secret", faces[5])
    other.people.by("Ada").change(secret, **{"restricted": True})
    before = names_of(other)
    done = take(other, *options["files"], form="csv")
    assert done.steps == {"name": 1, "kept": 6, "same": len(faces) - 7}
    after = names_of(other)
    assert {face: after[face] for face in before} == before
    assert set(after) - set(before) == {faces[6]}
    assert "Secret" not in json.dumps([line.here for line in done.lines])


def test_names_alone_find_the_person_or_make_one(opened: Collection, tmp_path: Path) -> None:
    found = opened.view.faces
    anna = name(opened, "Anna", int(found.face_ids[0]))
    rows = [1, 2]
    lines = ["path,x,y,width,height,person"]
    for row, called in zip(rows, ("ANNA", "Mari"), strict=True):
        photo = opened.view.photo(int(found.photo_ids[row]))
        assert photo is not None
        x1, y1, x2, y2 = found.boxes[row].tolist()
        lines.append(f"{Path(photo.path).name},{x1},{y1},{x2 - x1},{y2 - y1},{called}")
    table = tmp_path / "names.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    done = take(opened, table)
    assert (done.steps, done.people) == ({"name": 2}, ["Mari"])
    assert names_of(opened)[int(found.face_ids[1])] == ["Anna"]
    assert opened.view.faces_named(anna) == found.face_ids[:2].tolist()


def test_boxes_where_nothing_was_found_are_kept_and_come_once(
    opened: Collection, tmp_path: Path
) -> None:
    found = opened.view.faces
    photo = opened.view.photo(int(found.photo_ids[0]))
    assert photo is not None
    lines = [
        "sha256,x,y,width,height,person,score",
        f"{photo.sha256},1,1,20,20,Hidden One,",
        f"{photo.sha256},30,1,20,20,,",
        f"{photo.sha256},60,1,20,20,,0.9",
        f"{photo.sha256},5000,1,20,20,Far,",
        f"{photo.sha256},1e30,1,20,20,Far,",
    ]
    table = tmp_path / "names.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    done = take(opened, table)
    assert done.steps == {"add": 2, "same": 1, "unclear": 2}
    assert len(done.problems) == 2
    now = opened.view
    (place,) = now.state.present[photo.sha256]
    assert now.state.people[place[1]].name == "Hidden One"
    assert take(opened, table).decisions == 0
    opened.export(tmp_path / "out.csv")
    assert "Hidden One" in (tmp_path / "out.csv").read_text("utf-8")


def test_sidecars_of_others(opened: Collection, tmp_path: Path) -> None:
    found = opened.view.faces
    photo = opened.view.photo(int(found.photo_ids[0]))
    assert photo is not None
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    x1, y1, x2, y2 = found.boxes[0].tolist()
    area = (
        f"{{X={(x1 + x2) / 2 / photo.width},Y={(y1 + y2) / 2 / photo.height},"
        f"W={(x2 - x1) / photo.width},H={(y2 - y1) / photo.height},Unit=normalized}}"
    )
    sidecar = sidecar_of(Path(photo.path))
    subprocess.run(
        [
            "exiftool",
            f"-RegionInfo={{AppliedToDimensions={{W={photo.width},H={photo.height},Unit=pixel}},"
            f"RegionList=[{{Area={area},Name=Anna,Type=Face}}]}}",
            "-XMP-digiKam:TagsList=People/Anna",
            "-XMP-digiKam:TagsList+=People/Bob",
            str(sidecar),
        ],
        check=True,
        capture_output=True,
    )
    done = take(opened, sidecar)
    assert (done.steps, done.present, done.people) == ({"name": 1}, 1, ["Anna", "Bob"])
    assert names_of(opened) == {int(found.face_ids[0]): ["Anna"]}
    assert take(opened, form="xmp").decisions == 0


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.csv", "path,x,y,width,height,person\n../../../etc/passwd,1,1,2,2,Anna"),
        ("a.csv", "path,x,y,width,height,person\n,1,1,2,2,Anna\n"),
        ("a.csv", "a,b\n1,2"),
        ("a.csv", b"\xff\xfe\x00\x00"),
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.json", '{"prosopon": 1, "decisions": [{"kind": "name"}, 7, {"author": "x"}]}'),
        ("a.json", '{"prosopon": 1, "faces": [{"path": "/etc/passwd", "x": 1}]}'),
        ("a.json", '{"prosopon": 1, "people": [{"id": "../..", "name": "A"}]}'),
        ("a.coco.json", '{"images": [{"id": 1e400}], "annotations": []}'),
        ("a.iiif.json", '{"type": "Manifest", "items": [{"annotations": 7}, 8]}'),
        ("a.jpg.xmp", BOMB),
    ],
)
def test_damaged_and_hostile_files_change_nothing_and_say_why(
    file: str, content: str | bytes, opened: Collection, tmp_path: Path
) -> None:
    target = tmp_path / file
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = take(opened, target)
    assert done.decisions == 0
    assert done.problems
    assert opened.view.length == 0


def test_a_bomb_beside_a_photograph(opened: Collection) -> None:
    photo = opened.view.photo(int(opened.view.faces.photo_ids[0]))
    assert photo is not None
    sidecar_of(Path(photo.path)).write_text(BOMB, encoding="utf-8")
    done = take(opened, form="xmp")
    assert (done.files, done.decisions) == (1, 0)
    assert "entities" in done.problems[0]


@pytest.mark.parametrize("called", ["x" * 10_000, "half \ud800", "nul\x00"])
def test_names_that_are_none_are_left_out(called: str, opened: Collection, tmp_path: Path) -> None:
    found = opened.view.faces
    photo = opened.view.photo(int(found.photo_ids[0]))
    assert photo is not None
    x1, y1, x2, y2 = found.boxes[0].tolist()
    box = {"x": x1, "y": y1, "width": x2 - x1, "height": y2 - y1}
    face = {"sha256": photo.sha256, **box, "person": called}
    target = tmp_path / "a.json"
    target.write_text(json.dumps({"prosopon": 1, "faces": [face]}), encoding="utf-8")
    done = take(opened, target)
    assert done.decisions == 0
    assert done.problems


def test_files_that_are_not_there_or_not_known(opened: Collection, tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="can't be read"):
        take(opened, tmp_path / "none.csv")
    with pytest.raises(UsageError, match="no format"):
        take(opened, tmp_path / "a.doc")
    with pytest.raises(UsageError, match="no format 'doc'"):
        take(opened, tmp_path / "a.doc", form="doc")
