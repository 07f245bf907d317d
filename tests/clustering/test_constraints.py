"""Constraints on pairs of faces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosopon import clustering, graph
from prosopon.clustering import Constraints
from prosopon.clustering.edges import distances_among
from prosopon.errors import UsageError
from prosopon.metrics.clustering import scores, singled_out
from prosopon.records import Embeddings

IDS = 500 + np.arange(30)

pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=8)


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(12, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return graph.build(Embeddings(IDS[:12], vectors, "test"), 4)


@settings(max_examples=150, deadline=None)
@given(pairs, pairs, st.lists(st.integers(-1, 3), min_size=12, max_size=12))
def test_whatever_the_labels_the_constraints_hold(small, must, cannot, labels):
    try:
        constraints = Constraints(IDS[:12], np.array(must), np.array(cannot))
    except UsageError:
        return  # contradictory; see below
    before = np.array(labels, np.int32)
    after = constraints.enforced(before, lambda rows: distances_among(small, rows))
    for a, b in must:
        assert after[a] == after[b] >= 0
    for a, b in cannot:
        assert after[a] != after[b] or after[a] == -1
    untouched = ~np.isin(before, before[np.unique([*must, *cannot]).astype(int)])
    np.testing.assert_array_equal(after[untouched], before[untouched])


def test_a_split_follows_the_strongest_similarities():
    angles = np.array([0, 5, 10, 15, 60, 65, 70, 75])
    vectors = np.column_stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))])
    faces = graph.build(Embeddings(np.arange(8), vectors, "test"), 7)
    apart = Constraints(np.arange(8), cannot_link=np.array([[1, 6]]))
    labels = apart.enforced(np.zeros(8, np.int32), lambda rows: distances_among(faces, rows))
    assert len(set(labels[:4].tolist())) == len(set(labels[4:].tolist())) == 1
    assert labels[0] != labels[7]


def test_contradictions_are_named():
    with pytest.raises(UsageError, match="faces 500 and 503 are said to be two persons"):
        Constraints(IDS, np.array([[0, 1], [1, 2], [2, 3]]), np.array([[4, 5], [0, 3]]))


def test_a_face_that_is_not_itself_is_a_contradiction():
    with pytest.raises(UsageError, match="faces 507 and 507"):
        Constraints(IDS, cannot_link=np.array([[7, 7]]))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(-1, 2), min_size=12, max_size=12),
    st.lists(st.integers(-1, 3), min_size=12, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_one_name_is_one_cluster_and_two_names_are_two(small, names, labels, ignored):
    names, ignored = np.array(names, np.int32), np.array(ignored)
    ignored &= names < 0
    constraints = Constraints(IDS[:12], names=names, ignored=ignored)
    for known in (
        constraints,
        constraints.restricted(np.arange(11, -1, -1)).restricted(IDS[:12] - 500),
    ):
        turned = slice(None) if known is constraints else slice(None, None, -1)
        before = np.array(labels, np.int32)[turned]
        after = known.enforced(before, lambda rows: distances_among(small, rows))
        named, group = names[turned] >= 0, singled_out(after)
        same_name = np.equal.outer(names[turned], names[turned])
        both = np.logical_and.outer(named, named)
        assert (np.equal.outer(group, group)[both] == same_name[both]).all()
        assert (after[ignored[turned]] == -1).all()


def test_ignored_faces_and_other_names_leave_the_graph(small):
    names = np.full(12, -1, np.int32)
    first, second, third = 0, *small.neighbours[0, :2].tolist()
    names[[first, second]] = [0, 1]
    ignored = np.arange(12) == third
    graph_left = Constraints(IDS[:12], names=names, ignored=ignored).applied(small)
    assert not {second, third} & set(graph_left.neighbours[first].tolist())
    assert (graph_left.neighbours[third] == -1).all()
    assert third not in graph_left.neighbours


def test_two_names_for_one_person_are_a_contradiction():
    names = np.full(30, -1, np.int32)
    names[[1, 3]] = [7, 8]
    with pytest.raises(UsageError, match="face 50[13] has one name"):
        Constraints(IDS, np.array([[1, 2], [2, 3]]), names=names)


@pytest.mark.parametrize("row", [-1, 30])
def test_rows_that_do_not_exist_are_refused(row):
    with pytest.raises(UsageError, match=f"must_link: row {row} is none of the 30 faces"):
        Constraints(IDS, np.array([[0, row]]))


def test_faces_of_one_photo_are_kept_apart_unless_very_similar(touching):
    """Two persons who look alike, photographed together, and a person beside a mirror."""
    everybody = touching.graph
    first = int(np.argmax(everybody.similarities[:, 0] < 0.97))
    second = int(everybody.neighbours[first, 0])
    photos = np.arange(len(touching))
    photos[second] = photos[first]
    together = Constraints(everybody.face_ids, photos=photos, overrule=0.99).applied(everybody)
    assert second not in together.neighbours[first]
    assert first not in together.neighbours[second]
    mirror = Constraints(everybody.face_ids, photos=photos, overrule=0.5).applied(everybody)
    np.testing.assert_array_equal(mirror.neighbours, everybody.neighbours)
    known = Constraints(
        everybody.face_ids, np.array([[first, second]]), photos=photos, overrule=0.99
    )
    assert known.applied(everybody).neighbours[first, 0] == second


def test_photos_help(touching):
    rng = np.random.default_rng(0)
    photos = np.full(len(touching), -1)
    photo = 0
    waiting = rng.permutation(len(touching)).tolist()
    while len(waiting) > 10:  # eight persons in each photo, as on a group photograph
        people: dict[int, int] = {}
        for row in waiting:
            if len(people) < 8:
                people.setdefault(int(touching.persons[row]), row)
        photos[list(people.values())] = photo
        waiting = [row for row in waiting if row not in people.values()]
        photo += 1
    photos[photos < 0] = photo + np.arange(np.count_nonzero(photos < 0))
    constraints = Constraints(touching.graph.face_ids, photos=photos, overrule=0.99)
    loose = clustering.make("map-equation", threshold=0.88)
    without = scores(touching.persons, loose.fit(touching.graph).labels_)
    with_them = scores(touching.persons, loose.fit(touching.graph, constraints=constraints).labels_)
    assert with_them["pairwise_precision"] > without["pairwise_precision"]
    assert with_them["bcubed_f"] >= without["bcubed_f"]


def test_constraints_of_some_rows():
    everyone = Constraints(IDS, np.array([[0, 1], [5, 6]]), np.array([[1, 9]]), np.arange(30) // 3)
    some = everyone.restricted(np.array([9, 1, 0, 5]))
    assert some.face_ids.tolist() == [509, 501, 500, 505]
    assert some.must_link.tolist() == [[2, 1]]
    assert some.cannot_link.tolist() == [[1, 0]]
    assert some.photos is not None
    assert some.photos.tolist() == [3, 0, 0, 1]
