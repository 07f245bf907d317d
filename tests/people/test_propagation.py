"""Label propagation: equal to scikit-learn's, and what that one does not have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.semi_supervised import LabelPropagation

from prosopon.people.propagation import majority, parts, propagate

SCALE = 0.05


def cosines(seed: int, faces: int, neighbours: int) -> csr_array:
    """The nearest pairs of random unit vectors, one way, as a graph holds them."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0.6, 0.3, (faces, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -1)
    kept = np.argsort(-similar, axis=1)[:, :neighbours]
    sparse = np.zeros_like(similar)
    np.put_along_axis(sparse, kept, np.take_along_axis(similar, kept, 1), 1)
    return csr_array(sparse)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(5, 40), st.integers(2, 4))
def test_equals_scikit_learn(seed: int, faces: int, names: int) -> None:
    graph = cosines(seed, faces, neighbours=faces - 1)
    hard = np.full(faces, -1, np.int32)
    hard[:names] = np.arange(names)
    dense = graph.maximum(graph.T).toarray()
    kernel = np.where(dense > 0, np.exp((dense - 1) / SCALE), 0)
    theirs = LabelPropagation(kernel=lambda *_: kernel, max_iter=100_000, tol=1e-12)
    theirs.fit(np.arange(faces)[:, None], hard)
    ours = propagate(graph, hard, scale=SCALE)
    np.testing.assert_allclose(ours, theirs.label_distributions_, atol=1e-5)


def test_a_sparse_graph_gives_means_of_neighbours() -> None:
    graph = cosines(3, faces=300, neighbours=5)
    hard = np.full(300, -1, np.int32)
    hard[[0, 100, 200]] = [0, 1, 2]
    soft = propagate(graph, hard, scale=SCALE)
    both = graph.maximum(graph.T)
    both.data = np.exp((both.data - 1) / SCALE)
    means = both @ soft / both.sum(axis=1)[:, None]
    np.testing.assert_allclose(soft[hard < 0], means[hard < 0], atol=1e-6)
    np.testing.assert_array_equal(soft[hard >= 0], np.eye(3))


def test_two_hard_labels_split_a_cluster_where_it_is_thin() -> None:
    ring = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    graph = np.zeros((7, 7))
    for a, b in ring:
        graph[a, b] = 0.8 if (a, b) == (2, 3) else 0.97
    hard = np.array([0, -1, -1, -1, -1, 1, -1], np.int32)
    soft = propagate(csr_array(graph), hard)
    assert parts(soft, hard).tolist() == [0, 0, 0, 1, 1, 1, -1]
    assert soft[6].tolist() == [0, 0]


def test_one_label_reaches_all_that_are_connected() -> None:
    hard = np.full(50, -1, np.int32)
    hard[7] = 0
    soft = propagate(cosines(1, 50, 10), hard)
    np.testing.assert_allclose(soft, 1, atol=1e-6)


def test_a_rejected_name_neither_stays_nor_passes_on() -> None:
    chain = np.diag(np.full(3, 0.97), 1)
    hard = np.array([0, -1, -1, -1], np.int32)
    rejected = np.zeros((4, 1), bool)
    rejected[1] = True
    soft = propagate(csr_array(chain), hard, rejected=rejected)
    assert soft[:, 0].tolist() == [1, 0, 0, 0]


def test_poor_faces_are_named_but_name_nobody() -> None:
    chain = np.diag(np.full(3, 0.97), 1)
    hard = np.array([0, -1, -1, -1], np.int32)
    reliable = np.array([True, False, True, True])
    soft = propagate(csr_array(chain), hard, reliable=reliable)
    np.testing.assert_allclose(soft[:, 0], [1, 0.5, 0, 0], atol=1e-6)
    hard[1] = 0
    soft = propagate(csr_array(chain), hard, reliable=reliable)
    np.testing.assert_allclose(soft[:, 0], 1, atol=1e-6)


@pytest.mark.parametrize("faces", [0, 1])
def test_nothing_named(faces: int) -> None:
    hard = np.full(faces, -1, np.int32)
    soft = propagate(csr_array((faces, faces)), hard)
    assert soft.shape == (faces, 0)
    assert parts(soft, hard).tolist() == [-1] * faces


def linked(size: int, *pairs: tuple[int, int]) -> csr_array:
    graph = np.zeros((size, size))
    for a, b in pairs:
        graph[a, b] = 0.97
    return csr_array(graph)


def test_majority_spreads_a_name_and_a_tie_goes_to_the_name_that_people_gave() -> None:
    hard = np.array([0, -1, -1, -1], np.int32)
    chain = linked(4, (0, 1), (1, 2), (2, 3))
    for seed in range(20):
        soft = majority(chain, hard, seed=seed)
        assert soft[1, 0] > 0, "its two neighbours' labels are equally frequent; one is a name"
        np.testing.assert_array_equal(soft[0], [1])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(6, 30))
def test_majority_ends_where_each_face_has_a_most_frequent_name(seed: int, faces: int) -> None:
    graph = cosines(seed, faces, neighbours=4)
    hard = np.full(faces, -1, np.int32)
    hard[:2] = [0, 1]
    soft = majority(graph, hard, seed=seed)
    both = (graph.maximum(graph.T).toarray() > 0).astype(float)
    names = np.where(soft.max(axis=1) > 0, soft.argmax(axis=1), -1)
    assert (names[:2] == [0, 1]).all() and ((soft > 0).sum(axis=1) <= 1).all()
    for row in np.flatnonzero((hard < 0) & (names >= 0)).tolist():
        votes = [(both[row] * (names == name)).sum() for name in range(2)]
        assert votes[names[row]] == max(votes)


def test_majority_leaves_faces_without_neighbours_alone() -> None:
    soft = majority(linked(3, (0, 1)), np.array([0, -1, -1], np.int32))
    np.testing.assert_array_equal(soft, [[1], [1], [0]])
