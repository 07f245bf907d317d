"""CSV and JSON: what is written is read again, whatever names people have."""

import csv
import io
import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosopon.errors import UsageError
from prosopon.exchange import ExportedFace, csv_table, json_document
from prosopon.persons import Person, is_nobody, new_person_id
from prosopon.records import Photo

PHOTO = Photo("a" * 64, 'album/=1+1, "x".jpg', 400, 300)
TEN = "path,sha256,x,y,width,height,score,landmarks,cluster,person"


def find_photo(sha256: str, path: str) -> Photo | None:
    return PHOTO if sha256 == PHOTO.sha256 or path == PHOTO.path else None


numbers = st.floats(-10_000, 10_000)
sizes = st.floats(0.001, 10_000)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).filter(
    lambda name: not name or not is_nobody(name)
)
points = st.tuples(numbers, numbers)
faces = st.builds(
    ExportedFace,
    st.just(PHOTO),
    st.tuples(numbers, numbers, sizes, sizes),
    score=st.none() | st.floats(-3, 3),
    landmarks=st.just(()) | st.tuples(*[points] * 5),
    cluster=st.none() | st.integers(0, 2**31),
    person=names | st.sampled_from(["=HYPERLINK(1)", "'=1", "''-", "محمد", "é́", "<b>'; DROP"]),
    person_id=st.just("") | st.builds(new_person_id),
    confirmed=st.booleans(),
    certainty=st.none() | st.floats(0, 1),
    alternatives=st.lists(names, max_size=3).map(tuple),
    author=names,
    decided_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    other_paths=st.lists(names, max_size=2).map(tuple),
)


@given(st.lists(faces, max_size=5))
def test_csv_comes_back_without_loss(written: list[ExportedFace]) -> None:
    stream = io.StringIO(newline="")
    csv_table.write(written, stream)
    stream.seek(0)
    found = csv_table.read(stream, find_photo)
    assert found.problems == []
    assert found.faces == written


@given(st.lists(faces, max_size=5))
def test_json_comes_back_without_loss(written: list[ExportedFace]) -> None:
    people = [
        Person(new_person_id(), "Ain Õun", variants=("A. Õ.",), born="1871~", note="two\nlines")
    ]
    decisions = [{"kind": "note", "text": "…"}]
    stream = io.StringIO()
    json_document.write(written, stream, people, decisions)
    stream.seek(0)
    found = json_document.read(stream, find_photo)
    assert (found.faces, found.people, found.decisions) == (written, people, decisions)
    assert found.problems == []


def test_csv_has_the_plain_columns_first_and_guards_formulas() -> None:
    stream = io.StringIO(newline="")
    csv_table.write([ExportedFace(PHOTO, (1, 2, 3.5, 4), score=1.0, person="=cmd()")], stream)
    header, row = stream.getvalue().splitlines()
    assert header.startswith(TEN)
    assert ",1.0,2.0,3.5,4.0,1.0,,,'=cmd()," in row


def test_csv_made_by_hand_needs_only_place_and_name() -> None:
    table = "path,x,y,width,height,person\n" + f'"{PHOTO.path}",1,2,3,4,Ann\n'.replace(
        '"x"', '""x""'
    )
    (face,) = csv_table.read(io.StringIO(table), find_photo).faces
    assert (face.photo, face.box, face.person) == (PHOTO, (1, 2, 3, 4), "Ann")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("elsewhere.jpg,1,2,3,4", "not in this collection"),
        (f"{'a' * 64},1,2,-3,4", "positive width"),
        (f"{'a' * 64},1,2,nan,4", "width: input should be a finite number"),
        (f"{'a' * 64},1e999,2,3,4", "x: input should be a finite number"),
        (f"{'a' * 64},1,2", "width: field required"),
        (f"{'a' * 64},one,2,3,4", "x: input should be a valid number"),
    ],
)
def test_csv_rows_that_make_no_sense_are_listed_and_the_rest_is_read(
    row: str, problem: str
) -> None:
    table = f"sha256,x,y,width,height\n{row}\n{'a' * 64},1,2,3,4\n"
    found = csv_table.read(io.StringIO(table), find_photo)
    assert len(found.faces) == 1
    assert len(found.problems) == 1
    assert found.problems[0].startswith("line 2: ")
    assert problem in found.problems[0]


def test_another_table_is_refused() -> None:
    found = csv_table.read(io.StringIO("name,age\nAnn,3\n"), find_photo)
    assert found.faces == []
    assert "columns x, y, width, height" in found.problems[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"prosopon": 99}',
        '{"prosopon": {}}',
        "[" * 100_000,
        '"' + "9" * 10_000,
        "9" * 10_000,
    ],
)
def test_json_that_is_no_export_is_refused_with_a_reason(text: str) -> None:
    found = json_document.read(io.StringIO(text), find_photo)
    assert found.faces == []
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("faces", {"sha256": "a" * 64, "x": 1, "y": 1, "width": 1e400, "height": 1}),
        ("faces", {"sha256": ["a"], "x": 1, "y": 1, "width": 1, "height": 1}),
        ("faces", {"path": "../../etc/passwd", "x": 1, "y": 1, "width": 1, "height": 1}),
        ("faces", 7),
        ("people", {"id": "1", "name": "Ann"}),
        ("people", {"id": new_person_id(), "name": "x" * 10_000}),
        ("people", {"id": new_person_id(), "name": "Ann", "links": ["no iri"]}),
        ("decisions", "text"),
    ],
)
def test_json_entries_that_make_no_sense_are_listed(name: str, entry: object) -> None:
    document = json.dumps({"prosopon": 1, name: [entry]})
    found = json_document.read(io.StringIO(document), find_photo)
    assert (found.faces, found.people, found.decisions) == ([], [], [])
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"{name}[0]: ")


@pytest.mark.parametrize(
    "field",
    [
        {"name": ""}, {"name": "x" * 501}, {"name": "nul\x00"}, {"name": "half \ud800"},
        {"born": "yesterday"}, {"died": "1871-13"}, {"links": ("javascript",)}, {"id": "../x"},
    ],
)  # fmt: skip
def test_what_no_person_can_be_is_refused(field: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Person(**{"id": new_person_id(), "name": "Ann", **field})


def test_names_in_any_script_have_one_form() -> None:
    assert Person(new_person_id(), "  Jo\u0308rg \t ").name == "Jörg"
    assert Person(new_person_id(), "שָׁלוֹם").name


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_spreadsheets(delimiter: str) -> None:
    half = "0,5" if delimiter != "," else "0.5"
    rows = [("path", "x", "y", "width", "height", "person"), (PHOTO.path, half, 1, 20, 30, "Ann")]
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    stream.seek(0)
    found = csv_table.read(stream, find_photo, delimiter)
    assert [(face.box, face.person) for face in found.faces] == [((0.5, 1, 20, 30), "Ann")]


@pytest.mark.parametrize(
    "called", ["Unknown", "unbekannt", "?", "UNKNOWN.", "Неизвестный", "N. N."]
)
def test_who_is_unknown_is_nobody(called: str) -> None:
    stream = io.StringIO(f"sha256,x,y,width,height,person\n{PHOTO.sha256},1,1,9,9,{called}\n")
    (face,) = csv_table.read(stream, find_photo).faces
    assert face.person == ""
