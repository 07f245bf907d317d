"""Faces alone in pairs: what is ticked or named is one person, the others are two."""

import os

import pytest
from tests.web.browsers import CHROMIUM, launched
from tests.web.visiting import Visitor

from prosopon.collection.review import Review, pairs
from prosopon.collection.review.suggestions import Suggestions
from prosopon.people.doubtful import DoubtfulPair

pytestmark = pytest.mark.models


@pytest.fixture
def faces(review: Review) -> list[int]:
    """Seven faces, of which the first has a name."""
    faces: list[int] = review.view.faces.face_ids[:7].tolist()
    review.collection.people.by("Ada").name(faces[:1], "Anna Tamm")
    anna = review.collection.people.find("Anna Tamm")
    review.suggestions = Suggestions(
        pairs=[
            DoubtfulPair(faces[1], faces[0], anna.id, anna.name, 0.2),
            DoubtfulPair(faces[2], faces[0], anna.id, anna.name, 0.2),
            DoubtfulPair(faces[3], faces[4], "", "", 0.1),
            DoubtfulPair(faces[5], faces[6], "", "", 0.1),
        ]
    )
    return faces


def test_a_page_of_pairs_is_answered_at_once(
    visitor: Visitor, review: Review, faces: list[int]
) -> None:
    page = visitor.page("/pairs")
    assert page.count("data-pair=") == 4 and "both are" in page
    anna = review.collection.people.find("Anna Tamm").id
    said = [
        {"face": faces[1], "other": faces[0], "known": anna, "same": True},
        {"face": faces[2], "other": faces[0], "known": anna, "same": False},
        {"face": faces[3], "other": faces[4], "same": False, "name": "Mari Kask"},
        {"face": faces[5], "other": faces[6], "same": False},
    ]
    done = visitor.do("compare", pairs=said)
    assert "2 pairs" in done["message"]
    state = review.view.state
    mari = review.collection.people.find("Mari Kask").id
    assert state.names[faces[1]].persons == (anna,)
    assert anna in state.rejected[faces[2]]
    assert {state.names[face].persons for face in faces[3:5]} == {(mari,)}
    assert tuple(sorted(faces[5:7])) in set(state.cannot_link)
    assert pairs.pairs(review) == []
    assert "No pairs" in visitor.page("/pairs")
    visitor.do("undo", decisions=done["decisions"])
    assert len(pairs.pairs(review)) == 4


def test_a_pair_may_be_one_person_whom_nobody_knows(
    visitor: Visitor, review: Review, faces: list[int]
) -> None:
    visitor.do("compare", pairs=[{"face": faces[3], "other": faces[4], "same": True}])
    assert tuple(sorted(faces[3:5])) in set(review.view.state.must_link)
    assert len(pairs.pairs(review)) == 3


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: chromium)")
def test_ticks_and_names_in_a_browser(review: Review, faces: list[int], served: str) -> None:
    with launched("chromium") as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 850})
        page.goto(f"{served}/pairs")
        page.locator("html.js").wait_for()
        page.get_by_label("both are Anna Tamm").first.check()
        page.get_by_label("Who both are").first.fill("Mari Kask")
        page.keyboard.press("Enter")  # only takes the name
        assert page.locator("[data-pair]").count() == 4
        if os.environ.get("SHOT"):
            page.screenshot(path=os.environ["SHOT"], full_page=True)
        page.get_by_role("button", name="Done").click()
        page.get_by_text("No pairs to compare").wait_for()
    state = review.view.state
    mari = review.collection.people.find("Mari Kask").id
    assert {state.names[face].persons for face in faces[3:5]} == {(mari,)}
    assert faces[1] in state.names and faces[2] not in state.names
