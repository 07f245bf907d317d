"""Every back-end keeps to its protocol."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.faces.contracts import check_detector, check_embedder, check_landmarker

from prosopon import faces
from prosopon.errors import UsageError
from prosopon.faces import DetectorSettings
from prosopon.zoo import Model

pytestmark = pytest.mark.models
Load = Callable[[str], Model]

DETECTORS = [
    "centerface",
    "example-skin",
    "mmod",
    "mtcnn",
    "yunet",
    pytest.param("yunet-n", marks=pytest.mark.data),
]
LARGE = DetectorSettings(pixels=100_000)
EMBEDDERS = [
    "dlib-resnet",
    "dlib-resnet-mirrored",
    "example-colours",
    "facelib-mobilenet",
    "joint",
    pytest.param("mobilefacenet", marks=pytest.mark.data),
]


@pytest.mark.parametrize("id", DETECTORS)
def test_detectors(id: str, load: Load, hopper: np.ndarray) -> None:
    check_detector(faces.detector(load(id), LARGE), hopper)


def test_a_detector_in_four_orientations(load: Load, hopper: np.ndarray) -> None:
    settings = replace(LARGE, rotations=True)
    check_detector(faces.detector(load("mtcnn"), settings), hopper)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("id", ["mmod", "mtcnn"])
def test_a_face_on_its_side_is_found_and_recognised(
    id: str, quarters: int, load: Load, hopper: np.ndarray
) -> None:
    settings = replace(LARGE, rotations=True)
    models = (load(id), load("dlib-resnet"), load("dlib-landmarks-5"))
    pipeline = faces.pipeline(*models, settings)
    upright, vector = pipeline(hopper)
    turned, same = pipeline(np.ascontiguousarray(np.rot90(hopper, quarters)))
    assert len(turned) == 1
    height, width = hopper.shape[:2]
    x, y = (upright.boxes[0, :2] + upright.boxes[0, 2:]) / 2
    expected = {1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[quarters]
    centre = (turned.boxes[0, :2] + turned.boxes[0, 2:]) / 2
    np.testing.assert_allclose(centre, expected, atol=12)
    assert vector[0] @ same[0] > 0.98


@pytest.mark.parametrize("detector", ["mmod", "mtcnn"])
@pytest.mark.parametrize("id", ["dlib-landmarks-5", "dlib-landmarks-68"])
def test_landmarkers(id: str, detector: str, load: Load, hopper: np.ndarray) -> None:
    found = faces.detector(load(detector), LARGE).find(hopper)
    check_landmarker(faces.landmarker(load(id)), hopper, found)


@pytest.mark.parametrize("id", EMBEDDERS)
def test_embedders(id: str, load: Load) -> None:
    check_embedder(faces.embedder(load(id)))


def test_a_model_for_another_task_is_refused(load: Load) -> None:
    with pytest.raises(UsageError, match="mmod is a model for detector, not for embedder"):
        faces.embedder(load("mmod"))
    with pytest.raises(UsageError, match="dlib-resnet is a model for embedder, not for detector"):
        faces.detector(load("dlib-resnet"))
    with pytest.raises(UsageError, match="mtcnn is a model for detector, not for landmarks"):
        faces.landmarker(load("mtcnn"))


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError, match="pixels looked at: expected 1024 or more, got 2"):
        DetectorSettings(pixels=2)
    with pytest.raises(UsageError, match="enlarged: expected a number above 0, got 0"):
        DetectorSettings(enlarged=0)
