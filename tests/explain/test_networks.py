"""Networks learn, maps point where the network looks, and parts of the data are honest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.explain.test_importance import pictures_that_differ_in

from prosopon.errors import UsageError
from prosopon.explain.cam import (
    class_activation,
    finer_layer,
    grad_cam,
    heat_sheet,
    integrated_gradients,
    overlay,
    randomised,
    region_heat,
)
from prosopon.explain.folds import folds_of
from prosopon.explain.heat_maps import likeness
from prosopon.explain.networks import LastMaps, MapClassifier, SmallResNet
from prosopon.explain.recipes import Network, Picture, Recipe, load_recipe
from prosopon.explain.tasks import ClassifierTask, Faces, probabilities
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.training import Schedule, fit
from prosopon.training.recipes import recipe_names


def small(labels: int = 1, width: int = 4) -> MapClassifier:
    torch.manual_seed(0)
    return MapClassifier(SmallResNet(width), 4 * width, labels)


def recipe(**schedule: object) -> Recipe:
    values = {"epochs": 12, "batch": 10, "rate": 1e-2} | schedule
    return Recipe(Schedule(**values), network=Network(width=4))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> MapClassifier:
    """A network that tells bright mouths from dark ones."""
    pictures, _, truth = pictures_that_differ_in("mouth")
    network = small()
    task = ClassifierTask(recipe(), network, truth[:, None])
    fit(task, Faces(pictures, truth[:, None]), task.recipe.schedule, tmp_path_factory.mktemp("t"))
    return network


def test_a_network_learns_and_its_maps_are_warm_where_it_looks(trained: MapClassifier) -> None:
    pictures, points, truth = pictures_that_differ_in("mouth")
    chances = probabilities(trained, pictures)
    assert chances.shape == (60, 1)
    assert ((chances[:, 0] >= 0.5) == truth).mean() == 1
    yes = truth == 1
    heat = class_activation(trained, pictures[yes], 0, np.ones(yes.sum(), bool))
    ratios = np.nanmean(region_heat(heat, points[yes]), axis=0)
    assert STUDY_REGIONS[int(np.argmax(ratios))] == "mouth"
    assert ratios.max() > 1.5


@pytest.mark.parametrize("answer", [True, False])
def test_grad_cam_of_the_last_maps_is_cam(trained: MapClassifier, answer: bool) -> None:
    pictures = pictures_that_differ_in("mouth", 6)[0]
    yes = np.full(6, answer)
    cam = class_activation(trained, pictures, 0, yes)
    np.testing.assert_allclose(cam, grad_cam(trained, pictures, 0, yes), atol=1e-4)
    assert cam.shape == (6, 64, 64)
    assert cam.min() >= 0
    assert set(cam.max(axis=(1, 2)).round(4)) <= {0.0, 1.0}


def test_a_finer_layer_has_larger_maps(trained: MapClassifier) -> None:
    images = torch.zeros(1, 3, 64, 64)
    layer = finer_layer(trained, 64)
    sizes = []
    layer.register_forward_hook(lambda _m, _i, output: sizes.append(output.shape[2]))
    assert trained.maps(images).shape[2] == 16
    assert sizes == [32]


def test_a_sheet_has_a_row_for_each_face(trained: MapClassifier) -> None:
    pictures, points, _ = pictures_that_differ_in("mouth", 3)
    sheet, columns = heat_sheet(trained, pictures, points, "black")
    assert (columns, sheet.shape) == (8, (24, 64, 64, 3))
    assert (sheet[0] == pictures[0]).all()
    assert (overlay(pictures, np.zeros((3, 64, 64), np.float32)) <= pictures // 2 + 4).all()


def test_a_frozen_body_stays_as_it_is(tmp_path: Path) -> None:
    network = small()
    before = network.body[1].steps[0].weight.clone()  # type: ignore[index, union-attr, operator]
    labels = np.arange(20)[:, None] % 2
    frozen = replace(recipe(epochs=3), network=Network(width=4, frozen=True))
    task = ClassifierTask(frozen, network, labels)
    features = torch.randn(20, 16)
    features[:, 0] = torch.from_numpy(labels[:, 0]) * 4.0 - 2
    data = torch.utils.data.TensorDataset(features, torch.from_numpy(labels).float())
    rows = fit(task, data, frozen.schedule, tmp_path)  # type: ignore[arg-type]
    assert rows[-1]["train loss"] < rows[0]["train loss"]
    assert torch.equal(before, network.body[1].steps[0].weight)  # type: ignore[index, union-attr, arg-type]


def test_unknown_labels_are_left_out_and_constant_ones_refused() -> None:
    labels = np.array([[1, -1], [0, 1], [1, 0]])
    task = ClassifierTask(recipe(), small(2), labels)
    images, answers = Faces(np.zeros((3, 64, 64, 3), np.uint8), labels)[np.arange(3)]
    images.requires_grad_()
    task.eval().loss((images, answers))["loss"].backward()
    assert torch.isfinite(images.grad).all()  # type: ignore[arg-type]
    only = torch.tensor([[-1.0, -1.0], [0.0, 1.0], [1.0, 0.0]])
    whole = task.loss((images, only))["loss"]
    part = task.loss((images[1:], only[1:]))["loss"]
    assert whole.item() == pytest.approx(part.item(), rel=1e-5)
    with pytest.raises(UsageError, match="label 1: all faces have the same answer"):
        ClassifierTask(recipe(), small(2), np.array([[1, 1], [0, 1], [1, -1]]))


def test_bodies_of_transformers_fit() -> None:
    from prosopon.training.backbones import load_backbone

    backbone, channels = load_backbone("resnet")
    network = MapClassifier(LastMaps(backbone), channels, 3).eval()
    assert probabilities(network, np.zeros((2, 32, 32, 3), np.uint8)).shape == (2, 3)
    assert sum(p.numel() for p in backbone.parameters()) == 23_508_032  # ResNet-50's, no head


def test_parts_keep_people_together_and_answers_alike() -> None:
    rng = np.random.default_rng(0)
    people = rng.integers(0, 40, 400).astype(str)
    truth = (rng.random(400) < 0.3).astype(int)
    parts = folds_of(truth, people.tolist(), 5)
    assert all(len(np.unique(parts[people == person])) == 1 for person in set(people))
    shares = [truth[parts == part].mean() for part in range(5)]
    assert max(shares) - min(shares) < 0.1
    alone = folds_of(truth, [""] * 400, 5)
    assert np.bincount(alone).tolist() == [80] * 5


@pytest.mark.parametrize(
    ("truth", "people"),
    [([0, 1, 0, 1, 1, 1], "aabbcc"), ([1] * 6, "abcdef"), ([0, 1] * 3, "a" * 6)],
)
def test_too_few_faces_for_the_parts_are_refused(truth: list[int], people: str) -> None:
    with pytest.raises(UsageError, match="5 parts need 5 faces or more with either answer"):
        folds_of(truth, list(people), 5)


def test_every_recipe_can_be_read() -> None:
    names = recipe_names("prosopon.explain")
    assert set(names) == {
        "quick-32",
        "small-32",
        "mobilenet-112",
        "mobilenet-224",
        "resnet50-32",
        "resnet50-224",
    }
    for name in names:
        assert str(load_recipe(name).picture.side) == name.split("-")[1]
    assert Picture(side=100, padding=0.5).side == 100


def test_integrated_gradients_point_where_the_network_looks(trained: MapClassifier) -> None:
    pytest.importorskip("captum")
    pictures, points, _ = pictures_that_differ_in("mouth")
    heat = integrated_gradients(trained, pictures[:8], 0)
    ratios = np.nanmean(region_heat(heat, points[:8]), axis=0)
    assert STUDY_REGIONS[int(np.argmax(ratios))] == "mouth"


def test_random_weights_change_the_map_and_not_the_network(trained: MapClassifier) -> None:
    pictures, _, _ = pictures_that_differ_in("mouth")
    before = probabilities(trained, pictures)
    other = randomised(trained)
    np.testing.assert_array_equal(probabilities(trained, pictures), before)
    yes = np.ones(8, bool)
    maps = [class_activation(each, pictures[:8], 0, yes) for each in (trained, other)]
    assert likeness(*maps).mean() < 0.6
