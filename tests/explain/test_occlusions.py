"""What is hidden is what the name says, wherever and however the face lies."""

from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.geometry.test_regions import face

from prosopon.errors import UsageError
from prosopon.explain.occlusions import (
    FILLS,
    Layout,
    Occlusion,
    fillings,
    hide,
    inside,
    occluded,
    occlusions,
    table_6_2,
)
from prosopon.geometry.regions import STUDY_REGIONS, region_mask
from prosopon.metrics.published import table

ALL = occlusions()
SIZE = (200, 200)


def one(family: str, shape: str, *regions: str) -> Occlusion:
    (found,) = [o for o in ALL if (o.family, o.shape, o.regions) == (family, shape, regions)]
    return found


@st.composite
def faces(draw: st.DrawFn) -> np.ndarray:
    """A face moved, turned and scaled so that it stays inside SIZE."""
    scale, angle = draw(st.floats(0.5, 1.1)), draw(st.floats(-0.3, 0.3))
    shift = np.array([draw(st.floats(-10, 10)), draw(st.floats(-10, 10))])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (face() - [100, 105]) * scale @ turn.T + [100, 105] + shift
    return points.astype(np.float32)[None]


def test_the_list_is_complete_and_names_are_unique() -> None:
    assert Counter(o.family for o in ALL) == {
        "right to left": 6,
        "left to right": 6,
        "top to bottom": 5,
        "bottom to top": 5,
        "revealed from the top": 5,
        "revealed from the bottom": 5,
        "one region out": 10,
        "pair out": 20,
        "triple out": 20,
        "only one region": 10,
        "everything out": 1,
    }
    assert len({o.name for o in ALL}) == len(ALL) == 93
    assert one("pair out", "strip", "eyes", "chin").name == "eyes + chin out (strip)"


def test_the_dissertations_sets_are_all_here() -> None:
    named = table_6_2()
    counts = Counter(name.rpartition(" ")[0] for name in named)
    published = table("occlusion-sets").rows
    assert counts == {name: count for name, (count,) in published.items()}
    assert set(named.values()) <= set(ALL)
    assert named["Just_region 2"] == one("only one region", "strip", "eyes")
    assert named["Region_blackout_contour 3"] == one("one region out", "contour", "nose")


@given(faces())
@settings(max_examples=20, deadline=None)
def test_revealed_strips_grow_to_all_five(points: np.ndarray) -> None:
    layout = Layout.of(points, SIZE)
    for family, first in (("top", "eyebrows"), ("bottom", "chin")):
        series = [layout.hidden(o) for o in ALL if o.family == f"revealed from the {family}"]
        for more, less in pairwise(series):
            assert (more | ~less).all() and more.sum() > less.sum()
        assert (series[0] == layout.hidden(one("only one region", "strip", first))).all()
        assert (series[-1] == ~layout.strips.any(axis=1)).all()


def test_skin_is_the_face_without_brows_eyes_and_mouth() -> None:
    picture = np.zeros((*SIZE, 3), np.uint8)
    points = face()
    hull = cv2.convexHull(points.astype(np.float32)).round().astype(np.int32)
    cv2.fillConvexPoly(picture, hull, (200, 150, 120))
    for region in ("eyebrows", "eyes", "mouth"):
        picture[region_mask(points, region, SIZE)] = (0, 0, 255)
    filling = fillings(picture[None], "skin", points[None])
    assert filling.shape == (1, *SIZE, 3)
    assert filling[0, 0, 0] == pytest.approx([200, 150, 120], abs=3)


