"""Benchmarks built from people with known pictures: crops, duplicates, splits, balance, seed."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosopon.errors import ProsoponError
from prosopon.verification.building import crops, duplicates, sampling, statistics
from prosopon.verification.building.duplicates import NearPair
from prosopon.verification.building.sampling import Sizes
from prosopon.verification.protocols import PROTOCOLS

# crops


def crop_of(picture: np.ndarray, box: list[float], eyes: list[list[float]]) -> np.ndarray:
    return crops.centred_crop(picture, np.array(box, np.float32), np.array(eyes, np.float32))


def marked(size: tuple[int, int], *points: tuple[int, int]) -> np.ndarray:
    """A grey picture with small white discs."""
    picture = np.full((*size, 3), 90, np.uint8)
    for x, y in points:
        picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    return picture


@given(st.floats(-0.6, 0.6), st.integers(60, 140), st.integers(60, 140))
@settings(max_examples=30, deadline=None)
def test_eyes_come_level_and_to_the_middle(turn: float, x: int, y: int) -> None:
    across = 15 * np.array([np.cos(turn), np.sin(turn)])
    eyes = [
        [round(x - across[0]), round(y - across[1])],
        [round(x + across[0]), round(y + across[1])],
    ]
    picture = marked((200, 200), *(tuple(eye) for eye in eyes))
    crop = crop_of(picture, [x - 30, y - 25, x + 30, y + 45], eyes)
    rows, columns = np.nonzero(crop[..., 0] > 180)
    middle = (np.array(crop.shape[1::-1]) - 1) / 2
    assert np.abs(np.array([columns.mean(), rows.mean()]) - middle).max() < 1.6
    left, right = columns < middle[0], columns > middle[0]
    assert abs(rows[left].mean() - rows[right].mean()) < 1.6


def test_the_box_is_widened_and_kept_inside() -> None:
    picture = marked((100, 100))
    inside = crop_of(picture, [40, 40, 60, 60], [[45, 50], [55, 50]])
    assert 30 <= inside.shape[0] <= 32 and 30 <= inside.shape[1] <= 32
    at_edge = crop_of(picture, [-5, -5, 30, 30], [[5, 10], [15, 10]])
    assert (at_edge == 90).all(), "edges are repeated, not filled with black"
    assert at_edge.shape[0] > 50 and at_edge.shape[1] > 50, "padded to have the eyes in the middle"


def test_a_face_without_eyes_is_only_cut() -> None:
    crop = crop_of(marked((100, 100)), [40, 40, 60, 60], [[np.nan] * 2] * 2)
    assert crop.shape == (30, 30, 3)


# duplicates


def test_exact_and_near_duplicates() -> None:
    rng = np.random.default_rng(0)
    pictures = {name: rng.integers(0, 255, (8, 8, 3)).astype(np.uint8) for name in "acde"}
    pictures["b"] = pictures["c"].copy()
    assert duplicates.exact(pictures) == {"c": "b"}
    vectors = np.eye(4, dtype=np.float32)
    vectors[2] = [0.0, 0.95, np.sqrt(1 - 0.95**2), 0.0]
    found = duplicates.near(["d", "a", "c", "b"], vectors)
    assert [(pair.kept, pair.doubted) for pair in found] == [("a", "c")]
    assert found[0].cosine == pytest.approx(0.95)


def test_verdicts_of_a_person_hold(tmp_path: Path) -> None:
    pairs = [NearPair("a", "b", 0.99), NearPair("b", "c", 0.98), NearPair("d", "e", 0.97)]
    assert duplicates.to_drop(pairs) == {"b", "e"}, "b has gone, so it takes nobody with it"
    file = tmp_path / "near.csv"
    duplicates.write(pairs, file)
    file.write_text(file.read_text().replace("d,e,0.9700,", "d,e,0.9700,Different"))
    verdicts = duplicates.read_verdicts(file)
    judged = [NearPair(p.kept, p.doubted, p.cosine, verdicts[p.kept, p.doubted]) for p in pairs]
    assert duplicates.to_drop(judged) == {"b"}
    file.write_text("kept,doubted,cosine,verdict\na,b,1,perhaps\n")
    with pytest.raises(ProsoponError, match="line 2: verdict must be same or different"):
        duplicates.read_verdicts(file)


# sampling

PEOPLE = {f"p{number:02d}": [f"p{number:02d}/{i}.jpg" for i in range(4)] for number in range(40)}
PAIRS = [(f"p{number:02d}", f"p{number + 1:02d}") for number in range(0, 40, 2)]
SIZES = Sizes(splits=5, combinations=10, pairs=40, vise_pairs=40)


def test_doppelganger_protocol() -> None:
    samples = sampling.doppelganger(PEOPLE, PAIRS, SIZES, seed=1)
    split_of: dict[str, int] = {}
    for sample in samples:
        assert (sample.left_person == sample.right_person) == sample.same
        assert sample.left in PEOPLE[sample.left_person]
        assert sample.left != sample.right
        for person in (sample.left_person, sample.right_person):
            assert split_of.setdefault(person, sample.split) == sample.split
        if not sample.same:
            assert (sample.left_person, sample.right_person) in PAIRS
    for split in range(5):
        kinds = Counter(sample.same for sample in samples if sample.split == split)
        assert kinds[True] == kinds[False] == 40
    assert len({(s.left, s.right) for s in samples}) == len(samples)
    by_people = Counter((s.left_person, s.right_person) for s in samples)
    assert max(by_people.values()) <= SIZES.combinations


def test_the_seed_decides_and_the_order_of_lists_does_not() -> None:
    samples = sampling.doppelganger(PEOPLE, PAIRS, SIZES, seed=1)
    turned = {person: of[::-1] for person, of in reversed(PEOPLE.items())}
    swapped = [(other, one) for one, other in reversed(PAIRS)]
    assert sampling.doppelganger(turned, swapped, SIZES, seed=1) == samples
    assert sampling.doppelganger(PEOPLE, PAIRS, SIZES, seed=2) != samples


@given(st.sets(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_look_alikes_stay_together(links: set[tuple[int, int]]) -> None:
    people = list(PEOPLE)
    pairs = [(people[a], people[b]) for a, b in links]
    weights = dict.fromkeys(people, 1)
    try:
        splits = sampling.splits_of(people, pairs, Sizes(splits=4), weights, seed=0)
    except ProsoponError:
        return
    assert set(splits) == set(people)
    assert all(splits[one] == splits[other] for one, other in pairs)
    assert set(splits.values()) == {0, 1, 2, 3}


def test_people_with_one_picture_are_in_different_pairs_only() -> None:
    people = {**PEOPLE, "p00": ["p00/0.jpg"]}
    samples = sampling.doppelganger(people, PAIRS, SIZES, seed=0)
    alone = [s for s in samples if "p00" in (s.left_person, s.right_person)]
    assert not any(sample.same for sample in alone)


def test_what_cannot_be_built() -> None:
    with pytest.raises(ProsoponError, match="2 groups of look-alikes do not fill 5 splits"):
        sampling.doppelganger(PEOPLE, PAIRS[:2], SIZES, seed=0)
    with pytest.raises(ProsoponError, match="none of the 1 pairs"):
        sampling.doppelganger(PEOPLE, [("nobody", "noone")], SIZES, seed=0)
    singles = {person: of[:1] for person, of in PEOPLE.items()}
    with pytest.raises(ProsoponError, match="no pairs of one person"):
        sampling.doppelganger(singles, PAIRS, SIZES, seed=0)


def test_vise_protocol_takes_alike_pictures_of_different_people() -> None:
    rng = np.random.default_rng(0)
    scenes = rng.normal(size=(3, 16))
    vectors = {}
    for of in PEOPLE.values():
        for place, name in enumerate(of):
            vector = scenes[place % 3] + 0.1 * rng.normal(size=16)
            vectors[name] = (vector / np.linalg.norm(vector)).astype(np.float32)
    splits = {person: place // 2 % 5 for place, person in enumerate(PEOPLE)}
    listed = [("p00", "p01")]
    samples = sampling.vise(PEOPLE, vectors, splits, listed, SIZES, seed=0)
    different = [sample for sample in samples if not sample.same]
    assert len(different) * 2 == len(samples) == 400
    for sample in different:
        assert vectors[sample.left] @ vectors[sample.right] >= 0.8
        assert sample.left_person != sample.right_person
        assert splits[sample.left_person] == splits[sample.right_person] == sample.split
        assert {sample.left_person, sample.right_person} != {"p00", "p01"}, "they are listed"
    usual = sampling.vise(PEOPLE, vectors, splits, [], SIZES, seed=0)
    assert any({s.left_person, s.right_person} == {"p00", "p01"} for s in usual)


def test_a_protocol_is_written_as_it_is_read(tmp_path: Path) -> None:
    samples = sampling.doppelganger(PEOPLE, PAIRS, SIZES, seed=1)
    short = [
        sampling.Sample(s.left_person, s.left[4:], s.right_person, s.right[4:], s.same, s.split)
        for s in samples
    ]
    statistics.write_protocol(short, tmp_path / "DoppelgangerProtocol.csv")
    pairs = PROTOCOLS["doppelganger"].pairs(tmp_path)
    assert pairs.same.tolist() == [sample.same for sample in samples]
    assert pairs.folds.tolist() == [sample.split for sample in samples]
    assert pairs.pictures[pairs.left[0]] == samples[0].left
    assert PROTOCOLS["doppelganger"].pairs(tmp_path, view=1).learns


def test_statistics_and_data_sheet() -> None:
    samples = sampling.doppelganger(PEOPLE, PAIRS, SIZES, seed=1)
    labels = {
        "gender": {person: "F" if number % 4 < 2 else "M" for number, person in enumerate(PEOPLE)}
    }
    made = statistics.statistics(samples, labels, 5)
    assert (made.pairs, made.same) == (400, 200)
    assert made.pairs_by_split == [80] * 5
    assert sum(made.people_by_split) == made.people
    assert made.contribution["mean"] == pytest.approx(800 / made.people)
    few = [sample for sample in samples if sample.split == 0]
    alone = statistics.statistics(few, {}, 1)
    total = 2 * len(few)
    assert alone.shares["least"] == pytest.approx(alone.contribution["least"] / total)
    assert alone.shares["most"] == pytest.approx(alone.contribution["most"] / total)
    assert alone.shares["deviation"] == pytest.approx(alone.contribution["deviation"] / total)
    assert made.shares["least"] < 5 / made.people < made.shares["most"]
    assert sum(made.balance["gender"].values()) == pytest.approx(1)
    sheet = statistics.data_sheet("Mine", {"seed": 1}, {"pictures": 160}, {"Look": made}, "Ask me.")
    assert "Ask me." in sheet and "| 4 | 80 |" in sheet and "By gender: F" in sheet
