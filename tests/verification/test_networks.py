"""Shapes and layers of the networks, the authors' state dicts, and training with them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from prosopon.errors import ProsoponError, UsageError  # noqa: E402
from prosopon.training import Diverged, Schedule, fit  # noqa: E402
from prosopon.training.onnx_export import export  # noqa: E402
from prosopon.training.recipes import recipe_names  # noqa: E402
from prosopon.verification import networks, tasks  # noqa: E402


def count(network: Any) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_sfnet_has_twenty_layers_and_the_papers_sizes() -> None:
    network = networks.build("sfnet20", 512)
    layers = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(layers) == 20
    assert [m.out_channels for m in layers if m.stride == (2, 2)] == [64, 128, 256, 512]
    assert network.embedding.in_features == 512 * 7 * 7
    slim = networks.build("sfnet20", 32, width=0.1).eval()
    assert slim(torch.zeros(2, 3, 112, 112)).shape == (2, 32)


@pytest.mark.parametrize("version", [1, 2])
def test_lightcnn_has_the_papers_sizes(version: Any) -> None:
    network = networks.LightCNN29(256, version).eval()
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) == 1 + 2 * (1 + 2 + 3 + 4) + 2 * 4
    # the paper's table: 12,637K parameters with its max-feature-map embedding of 256
    expected = 12_637_000 if version == 1 else 12_637_000 - 256 * (8192 + 1)
    assert count(network) == pytest.approx(expected, rel=0.01)
    assert network(torch.zeros(1, 1, 128, 128)).shape == (1, 256)
    slim = networks.build("lightcnn29" if version == 1 else "lightcnn29-v2", 16, width=0.25).eval()
    assert slim(torch.zeros(1, 1, 128, 128)).shape == (1, 16)
    slim_sizes = [m.out_channels for m in slim.modules() if isinstance(m, torch.nn.Conv2d)]
    assert slim_sizes == [m.out_channels // 4 for m in convolutions]


def test_max_feature_maps_compete() -> None:
    layer = networks._mfm(1, 1, 1)
    with torch.no_grad():
        layer.filter.weight.copy_(torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1))
        layer.filter.bias.zero_()
    assert layer(torch.tensor([[[[-3.0, 2.0]]]])).flatten().tolist() == [3.0, 2.0]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_authors_checkpoints_are_read(tmp_path: Path, version: Any, prefix: str) -> None:
    torch.manual_seed(version)
    original = networks.LightCNN29(8, version).eval()
    weights = {f"{prefix}{name}": value for name, value in original.state_dict().items()}
    weights[f"{prefix}fc2.weight"] = torch.zeros(10, 8)
    file = tmp_path / "LightCNN_29Layers.pth.tar"
    torch.save({"epoch": 80, "state_dict": weights}, file)
    network = networks.read_lightcnn(file).eval()
    assert network.version == version
    picture = torch.rand(1, 1, 128, 128)
    assert torch.equal(network(picture), original(picture))


class Hostile:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def test_other_checkpoints_are_refused(tmp_path: Path) -> None:
    file, marker = tmp_path / "other.pth", tmp_path / "ran"
    torch.save({"state_dict": {"conv1.weight": torch.zeros(1)}}, file)
    with pytest.raises(ProsoponError, match="no layer fc"):
        networks.read_lightcnn(file)
    torch.save({"state_dict": {"fc.weight": torch.zeros(8, 4)}}, file)
    with pytest.raises(ProsoponError, match="not a checkpoint of LightCNN-29"):
        networks.read_lightcnn(file)
    torch.save({"state_dict": Hostile(marker)}, file)
    with pytest.raises(ProsoponError, match="not a checkpoint of plain tensors"):
        networks.read_lightcnn(file)
    assert not marker.exists()


def test_all_recipes_are_read() -> None:
    names = recipe_names("prosopon.verification")
    for name in names:
        recipe = tasks.Recipe.read(name)
        assert recipe.network.template().size
    published = tasks.Recipe.read("sfnet20-sphereface2").schedule
    assert (published.steps, published.batch, published.momentum) == (70_000, 512, 0.9)
    rates = [published.rate_at(step) for step in (0, 39_999, 40_000, 60_000, 69_999)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.001, 0.001])
    assert {"lightcnn29", "lightcnn29-v2", "small-coco"} <= set(names)
    losses = {name: tasks.Recipe.read(name).loss.name for name in names}
    assert losses["lightcnn29"] == losses["otto10"] == "softmax"
    assert [name for name in names if losses[name] == "triplet"] == ["conv5-triplet"]
    with pytest.raises(UsageError, match="no recipe 'nothing'"):
        tasks.Recipe.read("nothing")


def recipe(loss: str, **schedule: Any) -> tasks.Recipe:
    about = tasks.Network(dimensions=16, width=0.05)
    margin = 1.2 if loss == "sphereface" else 0.2
    values = {"optimizer": "sgd", "rate": 0.05, "batch": 16, "epochs": 6, "clip": 5.0} | schedule
    return tasks.Recipe(Schedule(**values), about, tasks.Loss(loss, 8.0, margin, 4, 4))


@pytest.fixture(scope="module")
def people() -> tasks.Chips:
    """Four people of one colour each, in noise."""
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(4), 8)
    colours = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200], [180, 180, 60]])
    noise = rng.integers(-40, 40, (32, 112, 112, 3))
    chips = np.clip(colours[identities][:, None, None] + noise, 0, 255).astype(np.uint8)
    return tasks.Chips(chips, identities)


@pytest.mark.parametrize(
    ("loss", "precision"),
    [("arcface", "32-true"), ("triplet", "32-true"), ("cosface", "bf16-mixed")],
)
def test_training_separates_people_and_exports(
    people: tasks.Chips, tmp_path: Path, loss: str, precision: str
) -> None:
    given = recipe(loss, precision=precision)
    task = tasks.EmbedderTask(given, 4)
    fit(task, people, given.schedule, tmp_path, batches=tasks.batches(given, people.identities))
    task.eval()
    vectors = task.embed(people.chips)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    same = people.identities[:, None] == people.identities[None]
    cosines = vectors @ vectors.T
    assert cosines[same].mean() > cosines[~same].mean() + 0.2
    export(task.network, given.network.input_size, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    pixels = task.prepare(torch.from_numpy(people.chips[:3])).numpy()
    (outcome,) = session.run(None, {"chips": pixels})
    outcome /= np.linalg.norm(outcome, axis=1, keepdims=True)
    assert outcome == pytest.approx(vectors[:3], abs=1e-4)


def test_training_that_diverges_is_stopped(people: tasks.Chips, tmp_path: Path) -> None:
    given = recipe("softmax", rate=1e30, clip=0.0)
    task = tasks.EmbedderTask(given, 4)
    with pytest.raises(Diverged, match="Lower the rate"):
        fit(task, people, given.schedule, tmp_path)


def test_random_crops_and_grey_pictures() -> None:
    about = tasks.Network("lightcnn29", 16, 1.0, "lightcnn-128", 8, True, 0.0, 255.0)
    assert about.template().size == (144, 144)
    task = tasks.EmbedderTask(tasks.Recipe(Schedule(epochs=1), about, tasks.Loss("coco")), 4)
    chips = torch.full((2, 128, 128, 3), 255, dtype=torch.uint8)
    images = task.prepare(chips)
    assert images.shape == (2, 1, 128, 128)
    assert images.max().item() == pytest.approx(1.0)
    positions = torch.arange(144)[:, None] * torch.ones(1, 144)
    many = positions.to(torch.uint8)[None, :, :, None].expand(32, 144, 144, 3)
    tops = tasks._cropped(many, about)[:, 0, 0, 0]
    assert tops.max() <= 16 and len(tops.unique()) > 4, "each picture has a window of its own"
    large = torch.zeros(2, 144, 144, 3, dtype=torch.uint8)
    assert task.loss((large, torch.tensor([0, 1])))["coco"] > 0


def test_the_ten_layer_and_the_five_layer_network() -> None:
    for name, side, dimensions, convolutions in (("otto10", 100, 320, 10), ("conv5", 112, 128, 5)):
        network = networks.build(name, dimensions).eval()  # type: ignore[arg-type]
        assert network(torch.zeros(1, 3, side, side)).shape == (1, dimensions)
        found = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
        assert len(found) == convolutions
