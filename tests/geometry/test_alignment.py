"""Similarity transforms and the chips cut with them."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosopon import geometry
from prosopon.geometry import TEMPLATES, Template

angles = st.floats(-180, 180)
scales = st.floats(0.2, 5)
shifts = st.floats(-200, 200)


def similarity(angle: float, scale: float, x: float, y: float) -> tuple[complex, complex]:
    return scale * np.exp(1j * np.radians(angle)), complex(x, y)


def points(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 100, (1, count, 2)).astype(np.float32)


@given(angles, scales, shifts, shifts)
def test_a_similarity_is_found_again(angle: float, scale: float, x: float, y: float) -> None:
    a, b = similarity(angle, scale, x, y)
    source = points(5)
    target = geometry.transform(source, np.array([a]), np.array([b]))
    found_a, found_b = geometry.similarities(source, target)
    assert found_a[0] == pytest.approx(a, abs=1e-4)
    assert found_b[0] == pytest.approx(b, abs=1e-2)


def test_least_squares_as_umeyama_writes_it() -> None:
    """Against the singular value decomposition of Umeyama (1991), equations 40 to 42."""
    source, target = points(6, 1)[0].astype(float), points(6, 2)[0].astype(float)
    x, y = source - source.mean(0), target - target.mean(0)
    u, d, vt = np.linalg.svd(y.T @ x / len(x))
    sign = np.diag([1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ sign @ vt
    scale = np.trace(np.diag(d) @ sign) / x.var(axis=0).sum()
    shift = target.mean(0) - scale * rotation @ source.mean(0)
    a, b = geometry.similarities(source[None], target[None])
    assert [a[0].real, a[0].imag] == pytest.approx(scale * rotation[:, 0])
    assert [b[0].real, b[0].imag] == pytest.approx(shift)


def test_points_in_one_place_have_no_transform() -> None:
    a, _ = geometry.similarities(np.ones((1, 5, 2), np.float32), points(5))
    assert a[0] == 0
    pixels = np.full((50, 50, 3), 9, np.uint8)
    chips = geometry.cut_chips(pixels, np.ones((1, 5, 2), np.float32), TEMPLATES["dlib-5"])
    assert chips.shape == (1, 150, 150, 3) and not chips.any()


def test_templates_scale_with_their_chips() -> None:
    small, large = geometry.arcface_template(112), geometry.arcface_template(224)
    np.testing.assert_allclose(np.array(large.points), 2 * np.array(small.points))
    tight, wide = geometry.dlib_template(150, 0), geometry.dlib_template(150, 0.5)
    spread = [np.ptp(np.array(template.points), axis=0) for template in (tight, wide)]
    np.testing.assert_allclose(spread[0], 2 * spread[1])
    for template in TEMPLATES.values():
        assert np.all(np.array(template.points) < template.size[::-1])


@given(angles, st.floats(0.8, 3), st.integers(0, 3))
def test_a_chip_shows_the_landmarks_where_the_template_says(
    angle: float, scale: float, which: int
) -> None:
    """Dots painted at the landmarks come to lie on the template's points."""
    template = list(TEMPLATES.values())[which % len(TEMPLATES)]
    a, b = similarity(angle, scale, 400, 400)
    centred = np.array([template.points], np.float32) - 60
    landmarks = geometry.transform(centred, np.array([a]), np.array([b]))
    pixels = np.zeros((800, 800, 3), np.uint8)
    radius = max(2, round(3 * scale))
    for x, y in landmarks[0]:
        cv2.circle(pixels, (round(float(x)), round(float(y))), radius, (255, 255, 255), -1)
    (chip,) = geometry.cut_chips(pixels, landmarks, template)
    mass = chip[..., 0].astype(float)
    rows, columns = np.mgrid[: mass.shape[0], : mass.shape[1]]
    for x, y in template.points:
        near = (np.hypot(columns - x, rows - y) < 8) * mass
        assert np.average(columns, weights=near) == pytest.approx(x, abs=1)
        assert np.average(rows, weights=near) == pytest.approx(y, abs=1)


def test_fine_stripes_become_grey_not_moire() -> None:
    """A face much larger than its chip is filtered before it is sampled."""
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    template = Template("centres", TEMPLATES["arcface-112"].points, (112, 112))
    landmarks = np.array([template.points], np.float32) * 9.3 + 50
    (chip,) = geometry.cut_chips(stripes, landmarks, template)
    assert chip.std() < 3 and chip.mean() == pytest.approx(127, abs=2)


def test_outside_of_the_picture_is_black() -> None:
    pixels = np.full((60, 60, 3), 200, np.uint8)
    template = TEMPLATES["arcface-112"]
    beside = np.array([template.points], np.float32) + 1000
    over_the_edge = np.array([template.points], np.float32)
    chips = geometry.cut_chips(pixels, np.concatenate([beside, over_the_edge]), template)
    assert not chips[0].any()
    assert (chips[1, :58, :58] == 200).all() and not chips[1, 62:].any()


@pytest.mark.models
def test_chips_are_dlibs() -> None:
    """The same face in the same place as dlib cuts it, at scales above and below 1."""
    import dlib

    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (120, 120, 3)).astype(np.uint8)
    pixels = cv2.resize(noise, (1000, 1000), interpolation=cv2.INTER_CUBIC)
    base = np.array(TEMPLATES["dlib-5"].points) + 5
    differences = []
    for scale in (0.8, 1.2, 1.9):
        landmarks = np.rint(base * scale + 100)
        parts = [dlib.point(int(x), int(y)) for x, y in landmarks]
        shape = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), parts)
        reference = dlib.get_face_chip(pixels, shape, 150, 0.25)
        (chip,) = geometry.cut_chips(pixels, landmarks[None], TEMPLATES["dlib-5"])
        differences.append(np.abs(reference.astype(int) - chip).mean())
    assert max(differences) < 4  # of 255; dlib's pixel spacing is off by a 150th


def test_points_of_68() -> None:
    all_points = np.arange(136, dtype=np.float32).reshape(1, 68, 2)
    corners = geometry.corners_of_68(all_points)
    np.testing.assert_array_equal(corners[0, :, 0] / 2, [45, 42, 36, 39, 33])
    centres = geometry.centres_of_68(all_points)
    np.testing.assert_allclose(centres[0, :, 0] / 2, [38.5, 44.5, 30, 48, 54])
