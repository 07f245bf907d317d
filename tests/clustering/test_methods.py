"""What every method must do, and what each must find."""

import networkit as nk
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from sklearn import cluster as sk
from sklearn.utils.estimator_checks import check_estimator

from prosopon import clustering, graph
from prosopon.clustering import METHODS, Constraints
from prosopon.errors import ProsoponError
from prosopon.metrics.clustering import scores
from prosopon.records import Embeddings

SETTINGS = {
    "dbscan": {"eps": 0.28},
    "map-equation": {"threshold": 0.94},
    "label-propagation": {"threshold": 0.94},
    "chinese-whispers": {"threshold": 0.94},
    "threshold": {"threshold": 0.94},
    "agglomerative": {"distance_threshold": 0.06},
    "mean-shift": {"bandwidth": 0.25},
    "first-neighbours": {"threshold": 0.94},
    "k-means": {"n_clusters": 25},
    "spectral": {"n_clusters": 25},
    "conditional-pairwise": {"threshold": 0.94},
    "approximate-rank-order": {"threshold": 0.6, "k": 10},
    "rank-order": {"threshold": 7.0},
}
CHECKED = {  # scikit-learn's checks hold zero vectors and three blobs of fifty points
    "agglomerative": {"metric": "euclidean", "n_clusters": 3},
    "approximate-rank-order": {"k": 10},
    "hdbscan": {"min_cluster_size": 10},
    "mean-shift": {"bandwidth": 1.0},
    "k-means": {"n_clusters": 3},
}


def fit(name, faces, constraints=None, **parameters):
    method = METHODS[name]
    data = faces.graph if method.takes == "graph" else faces.embeddings
    return method.make(**parameters).fit(data, constraints=constraints).labels_


@pytest.mark.parametrize("name", METHODS)
def test_finds_persons_who_are_far_apart(name, apart):
    labels = fit(name, apart, **SETTINGS.get(name, {}))
    assert labels.shape == (len(apart),)
    assert labels.dtype == np.int32
    assert labels.min() >= -1
    assert scores(apart.persons, labels)["pairwise_f"] > 0.94


@pytest.mark.parametrize("name", METHODS)
def test_gives_the_same_again(name, touching):
    parameters = SETTINGS.get(name, {})
    threads = nk.getMaxNumberOfThreads()
    first, second = (fit(name, touching, **parameters) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert nk.getMaxNumberOfThreads() == threads


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_faces(name, n):
    same = np.tile(np.eye(1, 8, dtype=np.float32), (n, 1))
    embeddings = Embeddings(np.arange(n), same, "test")
    data = graph.build(embeddings, 10) if METHODS[name].takes == "graph" else embeddings
    labels = METHODS[name].make().fit(data).labels_
    assert labels.shape == (n,)
    identical_are_one = not {"k-means", "spectral", "approximate-rank-order", "rank-order"} & {name}
    if identical_are_one and n > 1:
        assert len(set(labels.tolist())) == 1


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].takes == "graph"])
def test_no_faces(name):
    empty = Embeddings(np.empty(0, np.int64), np.empty((0, 8), np.float32), "test")
    assert len(METHODS[name].make().fit(graph.build(empty)).labels_) == 0


@pytest.mark.parametrize("name", METHODS)
def test_follows_scikit_learns_conventions(name):
    check_estimator(METHODS[name].make(**CHECKED.get(name, {})))


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].takes == "graph"])
def test_graph_methods_take_arrays_of_any_scale(name, touching):
    method = METHODS[name].make(**SETTINGS.get(name, {}))
    expected = method.fit(graph.build(touching.embeddings, 80)).labels_
    scale = np.random.default_rng(0).uniform(1, 9, (len(touching), 1))
    labels = method.fit(touching.embeddings.vectors * scale).labels_
    assert scores(expected, labels)["pairwise_f"] > 0.999


@pytest.mark.parametrize("min_samples", [1, 2, 4, 8])
@pytest.mark.parametrize("eps", [0.15, 0.2, 0.24])
def test_dbscan_is_scikit_learns(touching, eps, min_samples):
    labels = fit("dbscan", touching, eps=eps, min_samples=min_samples)
    assert touching.graph.similarities[:, -1].max() < 1 - eps**2 / 2  # no list cuts anyone off
    expected = sk.DBSCAN(eps=eps, min_samples=min_samples).fit(touching.embeddings.vectors).labels_
    np.testing.assert_array_equal(labels, expected)


def rank_lists(faces):
    """Each face's list, starting with itself, as plain lists."""
    return [
        [row, *(face for face in listed if face >= 0)]
        for row, listed in enumerate(faces.graph.neighbours.tolist())
    ]


def test_approximate_rank_order_is_the_papers(touching):
    """Equations 3 and 4 of Otto et al., word by word."""
    k, threshold = 15, 0.8
    lists = [listed[: k + 1] for listed in rank_lists(touching)]

    def rank(face, listed):
        return listed.index(face) if face in listed else k + 1

    def lacking(a, b):
        return sum(face not in lists[b] for face in lists[a][: min(rank(b, lists[a]), k) + 1])

    links = np.zeros((len(lists), len(lists)))
    for a, listed in enumerate(lists):
        for b in listed[1:]:
            smaller = min(rank(b, lists[a]), rank(a, lists[b]))
            links[a, b] = (lacking(a, b) + lacking(b, a)) / smaller < threshold
    expected = connected_components(links, directed=False)[1]
    labels = fit("approximate-rank-order", touching, threshold=threshold, k=k)
    assert scores(expected, labels)["ari"] == 1


