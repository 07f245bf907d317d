"""Weak segments mark what a face has where the table says, and nothing else."""

import numpy as np
import pytest

from prosopon.attributes.segments import (
    MAP_SIZE,
    PICTURE_SIZE,
    attribute_segments,
    base_segments,
    draw_segments,
)
from prosopon.datasets.vocabulary import NAMES
from prosopon.geometry.regions import BASE_REGIONS


@pytest.fixture
def landmarks() -> np.ndarray:
    """68 landmarks, roughly a face, in a picture of 218×178."""
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([89 + 45 * np.cos(angle), 110 + 55 * np.sin(angle)], axis=1)
    rest = [
        *[(50 + 7 * i, 95) for i in range(5)],
        *[(100 + 7 * i, 95) for i in range(5)],
        *[(89, 105 + 7 * i) for i in range(4)],
        *[(80 + 4 * i, 130) for i in range(5)],
        *[(57, 107), (62, 104), (69, 104), (74, 107), (69, 110), (62, 110)],
        *[(104, 107), (109, 104), (116, 104), (121, 107), (116, 110), (109, 110)],
        *[(72, 143), (79, 140), (85, 139), (89, 140), (93, 139), (99, 140), (106, 143)],
        *[(99, 148), (93, 150), (89, 151), (85, 150), (79, 148)],
        *[(89, 144)] * 8,
    ]
    return np.array([*jaw, *rest], np.float32)


def test_masks_have_the_networks_size_and_cover_the_face(landmarks: np.ndarray) -> None:
    base = base_segments(landmarks)
    assert base.shape == (10, *MAP_SIZE)
    assert base.any(axis=(1, 2)).all()
    row, column = (
        np.flatnonzero(base[BASE_REGIONS.index("mouth")].any(axis)).mean() for axis in (1, 0)
    )
    assert row * PICTURE_SIZE[0] / MAP_SIZE[0] == pytest.approx(145, abs=4)
    assert column * PICTURE_SIZE[1] / MAP_SIZE[1] == pytest.approx(89, abs=4)


def test_only_what_a_face_has_is_marked(landmarks: np.ndarray) -> None:
    base = base_segments(landmarks)
    labels = np.zeros((3, 40), np.int8)
    labels[1, NAMES.index("Smiling")] = 1
    labels[2, NAMES.index("Smiling")] = -1
    segments = attribute_segments(np.stack([base] * 3), labels, NAMES)
    assert segments.shape == (3, 40, *MAP_SIZE)
    assert not segments[0].any()
    assert not segments[2].any()
    assert segments[1].any(axis=(1, 2)).sum() == 1
    np.testing.assert_array_equal(
        segments[1, NAMES.index("Smiling")], base[BASE_REGIONS.index("mouth")]
    )


def test_several_regions_are_joined(landmarks: np.ndarray) -> None:
    base = base_segments(landmarks)
    male = attribute_segments(base, np.ones(1, np.int8), ["Male"])
    np.testing.assert_array_equal(male[0], base.any(axis=0))


def test_drawing_changes_the_regions_only(landmarks: np.ndarray) -> None:
    picture = np.full((*PICTURE_SIZE, 3), 100, np.uint8)
    drawn = draw_segments(picture, base_segments(landmarks))
    changed = (drawn != picture).any(axis=2)
    assert 0.1 < changed.mean() < 0.6
    assert not changed[:5].any()
