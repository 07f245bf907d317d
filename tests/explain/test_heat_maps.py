"""Heat maps of a classifier whose region is known, and what tells a good map from a bad one."""

import numpy as np
import pytest
from tests.explain.test_importance import pictures_that_differ_in

from prosopon.explain.heat_maps import deletion, insertion, likeness, pointing, rise, scaled
from prosopon.explain.occlusions import Layout
from prosopon.geometry.regions import STUDY_REGIONS


def mouth_of(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return Layout.of(points, size).contours[:, STUDY_REGIONS.index("mouth")]


@pytest.fixture(scope="module")
def faces() -> tuple[np.ndarray, np.ndarray]:
    """Faces with bright mouths, and their landmarks."""
    pictures, points, truth = pictures_that_differ_in("mouth")
    bright = truth == 1
    return pictures[bright][:6], points[bright][:6]


def sees_the_mouth(faces: tuple[np.ndarray, np.ndarray]):
    """Probability by how bright the pixels are where the first face has its mouth."""
    pictures, points = faces
    place = mouth_of(points[:1], pictures.shape[1:3])[0]
    full = pictures[..., 0][:, place].mean()

    def classifier(shown: np.ndarray) -> np.ndarray:
        share = shown[..., 0][:, place].mean(axis=1) / full
        return np.clip(share, 0, 1).astype(np.float32)

    return classifier, place


def test_rise_is_warm_where_the_classifier_looks(faces: tuple[np.ndarray, np.ndarray]) -> None:
    classifier, place = sees_the_mouth(faces)
    heat = rise(classifier, faces[0], masks=300)
    assert heat.shape == faces[0].shape[:3] and heat.min() == 0 and heat.max() == 1
    assert (heat[:, place].mean(axis=1) > 1.5 * heat.mean(axis=(1, 2))).all()


def test_a_right_map_inserts_and_deletes_sooner_than_its_opposite(
    faces: tuple[np.ndarray, np.ndarray],
) -> None:
    classifier, place = sees_the_mouth(faces)
    right = np.repeat(place[None].astype(np.float32), len(faces[0]), axis=0)
    for wrong in (1 - right,):
        assert (deletion(classifier, faces[0], right) < deletion(classifier, faces[0], wrong)).all()
        assert (
            insertion(classifier, faces[0], right) > insertion(classifier, faces[0], wrong)
        ).all()


def test_pointing_and_likeness(faces: tuple[np.ndarray, np.ndarray]) -> None:
    pictures, points = faces
    right = mouth_of(points, pictures.shape[1:3]).astype(np.float32)
    assert (pointing(right, points, "mouth") == 1).all()
    assert (pointing(right, points, "eyes") == 0).all()
    noise = np.random.default_rng(0).random(right.shape).astype(np.float32)
    assert likeness(right, right) == pytest.approx(1)
    assert np.abs(likeness(right, noise)).max() < 0.2
    assert (likeness(right, np.zeros_like(right)) == 0).all()
    assert (scaled(np.full((2, 3, 3), 5.0)) == 0).all()
