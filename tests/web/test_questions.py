"""Questions: the odd face first, both kinds, how many are left and for how long."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.web.visiting import Visitor

from prosopon.collection.review import Review, pages, questions
from prosopon.collection.review.pace import pace, remaining
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.people import Decision, Kind
from prosopon.people.queue import alternating
from prosopon.people.suggestion import Question

pytestmark = pytest.mark.models


def test_the_face_least_like_the_others_comes_first(review: Review) -> None:
    review.suggestions = work_out(review.collection)
    made = review.view.faces.embeddings
    for asked in questions.ask(review):
        for group in asked.groups:
            rows = np.searchsorted(made.face_ids, [face.id for face in group])
            every = np.searchsorted(made.face_ids, [face.id for face in asked.faces])
            alike = made.vectors[rows] @ made.vectors[every].mean(axis=0)
            assert (np.diff(alike) >= -1e-6).all()


def test_before_anything_is_suggested_the_loosest_face_comes_first(review: Review) -> None:
    asked = questions.ask(review)[0]
    rows = review.view.faces.rows(face.id for face in asked.faces)
    loose = dict(
        zip(review.view.faces.face_ids[rows], review.view.faces.membership[rows], strict=True)
    )
    shown = [loose[face.id] for face in asked.faces]
    assert shown == sorted(shown)


def test_what_is_left_counts_every_question(visitor: Visitor, review: Review) -> None:
    for _ in range(2):  # before and after suggestions have come
        left, asked = remaining(review, "Ada"), questions.ask(review, count=1000)
        assert left.questions == len(asked)
        assert left.faces == sum(len(one.faces) for one in asked)
        review.suggestions = work_out(review.collection)
    assert re.search("questions? left", visitor.page("/questions"))
    visitor.do("later", question=questions.ask(review)[0].key)
    assert remaining(review, "Ada").questions == left.questions - 1
    cluster = pages.clusters(review)[0][0]
    visitor.do("name", cluster=cluster.identifier, name="Anna")
    assert remaining(review, "Ada").faces < left.faces


def test_the_pace_is_that_of_the_last_answers_without_pauses() -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    person = "00000000-0000-4000-8000-000000000000"

    def log(*seconds: float, author: str = "Ada") -> list[Decision]:
        return [
            Decision(author, kind, persons=(person,), changes={"name": "x"}, at=at)
            for at in (start + timedelta(seconds=second) for second in seconds)
            for kind in (Kind.CREATE, Kind.EDIT)  # of one answer
        ]

    assert pace(log(0, 10, 20, 4000, 4010), "Ada") == 10
    assert pace(log(0, 10, 20), "Ada") is None  # too few to tell
    assert pace(log(0, 10, 20, 30, author="Ben"), "Ada") is None


def test_both_kinds_of_question_come_up() -> None:
    asked = [Question((n,), gain=100 - n) for n in range(10)]
    asked += [Question((n,), person="x", gain=50 - n) for n in range(10, 14)]
    mixed = alternating(asked)
    kinds = [bool(one.person) for one in mixed]
    assert sorted(mixed, key=lambda one: one.faces) == sorted(asked, key=lambda one: one.faces)
    assert kinds == [False, False, True] * 4 + [False] * 2
    assert [one.gain for one in mixed if not one.person] == [100 - n for n in range(10)]
