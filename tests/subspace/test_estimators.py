"""The steps that need no network: filter, spectral clustering, number of clusters, consensus."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_blobs, make_circles
from sklearn.decomposition import NMF
from sklearn.utils.estimator_checks import parametrize_with_checks

from prosopon.errors import UsageError
from prosopon.metrics.clustering import matched_accuracy
from prosopon.subspace import (
    OneFactorFilter,
    SparseSpectralClustering,
    WeightedMetaClustering,
    between_ratio,
    choose_n_clusters,
)
from prosopon.subspace.spectral import ONE_SIDED, mutual_affinity, self_tuning_affinity


@parametrize_with_checks([OneFactorFilter(), SparseSpectralClustering(3, affinity="mutual")])
def test_keeps_the_conventions_of_scikit_learn(estimator, check):
    check(estimator)


def test_filter_drops_what_one_factor_explains():
    random = np.random.default_rng(0)
    brightness = random.uniform(1, 2, (200, 1))
    common = brightness * random.uniform(0.5, 1, (1, 6))
    own = random.uniform(0, 2, (200, 6))
    chosen = OneFactorFilter().fit(np.hstack([common, own])).get_support()
    assert chosen.tolist() == [False] * 6 + [True] * 6


def test_filter_agrees_with_iterative_factorisation():
    X = np.random.default_rng(1).gamma(2, size=(80, 12))
    factors = NMF(1, max_iter=5000, tol=1e-6, random_state=0).fit(X)
    expected = np.abs(X - factors.transform(X) @ factors.components_).sum(axis=0)
    assert OneFactorFilter().fit(X).errors_ == pytest.approx(expected, rel=1e-3)


def test_filter_works_group_by_group():
    X = np.random.default_rng(2).gamma(2, size=(50, 12))
    together = OneFactorFilter(groups=3).fit_transform(X)
    apart = [OneFactorFilter().fit_transform(part) for part in np.hsplit(X, 3)]
    assert together == pytest.approx(np.hstack(apart))


@pytest.mark.parametrize("wrong", [{"keep": 0}, {"keep": 1.5}, {"groups": 5}])
def test_filter_refuses(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OneFactorFilter(**wrong).fit(np.ones((4, 12)))


@pytest.mark.parametrize("n", [400, 1500])  # solved densely, and sparsely
@pytest.mark.parametrize("affinity", ["self-tuning", "mutual"])
def test_spectral_clustering_separates_rings(n, affinity):
    X, truth = make_circles(n, factor=0.4, noise=0.03, random_state=0)
    found = SparseSpectralClustering(2, affinity=affinity, random_state=0).fit_predict(X)
    assert matched_accuracy(truth, found) == 1


def test_spectral_clustering_agrees_with_the_dense_original():
    X, _ = make_blobs(300, centers=4, cluster_std=1.2, random_state=3)
    ours = SparseSpectralClustering(4, random_state=0).fit_predict(X)
    dense = SpectralClustering(4, gamma=0.5, random_state=0).fit_predict(X)
    assert matched_accuracy(dense, ours) > 0.97


def test_spectral_eigenvalues_count_the_components():
    X, _ = make_blobs(900, centers=3, cluster_std=0.2, random_state=0)
    model = SparseSpectralClustering(3, n_eigenvectors=5, random_state=0).fit(X)
    assert np.allclose(model.eigenvalues_[:3], 1)
    assert model.eigenvalues_[3] < 0.999
    assert np.allclose(np.linalg.norm(model.embedding_, axis=1), 1)


def test_embedding_has_the_dimensions_asked_for_and_no_more_than_points():
    X = np.random.default_rng(0).normal(size=(12, 3))
    assert SparseSpectralClustering(3, n_eigenvectors=6).fit(X).embedding_.shape == (12, 6)
    assert SparseSpectralClustering(3, n_eigenvectors=60).fit(X).embedding_.shape == (12, 12)


def test_affinities_weigh_pairs_as_they_say():
    X = np.array([[0.0], [1.0], [1.5], [9.0]], np.float32)
    mutual = mutual_affinity(X, 1).toarray()
    expected = np.zeros((4, 4))
    expected[1, 2] = expected[2, 1] = 1
    expected[0, 1] = expected[1, 0] = expected[2, 3] = expected[3, 2] = ONE_SIDED
    assert mutual == pytest.approx(expected)
    tuned = self_tuning_affinity(X, 2).toarray()
    widths = [1.5, 1.0, 1.5, 8.0]  # to the second, here the last neighbour
    assert tuned[0, 1] == pytest.approx(np.exp(-1 / (widths[0] * widths[1])))
    assert tuned == pytest.approx(tuned.T)
    assert not tuned.diagonal().any()


def test_spectral_clustering_takes_points_that_coincide():
    X = np.repeat([[0.0, 0.0], [5.0, 5.0]], 30, axis=0)
    found = SparseSpectralClustering(2, random_state=0).fit_predict(X)
    assert matched_accuracy(np.repeat([0, 1], 30), found) == 1


def test_spectral_clustering_refuses_fewer_points_than_clusters():
    with pytest.raises(ValueError, match="n_clusters: expected 1 to 4"):
        SparseSpectralClustering(5).fit(np.eye(4))


def test_spectral_clustering_refuses_an_unknown_affinity():
    with pytest.raises(ValueError, match="affinity: expected self-tuning or mutual, got 'rbf'"):
        SparseSpectralClustering(2, affinity="rbf").fit(np.eye(4))


def test_ratio_is_the_share_of_the_variance_between_clusters():
    X = np.array([[0.0], [2.0], [10.0], [12.0]])
    assert between_ratio(X, np.array([0, 0, 1, 1])) == pytest.approx(100 / 104)
    assert between_ratio(X, np.zeros(4)) == pytest.approx(0, abs=1e-12)
    assert between_ratio(X, np.arange(4)) == pytest.approx(1)
    assert between_ratio(np.ones((4, 2)), np.arange(4)) == 0


@pytest.mark.parametrize("k", [3, 5, 8])
def test_finds_the_number_of_clear_clusters(k):
    centres = 20 * np.eye(10)[:k]
    X, _ = make_blobs(1200, centers=centres, random_state=0)
    assert choose_n_clusters(X, subsamples=3, size=400, random_state=0) == k


def test_number_of_clusters_wants_enough_samples():
    with pytest.raises(UsageError, match="from 1 to 9"):
        choose_n_clusters(np.eye(9))


def noisy_partitions(truth: NDArray[np.int64], runs: int, share: float) -> NDArray[np.int64]:
    """Partitions (n, runs) under names of their own, a share of the labels replaced at random."""
    random = np.random.default_rng(0)
    k = truth.max() + 1
    columns = []
    for run in range(runs):
        labels = random.permutation(k)[truth] + 100 * run
        wrong = random.random(len(truth)) < share
        columns.append(np.where(wrong, random.integers(0, k, len(truth)) + 100 * run, labels))
    return np.column_stack(columns)


def test_consensus_is_better_than_its_parts_and_knows_where_it_is_sure():
    truth = np.arange(600) % 5
    partitions = noisy_partitions(truth, 15, 0.4)
    model = WeightedMetaClustering(5).fit(partitions)
    parts = [matched_accuracy(truth, column) for column in partitions.T]
    assert matched_accuracy(truth, model.labels_) > 0.98 > max(parts)
    assert model.confidence_.mean() == pytest.approx(0.68, abs=0.03)  # 0.6 + 0.4 / 5
    sure = model.confidence_ > np.median(model.confidence_)
    assert matched_accuracy(truth[sure], model.labels_[sure]) == 1


def test_consensus_of_equal_runs_is_the_run():
    run = np.array([3, 3, 7, 7, 7, 9])
    model = WeightedMetaClustering().fit(np.column_stack([run, run, run]))
    assert matched_accuracy(run, model.labels_) == 1
    assert (model.confidence_ == 1).all()
    assert model.labels_.dtype == np.int32


@given(
    st.integers(2, 5).flatmap(
        lambda runs: st.lists(
            st.lists(st.integers(0, 3), min_size=runs, max_size=runs), min_size=3, max_size=30
        )
    )
)
@settings(max_examples=60, deadline=None)
def test_weights_are_those_of_the_definition(rows):
    """The contingency tables give Σⱼ sᵢⱼ(1 − sᵢⱼ) without the n × n matrix s."""
    X = np.array(rows)
    s = (X[:, None] == X[None]).mean(axis=2)
    expected = (s * (1 - s)).sum(axis=1)
    expected = expected / max(expected.max(), 1e-12) + 0.01
    assert WeightedMetaClustering().fit(X).weights_ == pytest.approx(expected, abs=1e-6)


def test_consensus_ignores_the_names_of_clusters():
    truth = np.arange(200) % 4
    partitions = noisy_partitions(truth, 7, 0.3)
    renamed = partitions.copy()
    renamed[:, 2] = 1000 - renamed[:, 2]
    labels = [WeightedMetaClustering(4).fit(p).labels_ for p in (partitions, renamed)]
    assert matched_accuracy(*labels) == 1


def test_the_largest_ratio_over_other_clusterings() -> None:
    """Sums of squares follow from the clusters that are handed in."""
    X = np.repeat(np.eye(4, dtype=np.float32), 30, axis=0)
    X += np.random.default_rng(0).normal(0, 0.01, X.shape).astype(np.float32)
    asked = []

    def cluster(sample: np.ndarray, k: int) -> np.ndarray:
        asked.append(k)
        nearest = sample.argmax(axis=1)
        return nearest if k == 4 else np.minimum(nearest, min(k, 3) - 1)

    found = choose_n_clusters(
        X, range(2, 7), subsamples=2, size=100, cluster=cluster, by="largest", random_state=0
    )
    assert found == 4
    assert sorted(set(asked)) == [2, 3, 4, 5, 6]
