"""Recipes, augmentation, losses and networks for attributes; a small training of each kind."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from prosopon.attributes.augment import augment
from prosopon.attributes.losses import (
    ClassBalanced,
    binary_cross_entropy,
    cosine_proximity,
    focal,
    make_loss,
    summed_cross_entropy,
)
from prosopon.attributes.networks import (
    AttParseNet,
)
from prosopon.attributes.recipes import (
    AttributeRecipe,
    Augmentation,
    BackboneSettings,
    Crop,
    ParsingSettings,
    load_recipe,
)
from prosopon.attributes.segments import MAP_SIZE, PICTURE_SIZE
from prosopon.attributes.tasks import Samples, make_task
from prosopon.datasets.vocabulary import WITHOUT_THREE
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry import box_points, cut_chips
from prosopon.geometry.regions import BASE_REGIONS
from prosopon.training import Diverged, Schedule, fit, load_weights
from prosopon.training.backbones import (
    load_backbone,
    load_torchvision_weights,
    recalibrate,
)
from prosopon.training.recipes import recipe_names

LOSSES = ("cosine", "bce", "summed bce", "mae", "mse", "focal", "balanced")


def test_recipes_that_come_along_are_the_papers() -> None:
    assert recipe_names("prosopon.attributes") == [
        "attparsenet",
        "attparsenet-baseline",
        "mobilenet-v2",
    ]
    mobile = load_recipe("mobilenet-v2")
    assert mobile.attributes == WITHOUT_THREE
    assert (mobile.loss, mobile.schedule.batch, mobile.schedule.optimizer) == (
        "cosine",
        64,
        "adadelta",
    )
    parse, baseline = load_recipe("attparsenet"), load_recipe("attparsenet-baseline")
    assert (parse.crop.height, parse.crop.width) == PICTURE_SIZE
    assert parse.parsing is not None
    assert baseline.parsing == replace(parse.parsing, segments=False, segment_epochs=0)
    assert (parse.schedule.epochs, baseline.schedule.epochs) == (32, 22)
    assert (parse.crop.aligned, baseline.crop.aligned) == (False, True)
    assert {parse.loss, baseline.loss} == {"summed bce"}
    assert (parse.parsing.heads, parse.parsing.mask_value) == ("own map", 255)


def test_recipes_want_one_kind_of_network(tmp_path: Path) -> None:
    path = tmp_path / "both.toml"
    text = "[schedule]\nepochs=1\n[crop]\nheight=9\nwidth=9\nscale=5.0\n[backbone]\n"
    path.write_text(text + "[parsing]\n")
    with pytest.raises(UsageError, match="either"):
        load_recipe(path)
    path.write_text('attributes = ["Freckles"]\n' + text)
    with pytest.raises(UsageError, match="no attribute 'Freckles'"):
        load_recipe(path)


def test_crops_put_the_face_where_the_recipe_says() -> None:
    template = Crop(height=218, width=178, scale=72.0, lower=0.3).template()
    eyes = np.array(template.points)[:4].mean(axis=0)
    assert template.size == (218, 178)
    assert eyes[0] == pytest.approx(88.5, abs=2)
    assert 100 < eyes[1] < 120


def test_unaligned_crops_keep_the_face_as_it_stands() -> None:
    template = Crop(height=218, width=178, scale=100.0, aligned=False).template()
    box = np.array([[20, 40, 70, 120]], np.float32)
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[40:120, 20:70] = 255
    chip = cut_chips(picture, box_points(box), template)[0]
    rows, columns = np.nonzero(chip[..., 0] > 127)
    assert rows.max() - rows.min() == pytest.approx(100, abs=2), "the longer side has the scale"
    assert columns.max() - columns.min() == pytest.approx(62.5, abs=2)
    assert rows.mean() == pytest.approx(108.5, abs=1.5)
    assert columns.mean() == pytest.approx(88.5, abs=1.5)


# Augmentation


def test_no_augmentation_changes_nothing() -> None:
    images = torch.rand(2, 3, 8, 6)
    assert augment(images, Augmentation())[0] is images


def test_flip_mirrors_about_half_of_the_pictures() -> None:
    torch.manual_seed(0)
    images = torch.rand(64, 1, 8, 6)
    moved, _ = augment(images, Augmentation(flip=True))
    mirrored = [
        torch.allclose(m, i.flip(-1), atol=1e-5) for m, i in zip(moved, images, strict=True)
    ]
    same = [torch.allclose(m, i, atol=1e-5) for m, i in zip(moved, images, strict=True)]
    assert sum(mirrored) + sum(same) == 64
    assert 15 < sum(mirrored) < 49


def test_masks_move_with_the_picture() -> None:
    torch.manual_seed(1)
    images = torch.zeros(8, 1, 60, 40)
    images[:, :, 20:40, 12:26] = 1
    settings = Augmentation(rotation=25, shift=0.15, zoom=0.2, shear=5, flip=True)
    moved, masks = augment(images, settings, images[:, :, ::2, ::2].clone())
    assert masks is not None
    large = torch.nn.functional.interpolate(masks, size=(60, 40))
    assert ((moved - large).abs() > 0.5).float().mean() < 0.05
    assert not torch.allclose(moved[0], moved[1])


def test_rotation_keeps_areas_in_pictures_that_are_not_square() -> None:
    torch.manual_seed(2)
    images = torch.zeros(16, 1, 80, 40)
    images[:, :, 32:48, 12:28] = 1
    moved, _ = augment(images, Augmentation(rotation=40))
    np.testing.assert_allclose(moved.sum((1, 2, 3)).numpy(), 256, rtol=0.03)


# Losses


@pytest.mark.parametrize("name", LOSSES)
def test_losses_fall_towards_the_truth_and_leave_unknown_labels_out(name: Any) -> None:
    labels = torch.tensor([[1, 0, 1, 0], [0, 1, 1, 0]], dtype=torch.int8)
    loss = make_loss(name, np.full(4, 0.5, np.float32))
    towards = (labels.float() * 2 - 1) * 0.5
    assert loss(towards * 4, labels) < loss(towards, labels) < loss(-towards, labels)
    unknown = labels.clone()
    unknown[:, 3] = -1
    changed = towards.clone()
    changed[:, 3] = 9.0
    assert loss(changed, unknown) == pytest.approx(float(loss(towards, unknown)))


@pytest.mark.parametrize("name", LOSSES)
def test_losses_have_finite_gradients_at_extremes(name: Any) -> None:
    logits = torch.tensor([[200.0, -200.0]], requires_grad=True)
    for labels in ([[0, 1]], [[1, 0]], [[0, 0]], [[-1, -1]]):
        logits.grad = None
        make_loss(name, np.array([0.0, 1.0], np.float32))(
            logits, torch.tensor(labels, dtype=torch.int8)
        ).backward()
        assert logits.grad is not None
        assert torch.isfinite(logits.grad).all()


def test_summed_cross_entropy_is_summed_over_attributes_and_averaged_over_pictures() -> None:
    logits, labels = torch.randn(5, 40), torch.randint(0, 2, (5, 40), dtype=torch.int8)
    mean = binary_cross_entropy(logits, labels)
    assert summed_cross_entropy(logits, labels) == pytest.approx(40 * float(mean), rel=1e-5)


def test_special_cases_of_losses() -> None:
    logits, labels = torch.randn(5, 3), torch.randint(0, 2, (5, 3), dtype=torch.int8)
    even = ClassBalanced(np.full(3, 0.5, np.float32))
    plain = binary_cross_entropy(logits, labels)
    assert even(logits, labels) == pytest.approx(float(plain), rel=1e-6)
    assert focal(logits, labels, gamma=0) == pytest.approx(float(plain), rel=1e-6)
    perfect = (labels.float() * 2 - 1) * 50
    assert cosine_proximity(perfect, labels) == pytest.approx(
        -float((labels.sum(1) > 0).float().mean())
    )


def test_class_balance_makes_the_rare_answer_weigh_more() -> None:
    logits = torch.zeros(1, 1, requires_grad=True)
    pulls = []
    for label in (1, 0):
        logits.grad = None
        loss = ClassBalanced(np.array([0.1], np.float32))
        loss(logits, torch.tensor([[label]], dtype=torch.int8)).backward()
        assert logits.grad is not None
        pulls.append(abs(float(logits.grad)))
    assert pulls[0] == pytest.approx(9 * pulls[1])


# Networks


def test_attparsenet_has_the_papers_sizes() -> None:
    network = AttParseNet(40, width=0.02)
    logits, maps = network(torch.zeros(1, 3, *PICTURE_SIZE))
    assert logits.shape == (1, 40)
    assert maps.shape == (1, 40, *MAP_SIZE)
    convolutions = [p.shape[:2] for p in AttParseNet(40).parameters() if p.ndim == 4]
    assert [tuple(shape) for shape in convolutions] == [
        *[(75, 3), (200, 75), (300, 200), (512, 300), (512, 512), (40, 512)]
    ]
    assert AttParseNet(40).weight.shape == (40, 7296), "forty separate layers of 7,296 numbers"
    with pytest.raises(ValueError, match="expected images of"):
        network(torch.zeros(1, 3, 96, 96))


def test_own_map_heads_look_at_their_own_map_only() -> None:
    network = AttParseNet(2, width=0.02, heads="own map")
    images = torch.rand(1, 3, *PICTURE_SIZE)
    before = network(images)[0]
    with torch.no_grad():
        network.convolutions[-1].bias[1] += 1  # type: ignore[union-attr, operator]
    after = network(images)[0]
    assert before[0, 0] == after[0, 0]
    assert before[0, 1] != after[0, 1]


def test_recalibration_keeps_the_function_and_sets_the_statistics() -> None:
    torch.manual_seed(0)
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.Conv2d(4, 2, 3),
        torch.nn.BatchNorm2d(2),
    ).eval()
    images = torch.randn(8, 3, 12, 12)
    before = layers(images)
    recalibrate(layers, images.split(3))
    assert torch.allclose(before, layers(images), atol=1e-5)
    assert torch.allclose(layers.train()(images), before, atol=2e-2)


@pytest.mark.data
def test_imagenet_weights_know_a_military_uniform(shared_data: Path) -> None:
    from matplotlib import cbook
    from PIL import Image

    path = shared_data / "weights/mobilenet_v2_imagenet_dequantised.npz"
    backbone, features = load_backbone("mobilenet_v2", str(path))
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB").resize((224, 224), Image.Resampling.BOX))
    image = torch.from_numpy(pixels.transpose(2, 0, 1)[None] / 127.5 - 1).float()
    arrays = np.load(path)
    with torch.no_grad():
        pooled = backbone.eval()(image).pooler_output.flatten(1)
    scores = pooled.numpy() @ arrays["classifier.1.weight"].T.astype(np.float32)
    assert features == 1280
    assert int(np.argmax(scores + arrays["classifier.1.bias"])) == 652


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    backbone, _ = load_backbone("mobilenet_v2")
    path = tmp_path / "weights.npz"
    np.savez(path, **{"features.0.0.weight": np.zeros((3, 3))})
    with pytest.raises(ProsoponError, match="1 arrays do not fit the network's 260"):
        load_torchvision_weights(backbone, path)
    path.write_bytes(b"not a zip")
    with pytest.raises(ProsoponError, match="weights.npz"):
        load_torchvision_weights(backbone, path)
    with pytest.raises(UsageError, match="'no/such-model': not a model type, nor stored here"):
        load_backbone("no/such-model")


# Small trainings


def squares(count: int, size: tuple[int, int], seed: int) -> Samples:
    """Pictures whose brightness tells Smiling and whose redness tells Male."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (count, 2)).astype(np.int8)
    pictures = rng.integers(60, 100, (count, *size, 3))
    pictures += 100 * labels[:, 0, None, None, None]
    pictures[..., 0] += 50 * labels[:, 1, None, None]
    segments = np.zeros((count, 10, *MAP_SIZE), bool)
    segments[:, :, 20:60, 20:50] = True
    return Samples(pictures.astype(np.uint8), labels, segments)


