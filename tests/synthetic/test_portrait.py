"""Portraits: that the truth handed out is what was drawn."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosopon.synthetic import (
    DRAWN,
    REGIONS,
    Appearance,
    Expression,
    Person,
    Portrait,
    Pose,
    Setting,
    Sitter,
    Wear,
    group,
    photograph,
    render,
)

SIZE = 192


def person(seed: int) -> Person:
    return Person.sample(np.random.default_rng(seed))


def plain(who: Person) -> Appearance:
    return Appearance(age=who.age)


def changed(one: Portrait, other: Portrait) -> np.ndarray:
    """Where two pictures differ visibly: rows and columns as an array of x, y."""
    difference = np.abs(one.pixels.astype(int) - other.pixels.astype(int)).max(axis=2)
    return np.argwhere(difference > 12)[:, ::-1]


def test_the_same_parameters_give_the_same_pixels():
    rng = np.random.default_rng(4)
    who = Person.sample(rng)
    appearance, setting = Appearance.sample(rng, who), Setting.sample(rng)
    first = render(who, appearance, setting, SIZE)
    again = render(who, appearance, setting, SIZE)
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.landmarks, again.landmarks)


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000))
def test_every_sampled_photograph_is_whole_and_its_truth_within_the_picture(seed: int):
    rng = np.random.default_rng(seed)
    who = Person.sample(rng)
    portrait = render(who, Appearance.sample(rng, who), Setting.sample(rng), 128)
    assert portrait.pixels.shape == (128, 128, 3) and portrait.pixels.dtype == np.uint8
    assert portrait.pixels.std() > 10
    assert ((portrait.landmarks > 0) & (portrait.landmarks < 128)).all()
    x1, y1, x2, y2 = portrait.box
    points = portrait.landmarks
    assert x1 < points[:, 0].min() and points[:, 0].max() < x2
    assert y1 < points[:, 1].min() and points[:, 1].max() < y2
    assert set(portrait.attributes) == set(DRAWN)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_landmarks_of_a_frontal_face_are_in_ibug_order(seed: int):
    who = person(seed)
    p = render(who, plain(who), None, 96).landmarks
    assert (np.diff(p[:17, 0]) > -1).all(), "the jaw runs from left to right"
    assert (np.diff(p[17:27, 0]) > 0).all(), "so do the brows"
    assert (np.diff(p[27:31, 1]) > 0).all(), "the bridge runs down"
    assert p[8, 1] == p[:, 1].max(), "the chin is lowest"
    for inner, outer, above, below in ((39, 36, (37, 38), (40, 41)), (42, 45, (43, 44), (46, 47))):
        assert abs(p[outer, 0] - 48) > abs(p[inner, 0] - 48)
        assert p[list(above), 1].max() < p[list(below), 1].min()
    assert p[51, 1] <= p[62, 1] <= p[66, 1] + 0.5 <= p[57, 1] + 0.5


def test_turning_the_head_moves_the_nose_towards_that_side():
    who = person(1)
    noses = [
        render(who, replace(plain(who), pose=Pose(yaw=yaw)), None, 128).landmarks[30, 0]
        for yaw in (-25, 0, 25)
    ]
    assert noses[0] < noses[1] - 5 and noses[1] + 5 < noses[2]


def test_a_print_that_lies_askew_turns_landmarks_with_the_pixels():
    who = person(2)
    straight = render(who, plain(who), Setting(), SIZE)
    askew = render(who, plain(who), Setting(rotation=10), SIZE)
    arm = straight.landmarks - (SIZE - 1) / 2
    angle = np.radians(10)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert np.allclose(arm @ turn, askew.landmarks - (SIZE - 1) / 2, atol=0.1)
    # The eyes' white and black follow: the pixel at the pupil stays as it was.
    left = straight.landmarks[36:42].mean(axis=0).round().astype(int)
    moved = askew.landmarks[36:42].mean(axis=0).round().astype(int)
    colours = [
        image.pixels[at[1] - 2 : at[1] + 3, at[0] - 2 : at[0] + 3].mean(axis=(0, 1))
        for image, at in ((straight, left), (askew, moved))
    ]
    assert np.abs(colours[0] - colours[1]).max() < 40


def test_glasses_change_pixels_around_the_eyes_only():
    who = person(3)
    bare = render(who, plain(who), None, SIZE)
    seen = changed(bare, render(who, replace(plain(who), wear=Wear(glasses="round")), None, SIZE))
    p = bare.landmarks
    assert len(seen) > 50
    assert seen[:, 1].min() > p[17:27, 1].min() - 0.08 * SIZE
    assert seen[:, 1].max() < p[33, 1] + 0.04 * SIZE
    near_eyes = np.abs(seen[:, 1] - p[36:48, 1].mean()) < 0.07 * SIZE
    assert near_eyes.mean() > 0.9


def test_lips_change_with_the_mouth_and_nothing_else_does():
    who = person(5)
    lips = render(who, plain(who), None, SIZE)
    other = who.with_region_from(person(6), "mouth")
    seen = changed(lips, render(other, plain(other), None, SIZE))
    p = lips.landmarks
    assert len(seen) > 20
    assert seen[:, 1].min() > p[27, 1] and abs(seen[:, 0].mean() - p[57, 0]) < 0.08 * SIZE


@pytest.mark.parametrize("region", REGIONS)
def test_one_region_can_be_exchanged_and_all_others_stay(region: str):
    one, other = person(7), person(8)
    mixed = one.with_region_from(other, region)
    assert getattr(mixed, region) == getattr(other, region)
    for field in fields(Person):
        if field.name != region:
            assert getattr(mixed, field.name) == getattr(one, field.name)


def test_an_unknown_region_is_refused_by_name():
    with pytest.raises(ValueError, match="expected one of head, eyes.*got 'knees'"):
        person(1).with_region_from(person(2), "knees")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Eyeglasses", {"wear": Wear(glasses="square")}),
        ("Wearing_Hat", {"wear": Wear(hat="brimmed")}),
        ("Wearing_Necktie", {"wear": Wear(clothes="suit", tie=True)}),
        ("Wearing_Earrings", {"wear": Wear(earrings=True)}),
        ("Smiling", {"expression": Expression(smile=0.9)}),
        ("Mouth_Slightly_Open", {"expression": Expression(open=0.5)}),
        ("Mustache", {"beard": "mustache"}),
        ("Goatee", {"beard": "goatee"}),
        ("5_o_Clock_Shadow", {"beard": "stubble"}),
        ("Bangs", {"fringe": True}),
        ("Gray_Hair", {"age": 75.0}),
    ],
)
def test_an_attribute_is_true_when_it_is_drawn_and_is_seen(name: str, change: dict[str, object]):
    who = next(p for p in map(person, range(100)) if p.male and p.hair.recession < 0.1)
    without = replace(plain(who), age=30.0)
    bare = render(who, without, None, 128)
    drawn = render(who, replace(without, **change), None, 128)  # type: ignore[arg-type]
    assert drawn.attributes[name] and not bare.attributes[name]
    assert len(changed(bare, drawn)) > 10


def test_every_attribute_occurs_and_is_missing_somewhere():
    rng = np.random.default_rng(0)
    from prosopon.synthetic.attributes import attributes

    seen = []
    for _ in range(2000):
        who = Person.sample(rng)
        seen.append(
            list(attributes(who, Appearance.sample(rng, who), Setting.sample(rng)).values())
        )
    share = np.mean(seen, axis=0)
    assert len(DRAWN) >= 25
    assert ((share > 0.01) & (share < 0.99)).all(), dict(zip(DRAWN, share, strict=True))


def test_group_photographs_keep_names_places_and_faces_apart():
    cast = {f"p{k}": person(k) for k in range(5)}
    portraits = group(np.random.default_rng(3), cast, 480, 320)
    assert [p.name for p in portraits] == list(cast)
    assert all(p.pixels is portraits[0].pixels for p in portraits)
    boxes = np.array([p.box for p in portraits])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    gaps = np.linalg.norm(middles[:, None] - middles[None], axis=2) + 1e9 * np.eye(5)
    assert gaps.min() > 0.9 * (boxes[:, 2] - boxes[:, 0]).min()


def test_who_stands_in_front_hides_who_stands_behind():
    who, other = person(1), person(2)
    behind = Sitter(who, plain(who), (0.5, 0.5), 40, "behind")
    front = Sitter(other, plain(other), (0.5, 0.5), 40, "front")
    both = photograph([behind, front], Setting(), 160, 160)[0]
    alone = photograph([front], Setting(), 160, 160)[0]
    p = alone.landmarks.round().astype(int)[27:]
    assert np.array_equal(both.pixels[p[:, 1], p[:, 0]], alone.pixels[p[:, 1], p[:, 0]])


@pytest.mark.models
def test_detectors_find_frontal_faces_where_the_truth_says():
    dlib = pytest.importorskip("dlib")
    detector = dlib.get_frontal_face_detector()
    overlaps = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        who = Person.sample(rng)
        appearance = replace(Appearance.sample(rng, who), pose=Pose())
        portrait = render(who, replace(appearance, wear=Wear()), Setting(), 256)
        x1, y1, x2, y2 = portrait.box
        best = 0.0
        for r in detector(portrait.pixels, 0):
            wide = min(x2, r.right()) - max(x1, r.left())
            high = min(y2, r.bottom()) - max(y1, r.top())
            both = max(wide, 0) * max(high, 0)
            best = max(best, both / ((x2 - x1) * (y2 - y1) + r.width() * r.height() - both))
        overlaps.append(best)
    assert np.mean(np.array(overlaps) >= 0.5) >= 0.9, np.round(overlaps, 2)
