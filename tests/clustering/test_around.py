"""What surrounds the methods: runs, quality, calibration, trials, updates, changes, leftovers."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from tests.clustering.conftest import crowd

from prosopon import clustering, graph
from prosopon.clustering import Constraints, quality
from prosopon.errors import UsageError
from prosopon.metrics.clustering import scores
from prosopon.records import Clustering, ClusteringSpec, Embeddings, NeighbourGraph


def clustered(labels, face_ids=None):
    labels = np.array(labels)
    ids = np.arange(len(labels)) if face_ids is None else np.array(face_ids)
    return Clustering(ids, labels, np.ones(len(labels)), ClusteringSpec("test"))


@pytest.mark.parametrize("name", ["adaptive", "threshold"])
def test_a_run_says_how_it_was_made(touching, name):
    made = clustering.run(clustering.make(name), touching.graph, touching.embeddings)
    assert made.recipe.algorithm == name
    assert made.recipe.model == "test"
    assert made.recipe.graph == {"k": 40, "recall": 1.0}
    again = clustering.make(name, **made.recipe.parameters)
    repeated = clustering.run(again, touching.graph, touching.embeddings)
    np.testing.assert_array_equal(made.labels, repeated.labels)
    assert made.membership.min() >= 0
    assert made.membership.max() <= 1


def test_membership_is_low_for_faces_in_the_wrong_cluster(apart):
    labels = apart.persons.astype(np.int32)
    strayed = np.arange(0, len(apart), 40)
    labels[strayed] = (labels[strayed] + 7) % 25
    membership = clustering.membership(apart.graph, labels)
    right = np.ones(len(apart), bool)
    right[strayed] = False
    assert membership[strayed].max() < np.quantile(membership[right], 0.05)
    alone = np.arange(len(apart), dtype=np.int32)
    assert (clustering.membership(apart.graph, alone) == 0).all()


def test_a_large_cluster_is_doubted_no_more_than_the_largest_that_is_known():
    def of_one_cluster(size: int) -> float:
        """Membership in a cluster where everybody has neighbours that are alike."""
        places = np.arange(size)[:, None] + np.r_[1:21]
        similarities = np.full(places.shape, 0.96, np.float32)
        ring = NeighbourGraph(np.arange(size), (places % size).astype(np.int32), similarities, "")
        return float(clustering.membership(ring, np.zeros(size, np.int32)).min())

    known = of_one_cluster(quality.LARGEST)
    assert of_one_cluster(quality.LARGEST // 4) > known
    assert of_one_cluster(quality.LARGEST * 4) == pytest.approx(known)


def test_quality_ranks_clusters_by_precision(touching):
    labels = clustering.make("map-equation", threshold=0.87).fit(touching.graph).labels_
    found = clustering.qualities(touching.graph, labels)
    sizes = np.bincount(labels)
    assert set(found) == set(np.flatnonzero(sizes > 1).tolist())
    assert all(0 <= value <= 1 for value in found.values())
    precisions = quality.precisions(labels, touching.persons)[list(found)]
    assert 0.2 < np.mean(precisions == 1) < 0.95
    assert roc_auc_score(precisions == 1, list(found.values())) > 0.8


def test_the_scale_of_membership_can_be_fitted(touching):
    samples = [
        ("drawn", touching.graph, estimator.fit(touching.graph).labels_, touching.persons)
        for estimator in (clustering.make("map-equation", threshold=t) for t in (0.87, 0.9, 0.93))
    ]
    scale = quality.fit_membership(samples)
    assert scale.shift < 0.1, "one set alone is not apart from itself"
    labels = samples[0][2]  # the loosest: the others are all right
    rows, right = quality.right_and_wrong(labels, touching.persons.astype(str))
    given = scale.probability(quality.of_faces(touching.graph, labels))[rows]
    assert given.mean() == pytest.approx(right.mean(), abs=0.05)
    assert roc_auc_score(right, given) > 0.8


def test_two_faces_are_less_sure_than_ten_that_are_as_firm():
    """Two strangers may look as firm as a pair; no third face speaks against them."""
    two, ten = quality.QUALITY.probability(np.array([[4.0, 1 / 2], [4.0, 1 / 10]]))
    assert two < 0.75
    assert ten > 0.95


def test_the_scale_of_quality_can_be_fitted(touching):
    samples = [
        ("drawn", touching.graph, estimator.fit(touching.graph).labels_, touching.persons)
        for estimator in (clustering.make("map-equation", threshold=t) for t in (0.87, 0.9, 0.93))
    ]
    scale = quality.fit_quality(samples)
    expected, right = [], []
    for _, near, labels, persons in samples:
        measured, features = quality.of_clusters(near, labels)
        expected += scale.probability(features).tolist()
        right += quality.precisions(labels, persons)[measured].tolist()
    assert np.mean(expected) == pytest.approx(np.mean(right), abs=0.05)


def test_what_quality_may_mean_elsewhere():
    low, high = clustering.interval(0.9)
    assert 0 < low < 0.9 < high < 1
    assert clustering.interval(0.0) < clustering.interval(1.0)


@pytest.mark.parametrize("rate", [0.2, 0.01, 1e-3, 0.0])
def test_calibration_keeps_the_false_accept_rate(touching, rate):
    found = clustering.calibrate_threshold(touching.embeddings, touching.persons, "made up", rate)
    cosines = touching.embeddings.vectors @ touching.embeddings.vectors.T
    pair = np.triu(np.ones_like(cosines, bool), 1)
    same = touching.persons[:, None] == touching.persons
    strangers, mates = cosines[pair & ~same], cosines[pair & same]
    assert (strangers >= found.cosine + 1e-5).mean() <= rate + 1e-9
    assert (strangers >= found.cosine - 1e-4).mean() >= rate * 0.9
    assert found.false_accept_rate == pytest.approx((strangers >= found.cosine).mean(), abs=1e-4)
    assert found.false_reject_rate == pytest.approx((mates < found.cosine).mean(), abs=1e-3)
    assert found.benchmark == "made up"


@pytest.mark.parametrize("persons", [[0, 0, 0], [0, 1, 2]])
def test_calibration_says_what_it_lacks(persons):
    faces = Embeddings(np.arange(3), np.eye(3), "test")
    with pytest.raises(UsageError, match="calibration needs two faces of one person and two of"):
        clustering.calibrate_threshold(faces, persons, "made up")


def test_sweep_and_its_operating_points(touching):
    trials = clustering.sweep(
        "dbscan",
        {"eps": np.arange(0.2, 0.6, 0.05).tolist(), "min_samples": [1, 3]},
        touching.graph,
        touching.embeddings,
        touching.persons,
    )
    assert len(trials) == 16
    assert {trial.parameters["min_samples"] for trial in trials} == {1, 3}
    points = clustering.operating_points(trials)
    best = {key: max(trial.scores[key] for trial in trials) for key in trials[0].scores}
    assert points["precision"].scores["homogeneity"] == pytest.approx(best["homogeneity"], abs=1e-4)
    assert points["recall"].scores["completeness"] == pytest.approx(best["completeness"], abs=1e-4)
    others = [trial.scores["ami"] for name, trial in points.items() if name != "balance"]
    assert points["balance"].scores["ami"] >= max(others)


def test_a_cluster_with_most_of_the_faces_is_told(touching):
    loose, tight = clustering.sweep(
        "dbscan", {"eps": [2.0, 0.2]}, touching.graph, touching.embeddings, touching.persons
    )
    assert loose.swallowed > len(touching) / 2
    assert tight.swallowed == 0
    assert clustering.swallowed(np.array([19]), 19) == 0
    assert clustering.swallowed(np.array([11, 9]), 20) == 11
    assert clustering.swallowed(np.array([10, 10]), 20) == 0


def test_comparing_scores_known_faces_only(touching):
    known = np.arange(len(touching)) % 2 == 0
    methods = [("adaptive", {}), ("threshold", {"threshold": "0.9"})]
    trials = clustering.compare(
        methods, touching.graph, touching.embeddings, touching.persons, known
    )
    assert [trial.method for trial in trials] == ["adaptive", "threshold"]
    assert all(trial.scores["faces"] == known.sum() for trial in trials)
    assert all(trial.seconds > 0 and trial.memory >= 0 for trial in trials)
    without = clustering.compare(methods[:1], touching.graph, touching.embeddings)
    assert without[0].scores == {}


@pytest.mark.parametrize(("name", "agreement"), [("dbscan", 1.0), ("adaptive", 0.97)])
@pytest.mark.parametrize("new", [0, 1, 40, 300])
def test_an_update_gives_nearly_what_a_full_run_gives(touching, name, agreement, new):
    parameters = {"eps": 0.3} if name == "dbscan" else {"threshold": 0.9}
    estimator = clustering.make(name, **parameters)
    known = len(touching) - new
    first = Embeddings(
        touching.embeddings.face_ids[:known], touching.embeddings.vectors[:known], "test"
    )
    before = estimator.fit(graph.build(first, 40)).labels_
    updated = clustering.update(before, touching.graph, estimator)
    full = estimator.fit(touching.graph).labels_
    assert scores(full, updated)["bcubed_f"] >= agreement
    stayed = updated[:known] == before  # labels go on as far as the faces stay together
    assert stayed.mean() > 0.9


def test_an_update_leaves_distant_clusters_alone(apart):
    estimator = clustering.make("adaptive")
    before = estimator.fit(apart.graph).labels_[:-1]
    person = apart.persons[-1]
    updated = clustering.update(before, apart.graph, estimator)
    others = apart.persons[:-1] != person
    np.testing.assert_array_equal(updated[:-1][others], before[others])
    assert updated[-1] in before[apart.persons[:-1] == person]


def test_an_update_keeps_to_constraints(touching):
    estimator = clustering.make("adaptive", threshold=0.9)
    full = estimator.fit(touching.graph).labels_
    mate = int(np.flatnonzero(full[:-1] == full[-1])[0])
    constraints = Constraints(
        touching.graph.face_ids, cannot_link=np.array([[mate, len(touching) - 1]])
    )
    updated = clustering.update(full[:-1], touching.graph, estimator, constraints)
    assert updated[-1] != updated[mate]


def test_changes():
    earlier = clustered([0, 0, 0, 1, 1, 2, 2, 3, -1, 4])
    later = clustered(
        [5, 5, 6, 1, 1, 1, 1, -1, 7, 8, 8, 5, 9, -1],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23],
    )
    found = clustering.changes(earlier, later)
    assert found.continues == {5: 0, 1: 1, 8: 4}
    assert found.joined == {8: 1, 5: 1}
    assert found.merged == {1: [1, 2]}
    assert found.split == {0: [5, 6]}
    assert found.appeared == [6, 7, 9]
    assert found.vanished == [2, 3]


def test_leftovers_are_clustered_more_loosely(touching):
    strict = clustering.make("map-equation", threshold=0.95).fit(touching.graph).labels_
    alone = clustering.leftovers(strict)
    assert len(alone) > 50
    loose = clustering.make("map-equation", threshold=0.9)
    labels = clustering.cluster_leftovers(strict, touching.graph, loose)
    others = np.setdiff1d(np.arange(len(touching)), alone)
    np.testing.assert_array_equal(labels[others], strict[others])
    assert not np.isin(labels[alone], labels[others]).any()
    before, after = (scores(touching.persons, found) for found in (strict, labels))
    assert after["pairwise_recall"] > before["pairwise_recall"]
    assert after["pairwise_precision"] > 0.9


def test_strangers_leave_their_cluster():
    found = crowd(900, 90, 0.11, seed=2)
    stay, leave = (
        clustering.make("adaptive", threshold=0.87, margin=0.15, doubt=doubt).fit(found.graph)
        for doubt in (0, 0.3)
    )
    left = (leave.labels_ < 0) & (stay.labels_ >= 0)
    assert 0 < left.sum() < 20
    persons = found.persons.astype(str)
    rows, right = quality.right_and_wrong(stay.labels_, persons)
    assert right[left[rows]].mean() < 0.7 < right.mean()
    before, after = (scores(persons, one.labels_) for one in (stay, leave))
    assert after["pairwise_precision"] > before["pairwise_precision"]
