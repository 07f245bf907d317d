"""Weights as in the papers, and silhouettes that know where the groups are."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import silhouette_score

from prosopon.attributes.grouping import (
    check_clusters,
    equal_vectors,
    points,
    reach,
    silhouette,
    silhouette_study,
    weights,
)
from prosopon.errors import UsageError


@pytest.fixture
def three_groups() -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1]])
    return np.concatenate([centre + rng.normal(0, 0.05, (40, 3)) for centre in centres])


def test_weights_are_the_papers() -> None:
    shares = [0.1, 0.5, 0.8]
    np.testing.assert_allclose(weights(shares, "common"), [0.3, 0.7, 1.0])
    np.testing.assert_allclose(weights(shares, "rare"), [1.0, 0.6, 0.3])
    np.testing.assert_allclose(weights(shares, "even"), 1)


def test_weights_scale_the_points_and_must_fit() -> None:
    np.testing.assert_allclose(points([[1, 2], [3, 4]], [0, 2]), [[0, 4], [0, 8]])
    for wrong in ([1], [1, -1], [1, np.nan]):
        with pytest.raises(UsageError, match="weights"):
            points([[1, 2]], wrong)


def test_silhouette_is_highest_at_the_true_number(three_groups: np.ndarray) -> None:
    rows = silhouette_study(
        three_groups,
        {
            "k-means": lambda k: KMeans(k, n_init=3, random_state=0),
            "complete": lambda k: AgglomerativeClustering(
                k, linkage="complete", metric="manhattan"
            ),
        },
        {"DBSCAN": DBSCAN(eps=0.3, min_samples=3)},
        sizes=(2, 5),
    )
    assert rows[0]["method"] == "DBSCAN"
    assert rows[0]["clusters"] == 3
    for method in ("k-means", "complete"):
        curve = {row["k"]: row["silhouette"] for row in rows if row["method"] == method}
        assert sorted(curve) == [2, 3, 5], "DBSCAN's number is given to the others"
        assert max(curve, key=lambda k: curve[k]) == 3
        assert curve[3] > 0.85


def test_silhouette_of_degenerate_clusterings_is_nan(three_groups: np.ndarray) -> None:
    count = len(three_groups)
    assert np.isnan(silhouette(three_groups, np.zeros(count)))
    assert np.isnan(silhouette(three_groups, np.arange(count)))
    assert np.isnan(silhouette(three_groups, np.full(count, -1)))
    assert np.isnan(silhouette(three_groups[:1], [0]))


def test_degenerate_clusterings_have_no_row(three_groups: np.ndarray) -> None:
    everything = DBSCAN(eps=100, min_samples=1)
    rows = silhouette_study(three_groups, {}, {"DBSCAN": everything}, [])
    assert rows == []


def test_the_linkages_own_metric_is_taken(three_groups: np.ndarray) -> None:
    def made(metric: str) -> AgglomerativeClustering:
        return AgglomerativeClustering(3, linkage="complete", metric=metric)

    found = {
        metric: silhouette_study(three_groups, {metric: lambda k, m=metric: made(m)}, {}, [3])
        for metric in ("euclidean", "manhattan")
    }
    labels = made("manhattan").fit(three_groups).labels_
    expected = silhouette_score(three_groups, labels, metric="manhattan")
    assert found["manhattan"][0]["silhouette"] == pytest.approx(expected, abs=1e-5)
    assert found["manhattan"][0]["silhouette"] != found["euclidean"][0]["silhouette"]


def test_equal_vectors_are_groups_with_a_silhouette_of_one() -> None:
    present = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], bool)
    groups = equal_vectors(present)
    assert groups[0] == groups[1] != groups[2] == groups[3]
    assert groups[4] == -1
    assert silhouette(present, groups) == pytest.approx(4 / 5)


def test_noise_lowers_the_silhouette(three_groups: np.ndarray) -> None:
    labels = np.repeat([0, 1, 2], 40)
    noisy = labels.copy()
    noisy[::4] = -1
    assert 0 < silhouette(three_groups, noisy) < silhouette(three_groups, labels)


def test_large_tables_are_sampled() -> None:
    rng = np.random.default_rng(0)
    table = np.concatenate([rng.normal(0, 0.1, (6000, 2)), rng.normal(3, 0.1, (6000, 2))])
    assert silhouette(table, np.repeat([0, 1], 6000)) > 0.9


def test_more_clusters_than_faces_are_refused() -> None:
    check_clusters(3, 3)
    with pytest.raises(UsageError, match="expected 1 to 3, the number of faces, got 4"):
        check_clusters(4, 3)


def test_a_range_beyond_the_faces_is_left_out(three_groups: np.ndarray) -> None:
    rows = silhouette_study(
        three_groups[:4], {"k-means": lambda k: KMeans(k, n_init=1)}, {}, range(2, 50)
    )
    assert [row["k"] for row in rows] == [2, 3]


def test_reach_is_the_distance_at_which_groups_hang_together(three_groups: np.ndarray) -> None:
    eps = reach(three_groups, 5)
    labels = DBSCAN(eps=2 * eps, min_samples=5).fit(three_groups).labels_
    assert len(set(labels[labels >= 0])) == 3
    assert reach([[0.0], [3.0]], 1) == 3
    assert reach(np.zeros((9, 2)), 3) > 0
    assert reach(np.zeros((1, 2)), 3) > 0
