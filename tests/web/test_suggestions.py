"""Suggestions on the pages: what is proposed, what an answer does, what never comes back."""

import multiprocessing
import re
import time
from collections.abc import Callable

import pytest
from tests.web.visiting import Visitor

from prosopon.collection.describe import save
from prosopon.collection.review import Review, pages, questions
from prosopon.collection.review.suggestion_worker import work_out, working
from prosopon.metadata import Metadata
from prosopon.people import Kind

pytestmark = pytest.mark.models


@pytest.fixture
def half(visitor: Visitor, review: Review) -> tuple[str, list[int]]:
    """A person with two named faces, and the other faces of that cluster."""
    faces = [face.id for face in pages.clusters(review)[0][0].faces]
    anna = visitor.do("name", faces=faces[:2], name="Anna")["person"]
    review.suggestions = work_out(review.collection)
    return str(anna), faces[2:]


def proposed(page: str) -> set[int]:
    """Faces with a proposal on a page."""
    return {int(face) for face in re.findall(r'data-faces="(\d+)"[^>]*data-person', page)}


def test_the_rest_of_a_cluster_is_proposed(
    visitor: Visitor, review: Review, half: tuple[str, list[int]]
) -> None:
    anna, rest = half
    asked = next(one for one in questions.ask(review) if one.suggestion)
    assert asked.suggestion is not None and asked.suggestion.person == anna
    assert {face.id for face in asked.faces} >= set(rest)
    assert {face.id for face in asked.known} == set(review.view.state.names)
    assert proposed(visitor.page(f"/people/{anna}")) >= set(rest)
    assert "% sure" in visitor.page("/clusters")
    photo = next(face.photo for face in asked.faces if face.id == rest[0])
    assert rest[0] in proposed(visitor.page(f"/photos/{photo}"))


def test_a_yes_is_an_entry_that_says_what_was_suggested(
    visitor: Visitor, review: Review, half: tuple[str, list[int]]
) -> None:
    anna, rest = half
    visitor.do("yes", faces=rest, person=anna)
    assert "suggested, probability" in visitor.page("/log")
    assert not proposed(visitor.page(f"/people/{anna}")) & set(rest)
    assert all(one.suggestion is None for one in questions.ask(review))  # though the hints are old


def test_a_no_is_final(visitor: Visitor, review: Review, half: tuple[str, list[int]]) -> None:
    anna, rest = half
    cluster = pages.clusters(review)[0]
    (number,) = (one.identifier for one in cluster if one.known)
    visitor.do("no", cluster=number, person=anna)
    for _ in range(2):  # at once, and after everything has been worked out anew
        for address in ("/questions", "/clusters", f"/clusters/{number}", f"/people/{anna}"):
            page = visitor.page(address)
            assert not proposed(page) & set(rest)
            assert f'data-post="yes" data-of="ticked" data-person="{anna}"' not in page
        review.suggestions = work_out(review.collection)


def test_proposals_follow_a_person_who_is_merged_into_another(
    visitor: Visitor, review: Review, half: tuple[str, list[int]]
) -> None:
    anna, rest = half
    anne = visitor.do("create", name="Anne")["person"]
    visitor.do("merge", kept=anne, other={"person": anna})
    assert proposed(visitor.page(f"/people/{anne}")) >= set(rest)


def test_a_date_that_speaks_against_a_proposal_is_told(
    visitor: Visitor, review: Review, half: tuple[str, list[int]]
) -> None:
    anna, _ = half
    dated = Metadata(dates=(("1960-05-01", "catalogue"),))
    with review.collection.store.begin() as connection:
        save(connection, "catalogue", dict.fromkeys(review.collection.photos, dated))
    assert "but died" not in visitor.page(f"/people/{anna}")
    visitor.do("edit", person=anna, name="Anna", died="1930")
    page = visitor.page(f"/people/{anna}")
    proposed_part, _, named_part = page.partition('id="faces"')
    assert "taken 1960, but died 1930" in proposed_part
    assert "taken 1960, but died 1930" in named_part


def test_the_overview_leads_to_questions_as_long_as_there_are_any(
    visitor: Visitor, review: Review
) -> None:
    assert "Begin here" in visitor.page("/")
    for number, cluster in enumerate(pages.clusters(review)[0]):
        _, *others = (face.id for face in cluster.faces)
        visitor.do("name", faces=others, name=f"Person {number}")
    review.suggestions = work_out(review.collection)
    assert "Go on" in visitor.page("/")
    for question in questions.ask(review, count=100):
        visitor.do("later", question=question.key)
    assert "Nothing left to ask" in visitor.page("/")


def test_nobody_restricted_is_proposed(
    visitor: Visitor, review: Review, half: tuple[str, list[int]]
) -> None:
    anna, _ = half
    visitor.do("edit", person=anna, name="Anna", restricted=True)
    for address in ("/", "/questions", "/clusters", "/leftovers", "/photos/1"):
        assert "Anna" not in visitor.page(address)
    review.suggestions = work_out(review.collection)
    assert all(hint.person != anna for hint in review.suggestions.faces.values())


def test_a_face_split_off_is_not_proposed_for_the_rest(visitor: Visitor, review: Review) -> None:
    first, *rest = [face.id for face in pages.clusters(review)[0][0].faces]
    somebody = visitor.do("split", faces=[first], others=rest)["person"]
    review.suggestions = work_out(review.collection)
    hints = {face: hint.person for face, hint in review.suggestions.faces.items()}
    assert all(hints.get(face) != somebody for face in rest)
    assert all(cluster.suggestion is None for cluster in pages.clusters(review)[0])


def test_questions_put_clusters_apart(visitor: Visitor, review: Review) -> None:
    """A question on several clusters shows each by itself, to be un-ticked as a whole."""
    labels = review.view.faces.labels
    review.suggestions = work_out(review.collection)
    for question in questions.ask(review):
        for group in question.groups:
            rows = review.view.faces.rows([face.id for face in group])
            assert len(group) == 1 or len(set(labels[rows].tolist())) == 1


def test_where_everybody_is_named_nothing_is_asked(visitor: Visitor, review: Review) -> None:
    view = review.view
    visitor.do("name", faces=view.faces.face_ids[view.open].tolist(), name="Anna")
    assert not review.view.open.any()
    assert work_out(review.collection).questions == []


def test_suggestions_are_kept_up_to_date_beside_the_pages(visitor: Visitor, review: Review) -> None:
    faces = [face.id for face in pages.clusters(review)[0][0].faces]
    with working(review):
        assert eventually(lambda: bool(review.suggestions.questions))
        assert not review.suggestions.faces
        visitor.do("name", faces=faces[:2], name="Anna")
        assert eventually(lambda: faces[2] in review.suggestions.faces)
    assert multiprocessing.active_children() == []
    assert {entry.kind for entry in review.view.log} == {
        Kind.CREATE,
        Kind.NAME,
    }  # nobody asked for more


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.1)
    return False
