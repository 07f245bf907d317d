"""Each loss against its paper's equation in plain arithmetic, and in its special cases."""

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from prosopon.verification.losses import LOSSES, ArcFace, CosFace, SphereFace, SphereFace2  # noqa: E402

D, PEOPLE, BATCH = 5, 4, 6


@pytest.fixture
def batch() -> tuple[Any, Any]:
    torch.manual_seed(3)
    embeddings = torch.randn(BATCH, D, dtype=torch.float64, requires_grad=True)
    return embeddings, torch.arange(BATCH) % PEOPLE


def made(name: str, scale: float = 8.0, margin: float = 0.0) -> Any:
    torch.manual_seed(1)
    return LOSSES[name](D, PEOPLE, scale, margin).double()


def angles(loss: Any, embeddings: Any) -> np.ndarray:
    x, w = embeddings.detach().numpy(), loss.directions.detach().numpy()
    x, w = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, w))
    return np.arccos(x @ w.T)


def sphere(theta: float, m: float) -> float:
    k = math.floor(m * theta / math.pi)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def beyond(theta: float, m: float) -> float:
    return math.cos(theta) - m * math.sin(m)


TARGETS = {
    "coco": (0.0, lambda theta, m: math.cos(theta)),
    "cosface": (0.35, lambda theta, m: math.cos(theta) - m),
    "arcface": (0.5, lambda t, m: math.cos(t + m) if t < math.pi - m else beyond(t, m)),
    "sphereface": (1.7, sphere),
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_equation(name: str, batch: Any) -> None:
    embeddings, people = batch
    margin, target = TARGETS[name]
    loss = made(name, margin=margin)
    theta = angles(loss, embeddings)
    expected = 0.0
    for row, y in enumerate(people.tolist()):
        right = math.exp(8 * target(theta[row, y], margin))
        wrong = sum(math.exp(8 * math.cos(theta[row, i])) for i in range(PEOPLE) if i != y)
        expected -= math.log(right / (right + wrong)) / BATCH
    assert loss(embeddings, people).item() == pytest.approx(expected, rel=1e-6)


def test_the_equation_of_sphereface2(batch: Any) -> None:
    embeddings, people = batch
    loss = made("sphereface2", margin=0.3)
    b, r, m, balance, t = loss.bias.item(), 8.0, 0.3, 0.7, 3.0
    cosines = np.cos(angles(loss, embeddings))
    g = 2 * ((cosines + 1) / 2) ** t - 1
    expected = 0.0
    for row, y in enumerate(people.tolist()):
        expected += balance / r * math.log(1 + math.exp(-r * (g[row, y] - m) - b))
        for i in set(range(PEOPLE)) - {y}:
            expected += (1 - balance) / r * math.log(1 + math.exp(r * (g[row, i] + m) + b))
    assert loss(embeddings, people).item() == pytest.approx(expected / BATCH, rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_the_value(name: str, batch: Any) -> None:
    embeddings, people = batch
    loss = made(name, margin=1.3 if name == "sphereface" else 0.3)
    assert torch.autograd.gradcheck(lambda x: loss(x, people), (embeddings,), atol=1e-5)
    directions = loss.directions.detach().clone().requires_grad_()

    def of_directions(w: Any) -> Any:
        return torch.func.functional_call(loss, {"directions": w}, (embeddings.detach(), people))

    assert torch.autograd.gradcheck(of_directions, (directions,), atol=1e-5)


@pytest.mark.parametrize(("name", "neutral"), [("cosface", 0), ("arcface", 0), ("sphereface", 1)])
def test_without_a_margin_they_are_coco(name: str, neutral: float, batch: Any) -> None:
    embeddings, people = batch
    plain = made("coco")(embeddings, people)
    assert made(name, margin=neutral)(embeddings, people).item() == pytest.approx(plain.item())


def test_coco_of_unit_vectors_is_softmax(batch: Any) -> None:
    embeddings, people = batch
    coco, softmax = made("coco", scale=1.0), made("softmax")
    with torch.no_grad():
        for loss in (coco, softmax):
            loss.directions.copy_(torch.nn.functional.normalize(loss.directions))
    unit = torch.nn.functional.normalize(embeddings)
    assert coco(unit, people).item() == pytest.approx(softmax(unit, people).item())


@pytest.mark.parametrize("name", ["cosface", "arcface", "sphereface", "sphereface2"])
def test_a_larger_margin_is_harder(name: str, batch: Any) -> None:
    embeddings, people = batch
    margins = (1.0, 1.2, 1.5) if name == "sphereface" else (0.0, 0.2, 0.4)
    values = []
    for margin in margins:
        loss = made(name, margin=margin)
        if name == "sphereface2":
            with torch.no_grad():
                loss.bias.fill_(-3.0)  # the same bias for all margins
        values.append(loss(embeddings, people).item())
    assert values[0] < values[1] < values[2]


@pytest.mark.parametrize("loss", [CosFace, ArcFace, SphereFace])
def test_targets_rise_with_the_cosine_everywhere(loss: Any) -> None:
    cosines = torch.linspace(-1, 1, 2001, dtype=torch.float64)
    margin = 1.8 if loss is SphereFace else 0.5
    target = loss(D, PEOPLE, 1.0, margin).target(cosines)
    assert (target.diff() >= -1e-9).all()
    assert (target <= cosines + 1e-4).all()


def test_the_bias_of_sphereface2_balances_the_first_pulls() -> None:
    people, scale, margin, balance = 1000, 30.0, 0.4, 0.7
    loss = SphereFace2(D, people, scale, margin, balance)
    right_angle = loss.similarity(torch.zeros(1)).item()
    b = loss.bias.item()
    yes = balance / (1 + math.exp(scale * (right_angle - margin) + b))
    no = (1 - balance) * (people - 1) / (1 + math.exp(-scale * (right_angle + margin) - b))
    assert yes == pytest.approx(no, rel=1e-4)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("case", ["zeros", "right on", "opposite"])
def test_extreme_embeddings_give_finite_gradients(name: str, case: str) -> None:
    loss = made(name, scale=64.0, margin=1.5 if name == "sphereface" else 0.5)
    factor = {"zeros": 0.0, "right on": 3.0, "opposite": -3.0}[case]
    embeddings = (factor * loss.directions.detach()).clone().requires_grad_()
    value = loss(embeddings, torch.arange(PEOPLE))
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(embeddings.grad).all()
