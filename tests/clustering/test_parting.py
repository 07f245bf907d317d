"""Clusters that are plainly two people are parted."""

import numpy as np

from prosopon import clustering, graph
from prosopon.clustering import Constraints, parted
from prosopon.records import Embeddings

STRANGERS = 0.93


def people(*counts, spread=0.03, seed=0):
    """Vectors of so many pictures of each person: .97 alike in one, .85 across two."""
    rng = np.random.default_rng(seed)
    centres = np.eye(32)[: len(counts)] * 0.39 + np.eye(32)[31] * 0.92
    vectors = np.repeat(centres, counts, axis=0)
    vectors = vectors + spread * rng.normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def each(vectors):
    return np.arange(len(vectors), dtype=np.int32)


def test_two_people_become_two_clusters_and_the_more_frequent_one_keeps_the_label():
    vectors, persons = people(3, 8, 5)
    labels = np.where(persons == 2, 7, 4).astype(np.int32)
    found = parted(labels, vectors, each(vectors), STRANGERS)
    np.testing.assert_array_equal(found, np.array([8, 4, 7])[persons])


def test_three_people_become_three_clusters():
    vectors, persons = people(4, 5, 6)
    found = parted(np.zeros(15, np.int32), vectors, each(vectors), STRANGERS)
    assert len(np.unique(np.column_stack([found, persons]), axis=0)) == len(np.unique(found)) == 3


def test_one_person_stays_together():
    vectors, _ = people(30, spread=0.06)
    labels = np.zeros(30, np.int32)
    assert (vectors @ vectors.T).min() < STRANGERS
    np.testing.assert_array_equal(parted(labels, vectors, each(vectors), STRANGERS), labels)


def test_near_duplicates_of_one_picture_are_no_half():
    vectors, _ = people(3, 1)
    vectors = np.concatenate([vectors, np.repeat(vectors[3:], 20, axis=0)])
    labels = np.zeros(len(vectors), np.int32)
    pictures = np.minimum(each(vectors), 3)
    np.testing.assert_array_equal(parted(labels, vectors, pictures, STRANGERS), labels)
    assert parted(labels, vectors, each(vectors), STRANGERS).max() == 1


def test_faces_known_to_be_one_person_stay_together():
    vectors, _ = people(4, 5)
    labels, persons = np.zeros(9, np.int32), each(vectors)
    persons[8] = persons[0]
    found = parted(labels, vectors, each(vectors), STRANGERS, persons)
    np.testing.assert_array_equal(found, labels)


def test_weak_faces_make_no_cluster_of_their_own():
    vectors, persons = people(4, 5)
    labels = np.zeros(9, np.int32)
    found = parted(labels, vectors, each(vectors), STRANGERS, weak=persons == 1)
    np.testing.assert_array_equal(found, labels)
    some = (persons == 1) & (np.arange(9) < 7)
    assert parted(labels, vectors, each(vectors), STRANGERS, weak=some).max() == 1


def test_a_run_parts_what_faces_in_between_have_glued():
    vectors, persons = people(10, 10)
    between = vectors[:2] + vectors[10:12]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    vectors = np.concatenate([vectors, between])
    faces = Embeddings(each(vectors).astype(np.int64), vectors, "test")
    made = graph.build(faces)

    def found(method, **given):
        estimator = clustering.make(method, threshold=0.8)
        return clustering.run(estimator, made, faces, **given).labels[:20]

    assert len(set(found("adaptive"))) == 1
    np.testing.assert_array_equal(found("adaptive", strangers=STRANGERS), persons)
    assert len(set(found("map-equation", strangers=STRANGERS))) == 1, "the default's alone"
    linked = Constraints(faces.face_ids, [(0, 19)])
    assert len(set(found("adaptive", strangers=STRANGERS, constraints=linked))) == 1
