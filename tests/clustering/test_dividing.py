"""Clusters that are not all one person are grouped again, more strictly."""

import numpy as np
from tests.clustering.conftest import Crowd

from prosopon.clustering import Constraints, divided


def test_a_mixed_cluster_falls_into_its_persons(apart: Crowd) -> None:
    rows = np.flatnonzero(apart.persons < 2)
    labels = apart.persons.astype(np.int32)
    labels[rows] = 0
    found = divided(labels, apart.graph, [rows], 0.9)
    first, second = (set(found[apart.persons == person]) for person in (0, 1))
    assert not first & second
    np.testing.assert_array_equal(found[apart.persons > 1], labels[apart.persons > 1])
    sizes = np.bincount(found[rows])
    assert sizes[0] == sizes.max(), "the largest part keeps its label"
    np.testing.assert_array_equal(divided(found, apart.graph, [rows], 0.9), found)


def test_named_faces_do_not_count(apart: Crowd) -> None:
    rows = np.flatnonzero(apart.persons == 3)
    labels = apart.persons.astype(np.int32)
    assert len(set(divided(labels, apart.graph, [rows], 0.9)[rows])) > 1
    names = np.where(apart.persons == 3, 0, -1).astype(np.int32)
    known = Constraints(apart.embeddings.face_ids, names=names)
    np.testing.assert_array_equal(divided(labels, apart.graph, [rows], 0.9, known), labels)


def test_must_links_hold(apart: Crowd) -> None:
    rows = np.flatnonzero(apart.persons == 3)
    labels = apart.persons.astype(np.int32)
    links = np.column_stack([rows[:-1], rows[1:]])
    known = Constraints(apart.embeddings.face_ids, links)
    np.testing.assert_array_equal(divided(labels, apart.graph, [rows], 0.9, known), labels)
