"""What every back-end must keep to: the docstrings of `prosopon.protocols`, as checks."""

import pickle

import numpy as np
import pytest

from prosopon.protocols import Detector, Embedder, Landmarker
from prosopon.records import Faces

SIZES = [(1, 1), (1, 300), (7, 5), (33, 64), (200, 151)]
"""Heights and widths from nothing to odd."""


def check_detector(detector: Detector, portrait: np.ndarray) -> None:
    """The contract of `Detector`, on a portrait (H, W, 3) of one face in the upper middle."""
    before = portrait.copy()
    faces = detector.find(portrait)
    np.testing.assert_array_equal(portrait, before)
    assert faces.detector == detector.id
    assert len(faces) >= 1
    assert (np.diff(faces.scores) <= 0).all()

    height, width = portrait.shape[:2]
    x1, y1, x2, y2 = faces.boxes[0]
    assert x1 < width / 2 < x2 and y1 < height * 0.3 < y2
    assert np.isfinite(faces.landmarks[0]).all() == detector.gives_landmarks
    if detector.gives_landmarks:
        left, right, nose, mouth_left, mouth_right = faces.landmarks[0]
        assert left[0] < nose[0] < right[0] and mouth_left[0] < mouth_right[0]
        assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])

    again = detector.find(portrait)
    np.testing.assert_array_equal(again.boxes, faces.boxes)
    np.testing.assert_array_equal(again.scores, faces.scores)
    view = np.asfortranarray(np.flip(portrait[::-1], axis=0))  # other strides, the same pixels
    np.testing.assert_array_equal(detector.find(view).boxes, faces.boxes)

    for size in SIZES:
        none = detector.find(np.full((*size, 3), 90, np.uint8))
        assert len(none) == 0 and none.landmarks.shape == (0, 5, 2)
    copy = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(copy.find(portrait).boxes, faces.boxes)


def check_landmarker(landmarker: Landmarker, portrait: np.ndarray, faces: Faces) -> None:
    """The contract of `Landmarker`, on a portrait and its faces."""
    points = landmarker.find(portrait, faces)
    assert points.shape == (len(faces), landmarker.points, 2) and points.dtype == np.float32
    centre = points[0].mean(axis=0)
    x1, y1, x2, y2 = faces.boxes[0]
    assert x1 < centre[0] < x2 and y1 < centre[1] < y2
    np.testing.assert_array_equal(landmarker.find(portrait, faces), points)
    none = landmarker.find(portrait, Faces.none("", "nobody"))
    assert none.shape == (0, landmarker.points, 2)


def check_embedder(embedder: Embedder) -> None:
    """The contract of `Embedder`, on noise."""
    rng = np.random.default_rng(3)
    chips = rng.integers(0, 255, (5, *embedder.chip_size, 3)).astype(np.uint8)
    before = chips.copy()
    vectors = embedder.embed(chips)
    np.testing.assert_array_equal(chips, before)
    assert vectors.shape == (5, embedder.dimensions) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    order = [4, 0, 2]
    np.testing.assert_allclose(embedder.embed(chips[order]), vectors[order], atol=1e-5)
    many = np.tile(chips, (8, 1, 1, 1))
    np.testing.assert_allclose(embedder.embed(many), np.tile(vectors, (8, 1)), atol=1e-5)
    assert embedder.embed(chips[:0]).shape == (0, embedder.dimensions)
    with pytest.raises(ValueError, match="chips: expected shape"):
        embedder.embed(chips[:, :-1])