def small_recipe(**changes: Any) -> AttributeRecipe:
    values: dict[str, Any] = {
        "schedule": Schedule(epochs=3, batch=16, optimizer="adam", rate=2e-3),
        "crop": Crop(height=32, width=32, scale=16.0),
        "attributes": ("Smiling", "Male"),
        "augmentation": Augmentation(flip=True, shift=0.05),
        "backbone": BackboneSettings(hidden=16),
    }
    return AttributeRecipe(**(values | changes))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_classifier_learns_and_can_be_loaded(tmp_path: Path, frozen: bool) -> None:
    train, judge = squares(96, (32, 32), 0), squares(40, (32, 32), 1)
    train, judge = replace(train, segments=None), replace(judge, segments=None)
    recipe = small_recipe(backbone=BackboneSettings(hidden=16, frozen=frozen))
    torch.manual_seed(0)
    task = make_task(recipe, train, judge)
    frozen_before = task.network.backbone.conv_stem.first_conv.convolution.weight.clone()  # type: ignore[union-attr, operator]
    rows = fit(task, task.data, recipe.schedule, tmp_path)
    assert rows[-1]["train loss"] < rows[0]["train loss"]
    after = task.network.backbone.conv_stem.first_conv.convolution.weight  # type: ignore[union-attr]
    assert torch.equal(frozen_before, after) == frozen
    weights, facts = load_weights(tmp_path / "model.safetensors")
    assert facts["settings"]["attributes"] == ["Smiling", "Male"]
    task.network.load_state_dict(weights)
    assert task.predict(judge.pictures).shape == (40, 2)
    assert task.predict(judge.pictures[:0]).shape == (0, 2)


