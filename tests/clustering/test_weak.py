"""Weak faces join people and make none; near-duplicates stay together."""

import numpy as np
import pytest

from prosopon import clustering, graph
from prosopon.clustering import Constraints, WeakFaces
from prosopon.clustering.duplicates import near_duplicates, together
from prosopon.records import Embeddings


@pytest.fixture
def album():
    """Two people of six photographs, and six weak faces alike, of which the last is the first's."""
    rng = np.random.default_rng(0)
    centres = np.eye(3, 16)
    persons = np.repeat([0, 1, 2], 6)
    vectors = centres[persons] + 0.05 * rng.normal(size=(18, 16))
    vectors[17] = centres[0] + 0.05 * rng.normal(size=16)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embeddings = Embeddings(np.arange(18), vectors.astype(np.float32), "test")
    return embeddings, graph.build(embeddings, 10), WeakFaces(np.arange(18) >= 12, 0.8)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("adaptive", {"threshold": 0.8}),
        ("map-equation", {"threshold": 0.8}),
        ("dbscan", {"eps": 0.6}),
        ("agglomerative", {"distance_threshold": 0.2}),
    ],
)
def test_weak_faces_join_people_and_make_none(album, method, parameters):
    embeddings, made, weak = album
    estimator = clustering.make(method, **parameters)
    without = clustering.run(estimator, made, embeddings).labels
    assert len(set(without[12:17].tolist())) == 1  # they would be a person
    assert without[12] not in without[:12]
    labels = clustering.run(estimator, made, embeddings, weak=weak).labels
    assert (labels[12:17] == -1).all()
    assert labels[17] == labels[0]
    np.testing.assert_array_equal(labels[:6], labels[0])
    np.testing.assert_array_equal(labels[6:12], labels[6])
    assert labels[0] != labels[6]


def test_what_people_say_of_weak_faces_holds(album):
    embeddings, made, weak = album
    estimator = clustering.make("map-equation", threshold=0.8)
    names = np.full(18, -1, np.int32)
    names[[12, 13]] = 0
    constraints = Constraints(embeddings.face_ids, cannot_link=[(17, 0)], names=names)
    labels = clustering.run(estimator, made, embeddings, constraints, weak).labels
    assert labels[12] == labels[13] != -1
    assert labels[17] != labels[0]


def test_an_update_takes_weak_faces_as_a_full_run_does(album):
    embeddings, made, weak = album
    estimator = clustering.make("dbscan", eps=0.6)
    full = clustering.run(estimator, made, embeddings, weak=weak).labels
    later = clustering.update(full[:15], made, estimator, weak=weak)
    np.testing.assert_array_equal(later, full)


def test_near_duplicates_stay_together(album):
    embeddings = album[0]
    vectors = np.concatenate([embeddings.vectors, embeddings.vectors[[0, 0]]])
    more = graph.build(Embeddings(np.arange(20), vectors, "test"), 10)
    pictures = near_duplicates(more, 0.9999)
    assert (pictures[[0, 18, 19]] == pictures[0]).all()
    assert len(np.unique(pictures)) == 18
    labels = np.arange(20, dtype=np.int32)
    labels[[18, 19]] = 5
    labels[3] = -1
    joined = together(labels, pictures)
    assert (joined[[0, 18, 19]] == 5).all()
    np.testing.assert_array_equal(joined[1:18], labels[1:18])


def test_copies_are_near_duplicates_however_they_look(album):
    made = album[1]

    def copies(one, other):
        return (np.minimum(one, other) == 0) & (np.maximum(one, other) == 3)

    pictures = near_duplicates(made, 0.9999, copies)
    assert pictures[0] == pictures[3]
    assert len(np.unique(pictures)) == 17
