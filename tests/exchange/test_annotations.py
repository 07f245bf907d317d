"""COCO and IIIF: what is written is read again, and what others write is understood."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosopon.exchange import ExportedFace, coco, iiif
from prosopon.persons import Person, new_person_id
from prosopon.records import Photo

PHOTO = Photo("a" * 64, "album/a.jpg", 400, 300)
OTHER = Photo("b" * 64, "album/b.png", 200, 100)
ANN = new_person_id()
AT = datetime(2024, 5, 1, tzinfo=UTC)
BASE = "https://example.org/iiif/"


def find_photo(sha256: str, path: str) -> Photo | None:
    return next((p for p in (PHOTO, OTHER) if p.sha256 == sha256 or p.path == path), None)


def written(module: Any, *arguments: Any) -> io.StringIO:
    stream = io.StringIO()
    module.write(arguments[0], stream, *arguments[1:])
    stream.seek(0)
    return stream


whole = st.integers(0, 90)
faces = st.builds(
    ExportedFace,
    st.sampled_from([PHOTO, OTHER]),
    st.tuples(whole, whole, st.integers(1, 10), st.integers(1, 10)),
    person=st.sampled_from(["Ann", "<i>Õnne</i>", 'محمد "x"']),
    person_id=st.just(ANN),
    certainty=st.none() | st.floats(0, 1),
    confirmed=st.just(True),
    author=st.just("eve"),
    decided_at=st.just(AT),
)


@given(st.lists(faces, max_size=5).map(lambda some: sorted(some, key=lambda f: f.photo.sha256)))
def test_iiif_comes_back_in_whole_pixels(given_faces: list[ExportedFace]) -> None:
    found = iiif.read(written(iiif, given_faces, BASE), find_photo)
    assert found.faces == given_faces
    assert found.problems == []


@given(st.lists(faces, max_size=5), st.booleans())
def test_coco_comes_back_without_loss(given_faces: list[ExportedFace], marked: bool) -> None:
    points = tuple((x + 0.125, 2.5) for x in range(5)) if marked else ()
    full = [
        ExportedFace(f.photo, f.box, 0.75, points, 3, f.person, f.person_id, True, 0.5, ("B",))
        for f in given_faces
    ]
    found = coco.read(written(coco, full), find_photo)
    assert found.faces == full
    assert found.problems == []


def test_a_manifest_has_what_the_standards_ask_for() -> None:
    box = (-5, 10.4, 50.2, 70)
    ann = Person(ANN, "Ann", links=("https://viaf.org/viaf/1",))
    named = ExportedFace(PHOTO, box, None, (), None, "Ann", ANN, True, 0.8, (), "eve", AT)
    choice = ExportedFace(PHOTO, (0, 0, 9, 9), person="Ann", alternatives=("Bob", "Cat"))
    manifest = json.load(written(iiif, [named, choice, ExportedFace(PHOTO, box)], BASE, {ANN: ann}))
    assert manifest["@context"][-1] == "http://iiif.io/api/presentation/3/context.json"
    (canvas,) = manifest["items"]
    assert (canvas["type"], canvas["width"], canvas["height"]) == ("Canvas", 400, 300)
    painting = canvas["items"][0]["items"][0]
    assert (painting["motivation"], painting["target"]) == ("painting", canvas["id"])
    first, second, third = canvas["annotations"][0]["items"]
    assert first["motivation"] == ["tagging", "identifying"]
    assert first["target"]["selector"]["value"] == "xywh=0,10,45,70"
    assert first["target"]["source"] == canvas["id"]
    assert first["body"][0]["value"] == "Ann"
    assert [body["source"] for body in first["body"][1:]] == [ann.iri, *ann.links]
    assert first["creator"] == {"type": "Person", "name": "eve"}
    assert first["generator"]["type"] == "Software"
    assert first["certainty"] == 0.8
    assert [body["value"] for body in second["body"][0]["items"]] == ["Ann", "Bob", "Cat"]
    assert third["motivation"] == "tagging"


def test_annotations_of_others_are_understood() -> None:
    page = {
        "type": "AnnotationPage",
        "items": [
            {
                "type": "Annotation",
                "motivation": "identifying",
                "body": {"type": "TextualBody", "value": "Ann"},
                "target": "album/a.jpg#xywh=percent:10,20,30,40",
            },
            {"type": "Annotation", "motivation": "commenting", "target": "album/a.jpg"},
        ],
    }
    (face,) = iiif.read(io.StringIO(json.dumps(page)), find_photo).faces
    assert (face.person, face.box, face.confirmed) == ("Ann", (40, 60, 120, 120), False)


def test_coco_of_another_size_and_with_names_as_categories() -> None:
    document = {
        "images": [{"id": 7, "file_name": "album/a.jpg", "width": 200, "height": 150}],
        "categories": [{"id": 1, "name": "face"}, {"id": 2, "name": "Ann"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40]},
            {"image_id": 7, "category_id": 2, "bbox": [10, 20, 30, 40]},
        ],
    }
    found = coco.read(io.StringIO(json.dumps(document)), find_photo)
    assert [(face.person, face.box) for face in found.faces] == [
        ("", (20, 40, 60, 80)),
        ("Ann", (20, 40, 60, 80)),
    ]


BAD = [
    "",
    "[]",
    '{"type": "Canvas"}',
    '{"type": "Manifest", "items": 3}',
    '{"type": "Manifest", "items": [3]}',
    '{"type": "AnnotationPage", "items": [{"motivation": "identifying", "target": 3}]}',
    '{"type": "AnnotationPage", "items": [{"motivation": "identifying", "body": 3, '
    '"target": "../../etc/passwd#xywh=1,2,3,4"}]}',
    '{"type": "AnnotationPage", "items": [{"motivation": "identifying", "creator": 3, '
    '"target": "album/a.jpg#xywh=1,2,3,4"}]}',
    '{"type": "AnnotationPage", "items": [{"motivation": "identifying", '
    '"target": "album/a.jpg#xywh=1,2,0,4"}]}',
    '{"type": "AnnotationPage", "items": [{"motivation": "identifying", '
    '"target": "album/a.jpg#xywh=1..,2,3,4"}]}',
]


@pytest.mark.parametrize("text", BAD)
def test_iiif_that_makes_no_sense_is_listed(text: str) -> None:
    found = iiif.read(io.StringIO(text), find_photo)
    assert (found.faces, len(found.problems)) == ([], 1)


@pytest.mark.parametrize(
    "document",
    [
        {"annotations": 3},
        {"annotations": [3]},
        {"images": [{"id": "x"}]},
        {"annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]},
        {"images": [{"id": 1}], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]},
        {
            "images": [{"id": 1, "file_name": "album/a.jpg"}],
            "annotations": [{"image_id": 1, "bbox": [1, 2, 1e400, 4]}],
        },
        {
            "images": [{"id": 1, "file_name": "album/a.jpg"}],
            "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4], "attributes": {"person": 3}}],
        },
    ],
)
def test_coco_that_makes_no_sense_is_listed(document: dict[str, Any]) -> None:
    found = coco.read(io.StringIO(json.dumps(document)), find_photo)
    assert (found.faces, len(found.problems)) == ([], 1)