def test_attparsenet_learns_segments_first(tmp_path: Path) -> None:
    train, judge = squares(24, PICTURE_SIZE, 0), squares(12, PICTURE_SIZE, 1)
    recipe = small_recipe(
        backbone=None,
        parsing=ParsingSettings(width=0.03, segment_epochs=1, stop_at_crossover=False),
        schedule=Schedule(epochs=3, batch=8, optimizer="adam", rate=1e-3),
        augmentation=Augmentation(),
    )
    torch.manual_seed(0)
    task = make_task(recipe, train, judge)
    rows = fit(task, task.data, recipe.schedule, tmp_path)
    assert "train attributes" not in rows[0]
    assert rows[-1]["train segments"] < rows[0]["train segments"]
    assert "train attributes" in rows[-1]
    with pytest.raises(UsageError, match="pictures have none"):
        bare = make_task(recipe, replace(train, segments=None), judge)
        fit(bare, bare.data, recipe.schedule, tmp_path / "bare")


def test_segments_hold_255_where_an_attribute_shows() -> None:
    samples = squares(2, PICTURE_SIZE, 0)
    recipe = small_recipe(
        attributes=("Smiling", "No_Beard"), backbone=None, parsing=ParsingSettings(width=0.02)
    )
    task = make_task(recipe, replace(samples, labels=np.array([[1, 0], [0, 1]], np.int8)), samples)
    base = torch.zeros(2, 10, *MAP_SIZE)
    base[:, BASE_REGIONS.index("above mouth"), 5, 5] = 1
    targets = task.targets(base, torch.tensor([[1, 0], [0, 1]]))
    assert targets[1, 1].unique().tolist() == [0, 255]
    assert targets[1, 1, 5, 5] == 255, "no beard shows above the mouth, too"
    assert not targets[0].any()


def test_stopping_when_the_losses_meet() -> None:
    samples = squares(8, PICTURE_SIZE, 0)
    recipe = small_recipe(backbone=None, parsing=ParsingSettings(width=0.02))
    task = make_task(recipe, samples, samples)
    apart = {"train attributes": 0.5, "val loss": 0.4}
    met = {"train attributes": 0.3, "val loss": 0.4}
    assert not task.finished([apart, apart])
    assert task.finished([apart, met])
    assert not task.finished([{"train segments": 0.1, "val loss": 0.9}])


def test_one_answer_only_is_refused() -> None:
    samples = replace(squares(8, (32, 32), 0), labels=np.ones((8, 2), np.int8))
    with pytest.raises(UsageError, match="same answer for Smiling, Male"):
        make_task(small_recipe(), samples, samples)


def test_a_training_that_diverges_says_so(tmp_path: Path) -> None:
    samples = replace(squares(32, (32, 32), 0), segments=None)
    recipe = small_recipe(schedule=Schedule(epochs=3, batch=8, optimizer="sgd", rate=1e30))
    task = make_task(recipe, samples, samples)
    with pytest.raises(Diverged, match="Lower the rate"):
        fit(task, task.data, recipe.schedule, tmp_path)
