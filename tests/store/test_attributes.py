"""Attribute probabilities: what goes in comes out, by the model that gave it."""

from pathlib import Path

import numpy as np
import pytest
from tests.store.test_queries import DETECTOR, index_one, some_faces

from prosopon.records import ModelCard
from prosopon.store import Store, attributes, faces, files

MODEL = ModelCard("a", "attributes", "fake", "2" * 64, "CC0-1.0", "file:a")
NAMES = ("Bald", "Smiling", "Young")


@pytest.fixture
def detector(store: Store) -> int:
    """The store with one photograph of three faces and one of two; the detector's id."""
    index_one(store, 1, some_faces(3))
    index_one(store, 2, some_faces(2))
    with store.begin() as connection:
        faces.use_model(connection, MODEL)
        attributes.use(connection, "a", NAMES, [0.5, 0.25, 0.75])
        return faces.use_detector(connection, DETECTOR, {"smallest_face": 40})


def test_probabilities_come_back_as_they_went_in(store: Store, detector: int) -> None:
    values = np.random.default_rng(0).random((5, 3)).astype(np.float32)
    with store.begin() as connection:
        assert attributes.unfinished(connection, "a", detector) == [1, 2]
        attributes.add(connection, [4, 5], "a", values[3:])
        assert attributes.unfinished(connection, "a", detector) == [1]
        attributes.add(connection, [1], "a", 1 - values[:1])
        attributes.add(connection, [1, 2, 3], "a", values[:3])
        attributes.add(connection, [], "a", values[:0])
        assert attributes.unfinished(connection, "a", detector) == []
    with store.read() as connection:
        table = attributes.load(connection, "a", detector)
        assert attributes.current(connection) == "a"
    assert len(table) == 5
    np.testing.assert_array_equal(table.face_ids, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(table.values, values)
    assert table.names == NAMES
    np.testing.assert_allclose(table.thresholds, [0.5, 0.25, 0.75])


def test_models_stand_side_by_side_and_one_can_be_dropped(store: Store, detector: int) -> None:
    other = ModelCard("b", "attributes", "fake", "3" * 64, "CC0-1.0", "file:b")
    with store.begin() as connection:
        assert len(attributes.load(connection, "b", detector)) == 0
        faces.use_model(connection, other)
        attributes.use(connection, "b", ["Male"], [0.5])
        attributes.add(connection, [1], "a", np.ones((1, 3), np.float32))
        attributes.add(connection, [1, 2], "b", np.zeros((2, 1), np.float32))
        assert attributes.current(connection) == "b"
        attributes.drop(connection, "b")
        assert len(attributes.load(connection, "b", detector)) == 0
        assert len(attributes.load(connection, "a", detector)) == 1


def test_a_photo_that_is_gone_takes_its_faces_out_of_the_table(store: Store, detector: int) -> None:
    with store.begin() as connection:
        attributes.add(connection, [1, 4], "a", np.ones((2, 3), np.float32))
        files.mark_gone(connection, [Path("/photos/1.jpg")])
        np.testing.assert_array_equal(attributes.load(connection, "a", detector).face_ids, [4])
        assert attributes.unfinished(connection, "a", detector) == [2]
