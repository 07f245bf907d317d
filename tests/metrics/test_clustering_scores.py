"""Clustering scores against independent computations: scikit-learn's, and plain loops."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from sklearn import metrics as sk

from prosopon.metrics.clustering import (
    Contingency,
    matched_accuracy,
    normalised_mutual_information,
    scores,
    silhouette,
    singled_out,
)

KEYS = [
    "faces",
    "clusters",
    "pairwise_precision",
    "pairwise_recall",
    "pairwise_f",
    "bcubed_precision",
    "bcubed_recall",
    "bcubed_f",
    "homogeneity",
    "completeness",
    "v_measure",
    "ari",
    "ami",
]

partitions = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 8), min_size=n, max_size=n),
        st.lists(st.integers(-1, 8), min_size=n, max_size=n),
    )
)


@given(partitions)
def test_agrees_with_scikit_learn(partition):
    truth, labels = partition
    found = scores(truth, labels)
    alone = singled_out(labels)
    assert list(found) == KEYS
    assert found["clusters"] == len(set(alone.tolist()))
    assert found["ari"] == pytest.approx(sk.adjusted_rand_score(truth, alone), abs=1e-9)
    assert found["ami"] == pytest.approx(sk.adjusted_mutual_info_score(truth, alone), abs=1e-7)
    expected = sk.homogeneity_completeness_v_measure(truth, alone)
    got = [found[name] for name in ("homogeneity", "completeness", "v_measure")]
    np.testing.assert_allclose(got, expected, atol=1e-9)
    nmi = sk.normalized_mutual_info_score(truth, alone)
    assert normalised_mutual_information(truth, labels) == pytest.approx(nmi, abs=1e-9)


@given(partitions)
def test_pairwise_agrees_with_a_loop_over_pairs(partition):
    truth, labels = partition
    labels_alone = singled_out(labels).tolist()
    pairs = list(itertools.combinations(range(len(truth)), 2))
    one = [truth[a] == truth[b] for a, b in pairs]
    said = [labels_alone[a] == labels_alone[b] for a, b in pairs]
    right = sum(a and b for a, b in zip(one, said, strict=True))
    found = scores(truth, labels)
    assert found["pairwise_precision"] == pytest.approx(right / sum(said) if any(said) else 1)
    assert found["pairwise_recall"] == pytest.approx(right / sum(one) if any(one) else 1)


@given(partitions)
def test_bcubed_agrees_with_a_loop_over_faces(partition):
    truth, labels = np.array(partition[0]), singled_out(partition[1])
    same = (truth[:, None] == truth) & (labels[:, None] == labels)
    precision = np.mean(same.sum(1) / (labels[:, None] == labels).sum(1))
    recall = np.mean(same.sum(1) / (truth[:, None] == truth).sum(1))
    found = scores(*partition)
    assert found["bcubed_precision"] == pytest.approx(precision)
    assert found["bcubed_recall"] == pytest.approx(recall)


@given(partitions)
def test_matched_accuracy_agrees_with_a_dense_assignment(partition):
    truth, labels = partition
    table = sk.cluster.contingency_matrix(truth, singled_out(labels))
    best = table[linear_sum_assignment(table, maximize=True)].sum() / len(truth)
    assert matched_accuracy(truth, labels) == pytest.approx(best)


@given(partitions, st.permutations(range(9)))
def test_names_of_groups_do_not_matter(partition, names):
    truth, labels = partition
    renamed = [f"person {names[person]}" for person in truth]
    assert scores(renamed, labels) == pytest.approx(scores(truth, labels))


def test_silhouette_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    labels = rng.integers(6, size=200)
    labels[labels == 5] = 100 + np.arange(np.count_nonzero(labels == 5))  # faces alone
    vectors = rng.normal(size=(200, 8)) + 2 * rng.normal(size=(200, 8))[labels % 100]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = sk.silhouette_score(vectors, labels, metric="cosine")
    assert silhouette(vectors, labels) == pytest.approx(expected, abs=1e-6)


def test_perfect_and_useless():
    truth = np.repeat(np.arange(5), 4)
    perfect = scores(truth, truth[::-1])
    assert all(perfect[key] == pytest.approx(1) for key in KEYS[2:])
    useless = scores(truth, np.full(20, -1))
    assert useless["pairwise_recall"] == 0
    assert useless["clusters"] == 20


def test_nothing_to_score():
    empty = scores([], [])
    assert empty["faces"] == 0
    assert empty["pairwise_f"] == 1
    assert matched_accuracy([], []) == 1


def test_lists_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="two lists of one length"):
        Contingency.of([1, 2], [1])


def test_very_many_faces():
    rng = np.random.default_rng(0)
    truth = np.minimum(rng.zipf(1.5, size=200_000), 60_000)
    labels = np.where(rng.random(len(truth)) < 0.9, truth, rng.integers(60_000, size=len(truth)))
    found = scores(truth, labels)
    assert found["ari"] == pytest.approx(sk.adjusted_rand_score(truth, labels))
    assert 0 < found["ami"] < found["v_measure"] < 1
    assert 0.89 < matched_accuracy(truth, labels) < 0.93
