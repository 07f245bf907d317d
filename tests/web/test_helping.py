"""For people who help: names to check, opinions, sheets to print; what a person's page tells."""

import re

import numpy as np
import pytest
from tests.web.visiting import Visitor

from prosopon.collection import checks
from prosopon.collection.describe import save
from prosopon.collection.review import Review, pages, person_page, volunteers
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.metadata import Metadata

pytestmark = pytest.mark.models


@pytest.fixture
def anna(visitor: Visitor, review: Review) -> str:
    """A person named on all faces of the largest cluster."""
    cluster = pages.clusters(review)[0][0].identifier
    return str(visitor.do("name", cluster=cluster, name="Anna")["person"])


def test_names_drawn_at_random_tell_how_many_are_right(
    visitor: Visitor, review: Review, anna: str
) -> None:
    page = visitor.page("/check")
    shown = [int(face) for face in re.findall(r'data-faces="(\d+)"', page)]
    assert len(shown) == min(len(review.view.state.names), volunteers.TO_CHECK)
    visitor.do("check-right", faces=shown[:1], person=anna)
    done = visitor.do("check-wrong", faces=shown[1:2], person=anna)
    found = checks.quality(review.view)
    assert (found.checked, found.right) == (2, 1) and found.low < 0.5 < found.high
    page = visitor.page("/check")
    assert f'data-faces="{shown[0]}"' not in page and "2 names checked, 1 right" in page
    visitor.do("undo", decisions=done["decisions"])
    assert checks.quality(review.view).checked == 1
    assert f'data-faces="{shown[1]}"' in visitor.page("/check")


def test_a_contributors_check_does_not_count(review: Review, visitor: Visitor, anna: str) -> None:
    users = review.collection.users.by("Olga")
    users.add("Olga", "owner")
    users.add("Kati", "contributor")
    face = next(iter(review.view.state.names))
    review.collection.people.by("Kati").check(face, anna, right=False)
    assert checks.quality(review.view).checked == 0
    review.collection.people.by("Olga").check(face, anna, right=True)
    assert checks.quality(review.view).checked == 1


def test_the_sample_is_spread_over_all_names(review: Review, anna: str) -> None:
    rows = checks.sample(review.view, 1000)
    assert set(review.view.faces.face_ids[rows].tolist()) == set(review.view.state.names)
    assert (np.diff(rows) < 0).any()  # not simply the first


def test_a_second_opinion_is_asked_for_and_given(
    visitor: Visitor, another: Visitor, review: Review, anna: str
) -> None:
    face = next(iter(review.view.state.names))
    visitor.do("opinion", faces=[face])
    assert [one.id for one in volunteers.opinions(review)] == [face]
    assert "A second opinion is wanted" in another.page("/check")
    visitor.do("name", faces=[face], person=anna)  # one's own is none
    assert volunteers.opinions(review)
    another.do("yes", faces=[face], person=anna)
    assert not volunteers.opinions(review)


def test_a_sheet_comes_back(visitor: Visitor, review: Review) -> None:
    cells, _ = volunteers.cells(review)
    assert len(cells) > 2 and cells[0].number.startswith("G")
    sheet = visitor.page("/sheets")
    assert all(f"<b>{cell.number}</b>" in sheet for cell in cells)
    group, face = cells[0], cells[1].faces[0].id
    text = f"{group.number}: Anna Tamm\n\n{face} Karl Blom ?\n{cells[2].faces[0].id} -\n"
    done = visitor.do("sheet", text=text, by="Mari")
    view = review.view
    named = {view.persons[place].name: count for place, count in enumerate(view.faces_of)}
    assert named == {"Anna Tamm": group.size, "Karl Blom": 1}
    assert view.doubtful[view.faces.rows([face])[0]]
    assert "contact sheet, filled in by Mari" in visitor.page("/log")
    visitor.do("undo", decisions=done["decisions"])
    assert not review.view.state.names
    wrong = visitor.post("sheet", text="12345678 Anna\nG99999 Karl\nno number")
    assert wrong.status_code == 400 and all(f"line {n}" in wrong.json()["error"] for n in (1, 2, 3))
    assert not review.view.state.names


def test_photographs_with_numbers_to_print(visitor: Visitor, review: Review) -> None:
    found, _ = volunteers.photos(review)
    assert len(found[0].boxes) > 1  # groups come first
    page = visitor.page("/sheets?photos=1")
    assert all(f"<b>{face}</b>" in page for one in found for face, _ in one.boxes)


def test_a_persons_page_tells_when_with_whom_and_from_what(
    visitor: Visitor, another: Visitor, review: Review, anna: str
) -> None:
    person = review.view.person(anna)
    assert person is not None
    rows = np.flatnonzero(review.view.who == 0)
    photo = int(review.view.faces.photo_ids[rows[0]])
    with review.collection.store.begin() as connection:
        save(connection, "catalogue", {photo: Metadata(dates=(("1911", "catalogue"),))})
    about = person_page.about(review, person)
    assert len(about.sources) == len(rows) and {one.author for one in about.sources} == {"Ada"}
    assert (1911, 1) in about.years
    page = visitor.page(f"/people/{anna}")
    assert "Where the names come from" in page and "taken=1911" in page
    face = int(review.view.faces.face_ids[rows[0]])
    another.do("name", faces=[face], name="Bertha")
    (dispute,) = person_page.about(review, person).disputes
    assert [one.name for one, _ in dispute.rivals] == ["Anna", "Bertha"]
    assert "In dispute" in visitor.page(f"/people/{anna}")


def test_two_persons_who_may_be_one_are_suggested(visitor: Visitor, review: Review) -> None:
    faces = [face.id for face in pages.clusters(review)[0][0].faces]
    one = visitor.do("name", faces=faces[::2], name="Anna")["person"]
    other = visitor.do("name", faces=faces[1::2], name="Anne")["person"]
    review.suggestions = work_out(review.collection)
    ((first, second, like),) = review.suggestions.alike(review.view)
    assert {first.id, second.id} == {one, other} and like.probability >= 0.9
    assert "Perhaps one person" in visitor.page("/people")
    apart = visitor.do("apart", one=str(like.faces[0]), other=str(like.faces[1]))
    assert "Perhaps one person" not in visitor.page("/people")
    review.suggestions = work_out(review.collection)
    assert not review.suggestions.merges
    visitor.do("undo", decisions=apart["decisions"])
    visitor.do("unite", kept=first.id, gone=second.id)
    assert [one.faces for one in review.collection.people.list()] == [len(faces)]
