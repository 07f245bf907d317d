"""Catalogues as archives keep them: read, matched with photographs, and what they lead to."""

import csv
from pathlib import Path

import pytest

from prosopon import config
from prosopon.collection.collection import Collection
from prosopon.collection.describe import described
from prosopon.errors import UsageError
from prosopon.exchange import catalogue_table
from prosopon.people.decisions import MACHINE
from prosopon.store import open_store

HEADER = ("path", "title", "date", "persons", "place")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_as_spreadsheets_write_them(delimiter: str) -> None:
    lines = [HEADER, ("a/b.jpg", "'=1+1", "ca. 1938", "Anna Tamm| Mari |", "Tartu"), ("",) * 5]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    assert catalogue_table.is_catalogue(text)
    found = catalogue_table.read(text)
    (row,) = found.rows
    assert (row.path, row.said.title, row.said.place) == ("a/b.jpg", "=1+1", "Tartu")
    assert row.said.persons == ("Anna Tamm", "Mari")
    assert row.said.dates == (("1938~", "catalogue"),)
    assert found.problems == []


def test_lines_that_say_nothing_of_a_photograph_are_told() -> None:
    found = catalogue_table.read("path,date\n,1938\na.jpg,soon\n")
    assert ["line 2" in found.problems[0], "line 3" in found.problems[1]] == [True, True]
    assert [row.path for row in found.rows] == ["a.jpg"]
    assert not catalogue_table.is_catalogue("path,x,y,width,height,person\n")
    assert not catalogue_table.is_catalogue("a,b\n")
    assert not catalogue_table.is_catalogue("x" * 200_000)  # longer than a cell may be


@pytest.mark.parametrize(
    "text",
    [
        "Photographs, 2024;;\r\n\r\npath;caption;persons\r\na.jpg;x;A B\r\n",
        "path,caption,persons\ra.jpg,x,A B\r",
        "\n\n Path , CAPTION,Persons,\na.jpg,x,A B,\n,,,\n",
    ],
)
def test_titles_empty_lines_and_old_line_ends(text: str) -> None:
    assert catalogue_table.is_catalogue(text)
    found = catalogue_table.read(text)
    assert [(row.path, row.said.caption, row.said.persons) for row in found.rows] == [
        ("a.jpg", "x", ("A B",))
    ]
    assert found.problems == []


@pytest.mark.parametrize(
    ("cell", "persons"),
    [
        ("Tamm, Anna; Kask, Mari", ("Tamm, Anna", "Kask, Mari")),
        ("Anna Tamm\nMari Kask", ("Anna Tamm", "Mari Kask")),
        ("Anna Tamm, Mari Kask", ("Anna Tamm", "Mari Kask")),
        ("Tamm, Anna", ("Tamm, Anna",)),
        ("Unknown|?|N.N.|tundmatu naine|Anna", ("Anna",)),
    ],
)
def test_persons_as_people_write_them(cell: str, persons: tuple[str, ...]) -> None:
    (row,) = catalogue_table.read(f'path,persons\na.jpg,"{cell}"\n').rows
    assert row.said.persons == persons


def test_what_is_passed_over_in_a_table_is_told() -> None:
    found = catalogue_table.read("path,caption\na.jpg,Anna, Mari and Jaan\nb.jpg,ok\nc.jpg\n")
    assert [row.path for row in found.rows] == ["b.jpg", "c.jpg"]
    assert [problem.partition(":")[0] for problem in found.problems] == ["line 2"]
    found = catalogue_table.read('path,caption\na.jpg,"never closed\nb.jpg,x\n')
    assert "line 2: a quotation mark" in found.problems[0]
    assert "no rows" in catalogue_table.read("path,caption\n").problems[0]
    assert "persons" in catalogue_table.read("path,persons,persons\na.jpg,A,B\n").problems[0]
    (row,) = catalogue_table.read("path,caption\na.jpg,x\0y\n").rows
    assert row.said.caption == "x y"


def opened(name: Path, **settings: str) -> Collection:
    return Collection(
        open_store(str(name), create=False), config.load(collection=str(name), **settings)
    )


