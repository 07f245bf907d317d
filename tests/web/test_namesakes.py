"""Persons of one name are told apart wherever names are chosen; faces in dispute are not asked
about."""

import re

import pytest
from tests.web.visiting import Visitor

from prosopon.collection.review import Review, pages, questions
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.collection.selection import PersonRef

pytestmark = pytest.mark.models


@pytest.fixture
def namesakes(review: Review) -> dict[str, str]:
    """Two persons of one name, of whom one has dates, and one of another: born → identifier."""
    people = review.collection.people.by("Ada")
    first, second, third = pages.clusters(review)[0][:3]
    anna = people.name([face.id for face in first.faces], "Anna Tamm").person
    other = people.name([face.id for face in second.faces], PersonRef("", "Anna Tamm", True)).person
    people.change(anna, born="1871")
    people.name([face.id for face in third.faces], "Mari Kask")
    return {"1871": anna, "": other}


def test_the_names_used_last_show_face_dates_and_number(
    visitor: Visitor, review: Review, namesakes: dict[str, str]
) -> None:
    page = visitor.page("/questions")
    for born, person in namesakes.items():
        (button,) = set(
            re.findall(rf'<button[^>]*data-person="{person}" [^>]*data-k.*?</button>', page)
        )
        assert "<img" in button and re.search(r"\d faces?</small>", button)
        assert ("1871" in button) == (born == "1871")
    (mari,) = set(
        re.findall(r"<button[^>]*data-k[^>]*>(?:(?!</button>).)*Mari Kask.*?</button>", page)
    )
    assert "<img" not in mari and "<small" not in mari  # there is one of this name


def test_the_list_of_persons_of_a_filter_tells_them_apart(
    visitor: Visitor, namesakes: dict[str, str]
) -> None:
    page = visitor.page("/photos")
    shown = set(re.findall(r">(Anna Tamm[^<]*|Mari Kask[^<]*)</option>", page))
    assert "Mari Kask" in shown and len(shown) == 3
    assert any("1871" in one for one in shown) and "Anna Tamm" not in shown


def test_a_face_in_dispute_is_not_asked_about_nor_offered(
    visitor: Visitor, another: Visitor, review: Review
) -> None:
    cluster = pages.clusters(review)[0][0]
    faces = [face.id for face in cluster.faces]
    disputed = faces[0]
    visitor.do("name", faces=faces[:2], name="Anna Tamm")
    another.do("name", faces=[disputed], name="Mari Kask")
    assert review.view.state.conflicts and disputed not in review.view.state.names
    review.suggestions = work_out(review.collection)
    asked = {f.id for one in questions.ask(review, count=50, by="Cleo") for f in one.faces}
    assert asked and disputed not in asked
    anna = review.collection.people.find("Anna Tamm")
    offered = pages.perhaps(review, anna)
    assert offered and disputed not in {face.id for face in offered}
    page = visitor.page(f"/people/{anna.id}")
    assert f'data-key="x{disputed}"' in page  # but shown with both who it may be
    assert {"It is <bdi>Anna Tamm</bdi>", "It is <bdi>Mari Kask</bdi>"} <= set(
        re.findall(r"It is <bdi>[\w ]+</bdi>", page)
    )
