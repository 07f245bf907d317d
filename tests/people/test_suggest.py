"""Suggestions, soft labels, the queue and their calibration, on people whose vectors are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosopon import graph
from prosopon.people import calibration as cal
from prosopon.people import suggest
from prosopon.people.propagation import propagate
from prosopon.people.queue import LARGEST, questions
from prosopon.people.relations import groups_of
from prosopon.people.soft_labels import propagate_labels, similarities_among
from prosopon.people.suggest import Band, SuggestionContext
from prosopon.records import Embeddings, Int64

EACH = 8
NOBODY = np.empty((0, 2), np.int64)
CALIBRATION = cal.shipped("dlib-resnet", 0.94)


def world(people: int = 6, named: dict[int, int] | None = None, seed: int = 0) -> SuggestionContext:
    """People of EACH faces, one after the other; each is one cluster. named : row → person."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, 64))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    noise = rng.normal(size=(people * EACH, 64)) * 0.02
    vectors = np.repeat(centres, EACH, axis=0) + noise
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    n = len(vectors)
    found = graph.build(Embeddings(np.arange(n), vectors, "dlib-resnet"), 20)
    hard = np.full(n, -1, np.int32)
    for row, person in (named or {}).items():
        hard[row] = person
    cluster = np.repeat(np.arange(people, dtype=np.int32), EACH)
    person, confidence = propagate_labels(found, cluster, hard, NOBODY)
    return SuggestionContext(
        vectors=vectors,
        graph=found,
        cluster=cluster,
        person=person,
        confidence=confidence,
        reliable=np.ones(n, bool),
        rejected=NOBODY,
        apart=NOBODY,
        skipped=np.zeros(n, bool),
        face_ids=np.arange(n),
    )


def alone(known: SuggestionContext, *rows: int) -> np.ndarray:
    """Ask about these faces, each by itself."""
    groups = np.full(len(known.person), -1, np.int32)
    groups[list(rows)] = np.arange(len(rows))
    return groups


def two_clusters_of_one_person() -> SuggestionContext:
    """Nobody is named; the first person's faces are in two clusters."""
    known = world()
    cluster = known.cluster.copy()
    cluster[EACH // 2 : EACH] = 6
    return replace(known, cluster=cluster)


def test_a_face_gets_the_name_of_its_neighbours_with_reasons() -> None:
    known = world(named={0: 0, EACH: 1})
    found = suggest.best(suggest.names(known, alone(known, 3, EACH + 3), CALIBRATION))
    assert found.persons.tolist() == [0, 1]
    assert found.face.tolist() == [3, EACH + 3]
    assert (found.bands == Band.TICK).all()
    cosines = known.vectors[found.face] @ known.vectors[found.evidence_face].T
    np.testing.assert_allclose(np.diag(cosines), found.nearest, atol=1e-6)


def test_without_soft_labels_only_what_people_said_speaks() -> None:
    known = world(named={0: 0})
    found = suggest.names(known, alone(known, 3), CALIBRATION, soft=False)
    assert found.evidence_face.tolist() == [0]
    assert found.votes.tolist() == [1]


def test_what_was_rejected_never_comes_back() -> None:
    known = replace(world(named={0: 0}), rejected=np.array([[3, 0]]))
    assert len(suggest.names(known, alone(known, 3), CALIBRATION)) == 0
    assert suggest.names(known, alone(known, 4), CALIBRATION).persons.tolist() == [0]


def test_poor_faces_pull_nobody_along() -> None:
    reliable = np.ones(6 * EACH, bool)
    reliable[1:EACH] = False
    known = replace(world(named={0: 0}), reliable=reliable)
    found = suggest.names(known, alone(known, 3), CALIBRATION)
    assert found.evidence_face.tolist() == [0]  # named by a human, it speaks; the poor ones don't
    halves = replace(two_clusters_of_one_person(), reliable=np.zeros(6 * EACH, bool))
    groups = groups_of(halves.cluster, halves.open)
    assert len(suggest.merges(halves, groups, CALIBRATION)) == 0


def test_two_clusters_of_one_person_are_suggested_until_somebody_says_no() -> None:
    known = two_clusters_of_one_person()
    groups = groups_of(known.cluster, known.open)
    found = suggest.merges(known, groups, CALIBRATION)
    assert {int(found.groups[0]), int(found.persons[0])} == {0, 6}
    told = replace(known, apart=np.array([[0, EACH - 1]]))
    assert len(suggest.merges(told, groups, CALIBRATION)) == len(found) - 1


def test_orders_of_suggestions() -> None:
    made = suggest.SuggestionTable(
        groups=np.array([0, 0, 1]),
        persons=np.array([5, 6, 5]),
        face=np.zeros(3, np.int64),
        evidence_face=np.zeros(3, np.int64),
        nearest=np.array([0.95, 0.97, 0.9], np.float32),
        votes=np.array([4, 1, 2], np.float32),
        probability=np.array([0.8, 0.7, 0.05]),
    )
    assert suggest.best(made).persons.tolist() == [5, 5]
    assert suggest.best(suggest.by_distance(made)).persons.tolist() == [6, 5]
    assert suggest.best(suggest.by_votes(made)).persons.tolist() == [5, 5]
    assert made.bands.tolist() == [Band.ASK, Band.ASK, Band.HIDE]


def test_similar_compares_with_every_face() -> None:
    known = world()
    found, cosines = suggest.similar(known.vectors, np.array([0]), np.arange(1, 48), EACH)
    assert set(found[: EACH - 1].tolist()) == set(range(1, EACH))
    assert (np.diff(cosines) <= 0).all()


def test_soft_labels_are_those_of_the_cluster_alone() -> None:
    known = world(named={0: 0, 1: 1, EACH: 2})
    rows = np.arange(EACH)
    hard = np.full(EACH, -1, np.int32)
    hard[:2] = [0, 1]
    expected = propagate(similarities_among(known.graph, rows), hard)
    np.testing.assert_array_equal(known.person[2:EACH], expected[2:].argmax(axis=1))
    np.testing.assert_allclose(known.confidence[2:EACH], expected[2:].max(axis=1), atol=1e-6)
    assert (known.person[2 * EACH :] == -1).all()
    assert known.confidence[EACH + 1 : 2 * EACH].max() < 1  # 1 is for hard labels


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.integers(0, 47), st.integers(0, 5), max_size=20), st.data())
def test_every_open_face_is_in_one_question(named: dict[int, int], data: st.DataObject) -> None:
    skipped = np.zeros(48, bool)
    skipped[data.draw(st.lists(st.integers(0, 47), max_size=5))] = True
    known = replace(world(named=named), skipped=skipped)
    asked = questions(known, CALIBRATION)
    faces = [face for question in asked for face in question.faces]
    assert sorted(faces) == np.flatnonzero(known.open).tolist()
    assert all(len(question.faces) <= LARGEST for question in asked)
    gains = [question.gain for question in asked]
    assert gains == sorted(gains, reverse=True)