@pytest.mark.models
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_catalogue_describes_photographs(encoding: str, collection: Path, tmp_path: Path) -> None:
    with opened(collection, code_pattern=r"(.+?)(_verso)?") as one:
        photos = sorted(one.photos.items(), key=lambda each: each[1].path)
        first, second = photos[0], photos[1]
        code = Path(second[1].path).stem.upper().replace("-", ".").replace("_", ".")
        table = tmp_path / "catalogue.csv"
        text = (
            "path;code;caption;date;persons\n"
            f"{Path(first[1].path).name};;Õun ja Tamm;1938-07;Mari Õun|Anna Tamm\n"
            f";{code};;1930s;\n"
            "nowhere.jpg;;x;;\n"
        )
        table.write_text(text, encoding=encoding)
        done = one.import_(table)
        assert done.described == 2
        assert "nowhere.jpg" in done.problems[0]
        said = described(one.view)
        assert said[first[0]].caption == "Õun ja Tamm"
        assert said[first[0]].persons == ("Mari Õun", "Anna Tamm")
        taken = said[second[0]].taken
        assert taken is not None
        assert (taken.date.edtf, taken.source.value) == ("193X", "catalogue")
    with opened(collection, code_pattern="(") as one, pytest.raises(UsageError, match="code_patt"):
        one.import_(table)


@pytest.mark.models
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"path,caption\n",
        b"path,caption\nD:\\x\\nowhere.jpg,A\n",
        b"path,caption\na.jpg,\xd5un\n",
        b"PK\x03\x04",
    ],
)
def test_a_catalogue_of_which_nothing_can_be_read(
    content: bytes, collection: Path, tmp_path: Path
) -> None:
    table = tmp_path / "catalogue.csv"
    table.write_bytes(content)
    with opened(collection) as one:
        done = one.import_(table)
        assert done.nothing_read
        assert "catalogue.csv" in done.problems[0]


@pytest.mark.models
def test_captions_name_faces_and_people_overrule_them(collection: Path, tmp_path: Path) -> None:
    """The album's files tell who is in them; the catalogue says it with a stranger each time."""
    with opened(collection) as one:
        names = {number: Path(photo.path).parent.name for number, photo in one.photos.items()}
        everybody = sorted(set(names.values()))
        rows = [
            f"{photo.path},{names[number]} Tamm|{everybody[number % len(everybody)]} Tamm"
            for number, photo in one.photos.items()
        ]
        table = tmp_path / "catalogue.csv"
        table.write_text("path,persons\n" + "\n".join(rows), encoding="utf-8")
        one.import_(table)
        suggested = one.suggest_from_captions()
        assert suggested
        assert all(each.name.endswith(" Tamm") for each in suggested)
        done = one.name_from_captions(accept=0.5)
        assert done.faces > 0
        view = one.view
        face, who = next(iter(view.state.names.items()))
        assert who.by_machine
        assert {entry.author for entry in view.log} == {MACHINE}
        one.export(tmp_path / "out.catalogue.csv")
        with (tmp_path / "out.catalogue.csv").open(encoding="utf-8", newline="") as stream:
            listed = list(csv.DictReader(stream))
        assert any(row["named_by_machine"] for row in listed)
        assert all(row["named_by_machine"] == row["persons"] for row in listed)
        one.people.by("Ada").name([face], "Somebody Else")
        assert not one.view.state.conflicts
        (person,) = one.view.state.names[face].persons
        assert one.view.state.people[person].name == "Somebody Else"
        one.export(tmp_path / "faces.csv")
        decided = (tmp_path / "faces.csv").read_text("utf-8")
        assert ",machine" in decided
        assert ",person" in decided
        again = one.name_from_captions(accept=0.5)
        assert one.view.state.names[face].persons == (person,)
        assert again.people == []


@pytest.mark.models
def test_restricted_and_forgotten_persons_are_in_no_catalogue(
    collection: Path, tmp_path: Path
) -> None:
    with opened(collection) as one:
        photo = next(iter(one.photos.values()))
        table = tmp_path / "catalogue.csv"
        table.write_text(
            f"path,persons,caption\n{photo.path},Anna Kask|Mari,Anna Kask in 1938\n",
            encoding="utf-8",
        )
        one.import_(table)
        people = one.people.by("Ada")
        person = people.name([int(one.view.faces.face_ids[-1])], "Anna Kask").person
        people.change(person, restricted=True)
        one.export(tmp_path / "out.catalogue.csv")
        assert "Kask" not in (tmp_path / "out.catalogue.csv").read_text("utf-8")
        people.change(person, restricted=False)
        one.forget(person)
        assert b"Anna Kask" not in collection.read_bytes()