@given(faces())
@settings(max_examples=20, deadline=None)
def test_regions_are_disjoint_and_lie_in_their_outlines_and_strips(points: np.ndarray) -> None:
    layout = Layout.of(points, SIZE)
    assert layout.contours.sum(axis=1).max() == 1
    assert layout.strips.sum(axis=1).max() == 1
    anyhow = layout.strips[0].any(axis=0)
    for place, region in enumerate(STUDY_REGIONS):
        outline = region_mask(points[0], region, SIZE, 0.1)
        assert (outline | ~layout.contours[0, place]).all()
        assert (anyhow | ~layout.contours[0, place]).all()
        rows = layout.strips[0, place]
        assert (rows == rows[:, :1]).all(), "strips are as wide as the picture"


@given(faces())
@settings(max_examples=20, deadline=None)
def test_series_are_nested_and_only_is_the_complement_of_out(points: np.ndarray) -> None:
    layout = Layout.of(points, SIZE)
    for family in ("left to right", "right to left", "top to bottom", "bottom to top"):
        series = [layout.hidden(o) for o in ALL if o.family == family]
        for less, more in pairwise(series):
            assert (more | ~less).all()
            assert more.sum() > less.sum()
    for shape in ("contour", "strip"):
        singles = [layout.hidden(one("one region out", shape, r)) for r in STUDY_REGIONS]
        for region, out in zip(STUDY_REGIONS, singles, strict=True):
            assert (layout.hidden(one("only one region", shape, region)) == ~out).all()
        for o in ALL:
            if o.shape == shape and o.family in ("pair out", "triple out"):
                parts = [singles[STUDY_REGIONS.index(r)] for r in o.regions]
                assert (layout.hidden(o) == np.any(parts, axis=0)).all()
    assert layout.hidden(ALL[-1]).all()


def test_sevenths_of_both_sides_make_a_whole() -> None:
    layout = Layout.of(face()[None], SIZE)
    left = [layout.hidden(o) for o in ALL if o.family == "left to right"]
    right = [layout.hidden(o) for o in ALL if o.family == "right to left"]
    for count, mask in enumerate(left, start=1):
        assert mask[0, :, : round(200 * count / 7)].all()
        assert mask.mean() == pytest.approx(count / 7, abs=0.003)
        assert (mask == right[count - 1][..., ::-1]).all()


@pytest.mark.parametrize("fill", FILLS)
def test_only_hidden_pixels_change(fill: str) -> None:
    pictures = np.random.default_rng(0).integers(1, 256, (2, *SIZE, 3), np.uint8)
    points = np.stack([face(), face() + 3])
    before = pictures.copy()
    for o, hidden, masks in occluded(pictures, points, ALL, fill):  # type: ignore[arg-type]
        assert (hidden[~masks] == pictures[~masks]).all(), o.name
        if fill == "black":
            assert not hidden[masks].any()
        if fill == "mean":
            assert np.abs(hidden[0][masks[0]] - pictures[0].mean(axis=(0, 1))).max() <= 0.5
    assert (pictures == before).all()


def test_a_blur_keeps_the_brightness_and_loses_the_detail() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    blurred = hide(pictures, np.ones((1, 64, 64), bool), fillings(pictures, "blur", face()[None]))
    assert blurred.mean() == pytest.approx(pictures.mean(), abs=3)
    assert blurred.std() < pictures.std() / 5


def test_a_region_outside_of_the_picture_is_refused_by_name() -> None:
    points = np.stack([face(), face() + np.array([0, 90])])
    assert inside(points, SIZE).tolist() == [True, False]
    with pytest.raises(UsageError, match="picture 1: its mouth lies outside of the 200×200"):
        Layout.of(points, SIZE)


def test_pictures_of_several_sizes_and_unknown_fills_are_refused() -> None:
    pictures = [np.zeros((200, 200, 3), np.uint8), np.zeros((90, 200, 3), np.uint8)]
    points = np.stack([face(), face()])
    with pytest.raises(UsageError, match="pictures of 2 sizes"):
        next(occluded(pictures, points, ALL))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="one of black, mean, skin, blur, got 'pink'"):
        next(occluded(np.stack([pictures[0]]), points[:1], ALL, "pink"))  # type: ignore[arg-type]
