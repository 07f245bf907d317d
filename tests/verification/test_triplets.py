"""Which triplets are chosen, and that none of them ends in NaN."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from prosopon.errors import UsageError  # noqa: E402
from prosopon.verification.triplets import balanced, triplet_loss  # noqa: E402


def on_circle(*degrees: float) -> "torch.Tensor":
    turned = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    return torch.stack([turned.cos(), turned.sin()], dim=1).requires_grad_()


def square(one: float, other: float) -> float:
    return float(2 - 2 * np.cos(np.deg2rad(one - other)))


def test_the_nearest_negative_beyond_the_positive_is_chosen() -> None:
    # the anchor 0 has its positive at 20; 10 is harder, 30 semi-hard, 90 easy
    vectors = on_circle(0, 20, 10, 30, 90)
    people = torch.tensor([0, 0, 1, 2, 3])
    near = square(0, 20)
    anchor_0 = max(0.0, near - square(0, 30) + 0.5)
    anchor_20 = max(0.0, near - square(20, 90) + 0.5)  # 10 and 30 are nearer than the positive
    expected = (anchor_0 + anchor_20) / 2
    assert triplet_loss(vectors, people, 0.5).item() == pytest.approx(expected)


def test_without_a_negative_beyond_the_farthest_is_chosen() -> None:
    vectors = on_circle(0, 90, 10, 40)
    people = torch.tensor([0, 0, 1, 2])
    near = square(0, 90)
    losses = [near - square(0, 40) + 0.2, near - square(90, 10) + 0.2]
    assert triplet_loss(vectors, people, 0.2).item() == pytest.approx(sum(losses) / 2)


@pytest.mark.parametrize(
    ("degrees", "people"),
    [
        ([0, 0, 40, 40], [0, 0, 1, 1]),  # copies of a picture: distance 0
        ([5, 5, 5, 5], [0, 0, 1, 1]),  # collapsed
        ([0, 10, 20], [0, 1, 2]),  # nobody has two pictures: no triplets
        ([0, 10, 20], [0, 0, 0]),  # only one person: no negatives
    ],
)
def test_no_batch_gives_nan(degrees: list[float], people: list[int]) -> None:
    vectors = on_circle(*degrees)
    value = triplet_loss(vectors, torch.tensor(people), 0.2)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(vectors.grad).all()


def test_plain_distances_would_give_nan() -> None:
    # what the loss avoids: the root of a distance of 0
    vectors = on_circle(0, 0)
    (vectors[0] - vectors[1]).norm().sqrt().backward()
    assert not torch.isfinite(vectors.grad).all()


def test_zeros_are_no_trouble() -> None:
    vectors = torch.zeros(4, 3, requires_grad=True)
    value = triplet_loss(vectors, torch.tensor([0, 0, 1, 1]), 0.2)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(vectors.grad).all()


def test_the_gradient_pulls_and_pushes() -> None:
    vectors = on_circle(0, 30, 45)
    people = torch.tensor([0, 0, 1])
    before = triplet_loss(vectors, people, 0.5)
    before.backward()
    moved = vectors.detach() - 0.1 * vectors.grad
    assert triplet_loss(moved, people, 0.5) < before


def test_batches_hold_people_with_several_pictures() -> None:
    identities = np.repeat(np.arange(20), 5)
    identities = np.concatenate([identities, [77]])  # one with a single picture
    batches = balanced(identities, people=4, pictures=3, seed=1)
    seen = set()
    for rows in batches(0):
        of_batch, counts = np.unique(identities[rows], return_counts=True)
        assert len(of_batch) == 4
        assert (counts == 3).all()
        seen |= set(of_batch.tolist())
    assert seen == set(range(20))
    again = balanced(identities, 4, 3, seed=1)
    for one, other in zip(batches(2), again(2), strict=True):
        assert np.array_equal(one, other)
    assert any(
        not np.array_equal(one, other) for one, other in zip(batches(0), batches(1), strict=True)
    )


def test_single_pictures_make_no_triplets() -> None:
    with pytest.raises(UsageError, match="at least 2 people with 2 pictures"):
        balanced([0, 0, 1, 2, 3], people=2, pictures=2, seed=0)
