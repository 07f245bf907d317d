"""What leaves a collection beside faces: catalogues, linked data, IIIF collections; searching."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prosopon import config, photos
from prosopon.cli.app import app, load_verbs
from prosopon.collection.collection import Collection
from prosopon.errors import UsageError
from prosopon.exchange import FORMATS, ExportedFace, xmp
from prosopon.exchange.linked import person_as_json
from prosopon.exchange.records import Export, ExportedPhoto
from prosopon.metadata import Metadata
from prosopon.persons import Person, new_person_id
from prosopon.records import Limits, Photo
from prosopon.store import open_store
from prosopon.xmp_packet import decode

PHOTO = Photo("a" * 64, "/scans/a.jpg", 400, 300)
ANNA = Person(
    new_person_id(), "Anna Tamm", born="1871", links=("https://www.wikidata.org/wiki/Q42",)
)
MARI = Person(new_person_id(), "=Mari")


def written(form: str, **more: object) -> str:
    faces = [
        ExportedFace(PHOTO, (200, 60, 40, 60), person=MARI.name, person_id=MARI.id, certainty=0.5),
        ExportedFace(PHOTO, (40, 60, 40, 60), person=ANNA.name, person_id=ANNA.id, certainty=1),
        ExportedFace(PHOTO, (300, 60, 40, 60)),
    ]
    said = Metadata(code="EFA.1", caption="Laulupidu", dates=(("1938-07", "catalogue"),))
    photo = ExportedPhoto(PHOTO, ["/scans/a.jpg", "/copy/a.jpg"], said, 1)
    given = Export(faces, [ANNA, MARI], (), "https://example.org", [photo], **more)  # type: ignore[arg-type]
    stream = io.StringIO(newline="")
    write = FORMATS[form].write
    assert write is not None
    write(given, stream)
    return stream.getvalue()


def test_a_catalogue_has_a_row_for_each_photograph() -> None:
    (row,) = csv.DictReader(io.StringIO(written("catalogue", delimiter=";")), delimiter=";")
    assert row["persons"] == "Anna Tamm|=Mari"
    assert row["person_ids"] == f"{ANNA.id}|{MARI.id}"
    assert (row["doubtful"], row["unnamed"], row["code"]) == ("'=Mari", "1", "EFA.1")
    assert (row["date"], row["date_source"]) == ("1938-07", "catalogue")
    assert row["paths"] == "/scans/a.jpg|/copy/a.jpg"


def test_linked_data() -> None:
    graph = json.loads(written("jsonld"))["@graph"]
    assert graph[0]["@id"] == ANNA.iri
    assert graph[0]["sameAs"] == ["https://www.wikidata.org/wiki/Q42"]
    assert graph[0]["image"] == [f"https://example.org/photo/{PHOTO.sha256}"]
    assert "image" not in graph[1]  # in doubt
    assert person_as_json(MARI) == {"@id": MARI.iri, "@type": "Person", "name": "=Mari"}
    (row,) = csv.DictReader(io.StringIO(written("depicts")))
    assert (row["P180"], row["P2677"]) == ("Q42", "pct:10.0,20.0,10.0,20.0")


@pytest.fixture
def one(collection: Path) -> Iterator[Collection]:
    with Collection(
        open_store(str(collection), create=False), config.load(collection=str(collection))
    ) as opened:
        yield opened


@pytest.mark.models
def test_a_collection_hands_over_who_is_who_and_finds_it_again(
    one: Collection, tmp_path: Path
) -> None:
    view = one.view
    face = int(view.faces.face_ids[0])
    number = int(view.faces.photo_ids[0])
    path = one.photos[number].path
    one.people.by("Ada").name([face], "Anna Tamm")
    one.date([path], "ca. 1938", author="Ada")
    one.export(tmp_path / "catalogue.csv", bom=True, delimiter=";")
    content = (tmp_path / "catalogue.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == len(one.photos)
    (row,) = (row for row in rows if row["path"] == path)
    assert ("Anna Tamm" in row["persons"], row["date"]) == (True, "1938~")
    assert row["date_source"] == "corrected"
    found = one.search_photos(persons=["Anna Tamm"], taken="1930s")
    assert [hit.path for hit in found.photos] == [path]
    assert one.search_photos(taken="1990").fitting == 0
    assert one.search_photos(faces="unnamed").fitting > 0
    with pytest.raises(UsageError, match="no date"):
        one.date([path], "soon")
    one.people.by("Ada").undo()
    assert one.search_photos(taken="1930s").fitting == 0


@pytest.mark.models
def test_a_manifest_for_each_folder(one: Collection, tmp_path: Path) -> None:
    made = one.export(f"{tmp_path}/iiif/", base_url="https://example.org/x/")
    listed = json.loads((tmp_path / "iiif" / "collection.json").read_text("utf-8"))
    assert listed["type"] == "Collection"
    assert "prosopon" not in str(listed["label"])
    assert made.files == len(listed["items"]) + 1
    canvases = 0
    for item in listed["items"]:
        name = item["id"].removeprefix("https://example.org/x/")
        manifest = json.loads((tmp_path / "iiif" / name).read_text("utf-8"))
        assert (manifest["type"], manifest["id"]) == ("Manifest", item["id"])
        canvases += len(manifest["items"])
    assert canvases == len(one.photos)


@pytest.mark.models
def test_names_go_into_the_files_and_the_pixels_stay(one: Collection, tmp_path: Path) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    view = one.view
    photo = one.photos[int(view.faces.photo_ids[0])]
    one.people.by("Ada").name([int(view.faces.face_ids[0])], "Anna Tämm")
    before = photos.read(photo.path, Limits()).pixels
    done = one.export(form="xmp", into_files=True)
    assert (done.files, done.problems) == (1, [])
    assert (photos.read(photo.path, Limits()).pixels == before).all()
    (face,) = xmp.read(decode(photos.blocks(photo.path, Limits()).xmp), photo).faces
    assert face.person == "Anna Tämm"
    assert not list(Path(photo.path).parent.glob("*.before"))
    assert one.export(form="xmp", into_files=True).files == 0
    somebody_s = Path(photo.path + ".before")
    somebody_s.write_text("mine")
    one.people.by("Ada").name([int(view.faces.face_ids[0])], "Berta")
    done = one.export(form="xmp", into_files=True)
    assert done.files == 0 and ".before" in done.problems[0]
    assert somebody_s.read_text() == "mine"
    assert (photos.read(photo.path, Limits()).pixels == before).all()
    with pytest.raises(UsageError, match="into-files"):
        one.export(tmp_path / "a.csv", into_files=True)


@pytest.mark.models
def test_a_folder_that_is_not_there_yet_on_the_command_line(
    one: Collection, tmp_path: Path
) -> None:
    load_verbs()
    done = CliRunner().invoke(app, ["export", f"{tmp_path}/iiif/", "-c", one.name])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "iiif" / "collection.json").is_file()


def test_fiftyone_reads_shares_of_the_picture_by_its_path_without_ending() -> None:
    labels = json.loads(written("fiftyone"))["labels"]
    (found,) = labels.values()
    assert list(labels) == [PHOTO.path.rpartition(".")[0]]
    assert [each["label"] for each in found] == [MARI.name, ANNA.name, "face"]
    x, y, width, height = found[1]["bounding_box"]
    assert (x * PHOTO.width, width * PHOTO.width) == pytest.approx((40, 40), abs=1e-3)
    assert (y * PHOTO.height, height * PHOTO.height) == pytest.approx((60, 60), abs=1e-3)
    assert found[0]["attributes"]["certainty"] == 0.5


def test_fiftyone_comes_back_with_classes_by_number() -> None:
    name = PHOTO.path.rpartition(".")[0]
    box = [0.1, 0.1, 0.2, 0.2]
    found = [{"label": 1, "bounding_box": box}, {"label": 0, "bounding_box": box}]
    wrong = [{"label": 2, "bounding_box": box}, {"label": "x", "bounding_box": box[:3]}, 7]
    text = {"classes": ["face", "Anna Tamm"], "labels": {name: found + wrong, "other": None}}
    read = FORMATS["fiftyone"].read
    assert read
    said = read(io.StringIO(json.dumps(text)), lambda _, path: PHOTO if path == name else None)
    assert [face.person for face in said.faces] == ["Anna Tamm", ""]
    assert [round(x) for x in said.faces[0].box] == [
        round(part * side) for part, side in zip(box, (PHOTO.width, PHOTO.height) * 2, strict=True)
    ]
    assert len(said.problems) == 4
    assert "none of the 2 classes" in said.problems[0]
    assert "'other' is not in this collection" in said.problems[3]