def test_the_queue_asks_first_what_settles_most() -> None:
    known = two_clusters_of_one_person()
    asked = questions(known, CALIBRATION)
    (both,) = [question for question in asked if 0 in question.faces]
    assert sorted(both.faces) == list(range(EACH))  # two clusters in one question
    assert both.person == ""
    small = np.where(np.arange(len(known.person)) < EACH + 2, known.cluster, -1)  # the rest alone
    asked = questions(replace(known, cluster=small.astype(np.int32)), CALIBRATION)
    assert asked[0].faces != (len(small) - 1,)
    assert len(asked[0].faces) >= EACH // 2
    begun = world(named={0: 4})
    (second,) = [q for q in questions(begun, CALIBRATION) if 3 in q.faces]
    assert second.person == "4"
    assert sorted(second.faces) == list(range(1, EACH))


def test_fitted_probabilities_mean_probability() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 3))
    truth = 1 / (1 + np.exp(-(features @ [2.0, -1.0, 0.0] - 1)))
    right = rng.random(len(truth)) < truth
    made = cal.fit(features[:10_000], right[:10_000])
    assert np.abs(made.probability(features) - truth).max() < 0.05
    bins = cal.reliability(made.probability(features[10_000:]), right[10_000:])
    assert sum(count for *_, count in bins) == 10_000
    assert cal.expected_error(bins) < 0.02
    always = cal.reliability(np.full(100, 0.9), np.arange(100) < 50)
    assert cal.expected_error(always) == pytest.approx(0.4)


def test_the_shipped_calibration_is_reliable_and_says_where_it_comes_from() -> None:
    assert CALIBRATION.benchmark
    for bins in CALIBRATION.reliability.values():
        assert cal.expected_error(bins) < 0.02
    assert cal.from_json(cal.to_json(CALIBRATION)) == CALIBRATION
    assert cal.shipped("another", 0.6).threshold == 0.6


@pytest.mark.parametrize(("right", "sign"), [(True, 1), (False, -1)])
def test_answers_move_the_prior(right: bool, sign: int) -> None:
    features = np.zeros((50, len(CALIBRATION.merges.coefficients)))
    moved = CALIBRATION.shifted(features, np.full(50, right))
    assert (moved.merges.intercept - CALIBRATION.merges.intercept) * sign > 0
    none: Int64 = np.empty(0, bool)
    same = CALIBRATION.shifted(features[:0], none)
    assert same.merges.intercept == pytest.approx(CALIBRATION.merges.intercept, abs=1e-3)
