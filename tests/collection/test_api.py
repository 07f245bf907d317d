"""The Python side: the page about it runs, results print, single models take any picture."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import prosopon
from prosopon.collection.history import Step
from prosopon.collection.models import pixels_of
from prosopon.collection.person_list import PersonSummary
from prosopon.errors import ProsoponError, UsageError
from prosopon.persons import Person, new_person_id
from prosopon.synthetic import Album
from prosopon.tables import Table

PAGE = Path(__file__).parents[2] / "docs/api.md"


def blocks() -> list[tuple[str, str]]:
    """The examples of the page, each with the packages that it needs."""
    found = re.findall(
        r"(?:<!-- needs: ([^>]*) -->\n)?```python\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    assert len(found) > 5
    return found


@pytest.mark.models
def test_the_examples_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for needs, code in blocks():
        for package in filter(None, needs.split(", ")):
            pytest.importorskip(package)
        exec(compile(code, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out
    assert "Anna Tamm" in printed and "faces named Anna Tamm" in printed
    assert (tmp_path / "people.html").stat().st_size > 10_000


PEOPLE = Table(
    PersonSummary(Person(new_person_id(), f"Person <{number}>"), 1000 * number, None)
    for number in range(30)
)


def test_a_table_prints_and_is_drawn() -> None:
    lines = str(PEOPLE).splitlines()
    assert lines[0].split()[:2] == ["person_id", "person_name"]
    assert len(lines) == 22 and lines[-1] == "… and 10 more"
    assert "Person <3>" in str(PEOPLE) and "3,000" in str(PEOPLE)
    assert "Person &lt;3&gt;" in PEOPLE._repr_html_() and "<3>" not in PEOPLE._repr_html_()
    assert str(Table()) == "nothing" and PEOPLE[1:3] == list(PEOPLE)[1:3]


def test_a_table_goes_to_pandas_and_arrow() -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    steps = Table([Step(1, "a", "Ada", datetime(2024, 5, 1, tzinfo=UTC), "1 face: Anna", True)])
    frame = steps.to_pandas()
    assert frame.loc[0, "author"] == "Ada" and frame["at"].dt.year[0] == 2024
    assert PEOPLE.to_arrow().column("person_name").to_pylist()[2] == "Person <2>"
    assert list(PEOPLE.to_pandas()["faces"])[:3] == [0, 1000, 2000]


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ProsoponError, match=r"prosopon-archive\[tables\]"):
        PEOPLE.to_pandas()


GREY = np.arange(12 * 10, dtype=np.uint8).reshape(12, 10)


def test_pictures_of_any_kind_give_the_same_pixels(tmp_path: Path) -> None:
    colour = np.repeat(GREY[..., None], 3, axis=2)
    Image.fromarray(colour).save(tmp_path / "a.png")
    alpha = np.dstack([colour, np.full_like(GREY, 255)])
    for picture in (
        *(GREY, colour, np.asfortranarray(colour), str(tmp_path / "a.png"), tmp_path / "a.png"),
        *(Image.fromarray(GREY), Image.fromarray(colour), Image.fromarray(alpha)),
    ):
        np.testing.assert_array_equal(pixels_of(picture), colour)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (GREY.astype(np.float64), r"shape \(12, 10\) of float64"),
        (np.zeros((4, 4, 4), np.uint8), r"shape \(4, 4, 4\) of uint8"),
        (np.zeros((0, 4, 3), np.uint8), "expected|has shape"),
        ([[1, 2], [3, 4]], "got list"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(picture: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        pixels_of(picture)


@pytest.mark.models
def test_single_models(album: Album) -> None:
    file = next((album.folder / "images").iterdir())
    detector, embedder = prosopon.detector("yunet"), prosopon.embedder("dlib-resnet")
    found = detector.find(file)
    with Image.open(file) as picture:
        again = detector.find(picture)
        chips = embedder.cut(picture, again)
    np.testing.assert_array_equal(found.boxes, again.boxes)
    assert len(found) >= 1 and chips.shape == (len(found), *embedder.chip_size, 3)
    vectors = embedder.embed(chips)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = embedder.embed(Image.fromarray(chips[0]))
    np.testing.assert_allclose(alone[0], vectors[0], atol=1e-5)
    with pytest.raises(UsageError, match="takes chips of 150×150 pixels, got 10×12"):
        embedder.embed(GREY)
    assert embedder.embed([]).shape[0] == 0
