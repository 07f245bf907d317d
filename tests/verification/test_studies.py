"""Look-alikes, surroundings and discovered attributes, on vectors and chips with known truth."""

import numpy as np
import pytest

from prosopon.errors import UsageError
from prosopon.geometry import TEMPLATES
from prosopon.verification import background_bias, pairwise_attributes
from prosopon.verification.look_alikes import look_alikes


def people_of(count: int, faces: int, noise: float, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(count, 24))
    vectors = np.repeat(centres, faces, axis=0) + noise * rng.normal(size=(count * faces, 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), [f"p{n:03d}" for n in range(count) for _ in range(faces)]


def test_twins_are_the_first_look_alikes() -> None:
    vectors, people = people_of(30, 4, 0.2)
    rng = np.random.default_rng(1)
    for twin, of in ((3, 20), (7, 11)):
        moved = vectors[of * 4 : of * 4 + 4] + (0.02 * of) * rng.normal(size=(4, 24)) / 5
        vectors[twin * 4 : twin * 4 + 4] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    found = look_alikes(vectors, people, most=5)
    assert {(pair.one, pair.other) for pair in found[:2]} == {("p003", "p020"), ("p007", "p011")}
    assert [pair.similarity for pair in found] == sorted(
        (p.similarity for p in found), reverse=True
    )
    first = found[0]
    assert people[first.left] == first.one and people[first.right] == first.other
    assert first.closest == pytest.approx(float(vectors[first.left] @ vectors[first.right]))


def test_look_alikes_equal_all_pairs_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, people = people_of(50, 2, 0.5)
    expected = look_alikes(vectors, people, most=40)
    monkeypatch.setattr("prosopon.verification.look_alikes._AT_ONCE", 7)
    blocks = look_alikes(vectors, people, most=40)
    assert [(p.one, p.other) for p in blocks] == [(p.one, p.other) for p in expected]
    assert len({(p.one, p.other) for p in expected}) == 40


def test_nobody_is_in_more_pairs_than_asked_for() -> None:
    vectors, people = people_of(30, 2, 0.3)
    everything = look_alikes(vectors, people, most=500)
    found = look_alikes(vectors, people, most=10, each=1)
    named = [person for pair in found for person in (pair.one, pair.other)]
    assert len(named) == len(set(named)) == 20
    assert found[0] == everything[0]


def test_people_without_enough_faces_have_no_look_alikes() -> None:
    vectors, people = people_of(3, 2, 0.1)
    vectors[1] = np.nan
    found = look_alikes(vectors, people, most=10, least_pictures=2)
    assert [(pair.one, pair.other) for pair in found] == [("p001", "p002")]
    assert look_alikes(vectors[:2], people[:2], most=10) == []


def chips(count: int, seed: int) -> np.ndarray:
    """One colour in the face and one around it."""
    rng = np.random.default_rng(seed)
    mask = background_bias.face_mask(TEMPLATES["arcface-112"])
    inside, around = rng.integers(0, 255, (2, count, 1, 1, 3))
    noise = rng.integers(0, 20, (count, 112, 112, 3))
    return np.clip(inside * mask + around * (1 - mask) + noise, 0, 255).astype(np.uint8)


def looks_at(weights: np.ndarray) -> background_bias.Embed:
    """An embedder that sees the mean colour under some weights only."""

    def embed(images: np.ndarray) -> np.ndarray:
        values = (images * weights).mean(axis=(1, 2)) / weights.mean() - 128
        unit: np.ndarray = values / np.linalg.norm(values, axis=1, keepdims=True)
        return unit.astype(np.float32)

    return embed


def test_an_embedder_that_follows_the_surroundings_is_told_from_one_that_does_not() -> None:
    template = TEMPLATES["arcface-112"]
    mask = background_bias.face_mask(template)
    left, right = chips(60, 1), chips(60, 2)
    alike = np.arange(60) < 30
    right[alike] = (right * mask + left * (1 - mask))[alike].astype(np.uint8)
    ground = looks_at((mask < 0.01).astype(np.float32))
    pictures = np.einsum("ij,ij->i", ground(left), ground(right))
    studies = {
        name: background_bias.study(name, embed, template, left, right, pictures, alike, 0.9)
        for name, embed in {
            "ground": ground,
            "face": looks_at((mask > 0.99).astype(np.float32)),
        }.items()
    }
    of_ground, of_face = studies["ground"], studies["face"]
    assert of_ground.explained["kept"].share > 0.95
    assert of_face.explained["kept"].share < 0.1
    assert of_ground.false_matches["kept"] == 1 > of_ground.false_matches["swapped"] + 0.5
    assert of_ground.mean["shared"] == pytest.approx(1, abs=0.02)
    assert of_face.mean["swapped"] == pytest.approx(of_face.mean["kept"], abs=0.05)
    low, high = of_face.explained["kept"].interval
    assert low <= of_face.explained["kept"].share <= high


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_face_mask_covers_the_landmarks(name: str) -> None:
    template = TEMPLATES[name]
    mask = background_bias.face_mask(template)
    assert mask.shape == (*template.size, 1)
    for x, y in template.points:
        assert mask[round(y), round(x)] > 0.9
    assert mask[0, 0] < 0.01


def test_discovered_attributes_tell_new_people_apart() -> None:
    vectors, people = people_of(40, 8, 0.35)
    pairs = pairwise_attributes.random_pairs(people, 60, least=4, seed=0)
    assert len(set(pairs)) == 60
    attributes = pairwise_attributes.discover(vectors, people, pairs)
    outputs = attributes.outputs(vectors)
    assert outputs.shape == (320, 60) and np.abs(outputs).max() <= 1
    labels = np.array(people)
    one, other = pairs[0]
    assert outputs[labels == one, 0].mean() < -0.3 < 0.3 < outputs[labels == other, 0].mean()
    fresh, strangers = people_of(20, 5, 0.35, seed=9)
    found = pairwise_attributes.retrieval(attributes.vectors(fresh), strangers)
    assert found["nearest"] > 0.9
    few = pairwise_attributes.retrieval(attributes.first(3).vectors(fresh), strangers)
    assert few["precision"] < found["precision"]


def test_both_ends_of_an_attribute() -> None:
    outputs = np.array([[0.1], [-0.9], [np.nan], [0.8]], np.float32)
    low, high = pairwise_attributes.ends(outputs, 0, 2)
    assert (low.tolist(), high.tolist()) == ([1, 0], [3, 0])


def test_named_attributes_are_learnt_the_same_way() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 10)).astype(np.float32)
    truth = np.stack([vectors[:, 0] > 0, vectors[:, 1] > 1], axis=1).astype(int)
    outputs = pairwise_attributes.named(vectors, truth, ["first", "second"]).outputs(vectors)
    assert np.mean((outputs > 0) == truth) > 0.95


def test_retrieval_by_its_definition() -> None:
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.92, 0.08]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = pairwise_attributes.retrieval(vectors, ["a", "b", "c", "a"])
    # of the first a, b is farther than a; of the second a, b is nearer than a
    assert found == {"nearest": 0.5, "precision": 0.75}
    with pytest.raises(UsageError, match="nobody has two faces"):
        pairwise_attributes.retrieval(vectors[:2], ["a", "b"])


def test_too_many_pairs_are_refused() -> None:
    with pytest.raises(UsageError, match="3 people with 2 faces or more make 3 pairs, not 4"):
        pairwise_attributes.random_pairs(["a", "a", "b", "b", "c", "c", "d"], 4, 2, 0)
