"""Face regions lie where they should, and follow the face when it moves, grows or tilts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosopon.errors import UsageError
from prosopon.geometry.regions import (
    BASE_REGIONS,
    STUDY_REGIONS,
    base_masks,
    eye_distance,
    outlines,
    region_mask,
)


def face() -> np.ndarray:
    """68 landmarks of a schematic upright face in a picture of 200×200."""
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([100 + 50 * np.cos(angle), 80 + 70 * np.sin(angle)], axis=1)
    left_brow = [(62, 66), (68, 62), (75, 61), (82, 63), (88, 66)]
    right_brow = [(200 - x, y) for x, y in reversed(left_brow)]
    nose = [(100, 75), (100, 84), (100, 93), (100, 102)]
    base = [(90, 108), (95, 110), (100, 111), (105, 110), (110, 108)]
    left_eye = [(66, 78), (72, 75), (79, 75), (85, 78), (79, 81), (72, 81)]
    right_eye = [(115, 78), (121, 75), (128, 75), (134, 78), (128, 81), (121, 81)]
    lips = [
        *[(82, 125), (90, 122), (96, 120), (100, 121), (104, 120), (110, 122), (118, 125)],
        *[(110, 130), (104, 132), (100, 133), (96, 132), (90, 130)],
    ]
    inner = [
        (86, 125),
        (96, 124),
        (100, 124),
        (104, 124),
        (114, 125),
        (104, 127),
        (100, 127),
        (96, 127),
    ]
    points = [*jaw, *left_brow, *right_brow, *nose, *base, *left_eye, *right_eye, *lips, *inner]
    return np.array(points, np.float32)


SIZE = (200, 200)


def test_regions_lie_in_order_from_top_to_bottom() -> None:
    rows = {
        region: np.flatnonzero(region_mask(face(), region, SIZE).any(axis=1)).mean()
        for region in BASE_REGIONS
    }
    order = [
        "top of head",
        "eyebrows",
        "eyes",
        "nose",
        "above mouth",
        "mouth",
        "chin",
        "below chin",
    ]
    assert sorted(order, key=lambda region: rows[region]) == order


def test_a_symmetric_face_has_symmetric_regions() -> None:
    mirrored = face().copy()
    mirrored[:, 0] = 200 - mirrored[:, 0]
    for mask in base_masks(face(), SIZE):
        overlap = (mask & np.roll(mask[:, ::-1], 1, axis=1)).sum() / max(mask.sum(), 1)
        assert overlap > 0.9


def test_neighbouring_regions_hardly_overlap() -> None:
    masks = dict(zip(BASE_REGIONS, base_masks(face(), SIZE), strict=True))
    for one, other in (("mouth", "chin"), ("mouth", "above mouth"), ("eyes", "cheeks")):
        shared = (masks[one] & masks[other]).sum()
        assert shared < 0.35 * min(masks[one].sum(), masks[other].sum()), (one, other)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.5, 3.0),
    st.floats(-0.8, 0.8),
    st.floats(-30, 30),
    st.floats(-30, 30),
)
def test_outlines_follow_the_face(scale: float, angle: float, x: float, y: float) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = face() @ turn.T.astype(np.float32) + np.array([x, y], np.float32)
    assert eye_distance(moved) == pytest.approx(scale * eye_distance(face()), rel=1e-3)
    for region in BASE_REGIONS:
        for before, after in zip(outlines(face(), region), outlines(moved, region), strict=True):
            np.testing.assert_allclose(before @ turn.T + [x, y], after, atol=0.05 * scale)


def test_outside_of_the_picture_is_cut_off() -> None:
    away = face() + np.float32(1e9)
    for region in STUDY_REGIONS:
        assert not region_mask(away, region, SIZE).any()
    half = face() - np.array([100, 0], np.float32)
    assert region_mask(half, "mouth", SIZE)[:, :20].any()


def test_margin_widens() -> None:
    plain, wide = (region_mask(face(), "eyes", SIZE, margin) for margin in (0.0, 0.1))
    assert (wide | ~plain).all()
    assert wide.sum() > 1.5 * plain.sum()


def test_a_turned_face_has_no_hidden_ear() -> None:
    turned = face()
    turned[0:4, 0] = turned[17, 0] + 3  # the jaw's near side lies inside of the brow
    left, right = outlines(turned, "ears")
    assert np.ptp(left[:, 0]) == pytest.approx(0, abs=1e-3)
    assert np.ptp(right[:, 0]) > 5


def test_bad_input_is_named() -> None:
    with pytest.raises(UsageError, match="no face region 'elbow'"):
        region_mask(face(), "elbow", SIZE)
    with pytest.raises(ValueError, match=r"\(68, 2\)"):
        region_mask(face()[:5], "eyes", SIZE)
    with pytest.raises(ValueError, match="NaN"):
        region_mask(face() * np.nan, "eyes", SIZE)


def test_a_face_of_one_point_does_not_fail() -> None:
    assert base_masks(np.full((68, 2), 50, np.float32), SIZE).sum() < 50