def test_rank_order_distance_is_the_papers():
    """Equation 1 of Zhu et al., word by word, with everybody in everybody's list."""
    from prosopon.clustering.rank_kernels import rank_sums

    rng = np.random.default_rng(0)
    points = rng.normal(size=(12, 3))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    orders = np.argsort(distances, axis=1)  # the face itself comes first
    indptr, indices = np.arange(13) * 11, orders[:, 1:].ravel().astype(np.int32)
    sums = rank_sums(indptr, indices).reshape(12, 11)
    for b in range(12):
        for slot, a in enumerate(orders[b, 1:]):
            up_to_b = orders[a][: list(orders[a]).index(b) + 1]
            assert sums[b, slot] == sum(list(orders[b]).index(face) for face in up_to_b)


def test_adaptive_beats_every_single_threshold_where_some_faces_resemble_all(touching):
    rng = np.random.default_rng(3)
    vectors = touching.embeddings.vectors.copy()
    average = rng.random(len(vectors)) < 0.25
    vectors[average] = 0.7 * vectors[average] + 0.3 * vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hard = graph.build(Embeddings(touching.embeddings.face_ids, vectors, "test"), 40)

    def quality(estimator):
        return scores(touching.persons, estimator.fit(hard).labels_)["bcubed_f"]

    fixed = [
        quality(clustering.make("map-equation", threshold=threshold))
        for threshold in np.arange(0.88, 0.98, 0.005)
    ]
    assert quality(clustering.make("adaptive", threshold=0.9)) > max(fixed)


def test_mean_shift_is_scikit_learns(apart):
    vectors = apart.embeddings.vectors[:60]
    labels = clustering.make("mean-shift", bandwidth=0.25).fit(vectors).labels_
    assert scores(sk.MeanShift(bandwidth=0.25).fit(vectors).labels_, labels)["ari"] == 1


def test_first_partition_of_first_neighbours_is_the_papers(touching):
    vectors = touching.embeddings.vectors
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    first = cosines.argmax(axis=1)
    rows = np.arange(len(first))
    # Sarfraz et al., equation 1: one the other's first neighbour, or both with the same one
    linked = (first[:, None] == rows) | (first == rows[:, None]) | (first[:, None] == first)
    paper = connected_components(linked, directed=False)[1]
    labels = clustering.make("first-neighbours", threshold=-1, steps=1).fit(vectors).labels_
    assert scores(paper, labels)["ari"] == 1


@pytest.mark.parametrize("name", METHODS)
def test_hard_constraints_hold(name, touching):
    rng = np.random.default_rng(0)
    persons = touching.persons
    pairs = rng.integers(len(persons), size=(400, 2))
    # what the truth says, and some things that it doesn't
    must = pairs[persons[pairs[:, 0]] == persons[pairs[:, 1]]]
    must = np.concatenate([must, [[0, int(np.argmax(persons != persons[0]))]]])
    same = [np.flatnonzero(persons == person)[:2] for person in range(5, 12)]
    constraints = Constraints(touching.embeddings.face_ids, must, np.array(same))
    labels = fit(name, touching, constraints, **SETTINGS.get(name, {}))
    assert (labels[must[:, 0]] == labels[must[:, 1]]).all()
    assert (labels[must] >= 0).all()
    for a, b in same:
        assert labels[a] != labels[b] or labels[a] == -1


def test_too_large_is_refused_with_the_figure(monkeypatch):
    estimator = clustering.make("agglomerative")
    with pytest.raises(ProsoponError, match=r"1,000,000 faces needs about 16,000.0 GB"):
        estimator._refuse_if_too_large(1_000_000, 128)
    monkeypatch.setattr(type(estimator), "_bytes", lambda *_: 1e18)
    with pytest.raises(ProsoponError, match="use a method on the neighbour graph"):
        estimator.fit(np.eye(3))


def test_conditional_pairwise_refuses_too_many_triangles(touching, monkeypatch):
    from prosopon.clustering import conditional_pairwise

    monkeypatch.setattr(conditional_pairwise, "MOST_TRIANGLES", 10)
    with pytest.raises(ProsoponError, match="triangles of pairs, more than the 10"):
        fit("conditional-pairwise", touching)


def test_few_faces_join_at_the_threshold_alone():
    """Of twenty faces, ten pairs: the nearest strangers of each are simply the others."""
    cosines = np.full((20, 20), 0.84)
    for first in range(0, 20, 2):
        cosines[first, first + 1] = cosines[first + 1, first] = 0.96
    cosines[:2, 2:4] = cosines[2:4, :2] = 0.895
    cosines[0, 2] = cosines[2, 0] = 0.922
    np.fill_diagonal(cosines, 1)
    faces = Embeddings(np.arange(20), np.linalg.cholesky(cosines).astype(np.float32), "test")
    made = clustering.make("adaptive", threshold=0.926).fit(graph.build(faces))
    np.testing.assert_array_equal(made.labels_, np.repeat(np.arange(10), 2))
