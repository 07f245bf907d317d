"""The networks and the whole pipeline; needs torch."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone

pytest.importorskip("torch")

from prosopon.errors import UsageError
from prosopon.metrics.clustering import matched_accuracy, normalised_mutual_information
from prosopon.subspace.networks import ConvAutoencoder, MultiDecoderVAE
from prosopon.subspace.pipeline import ConsensusSubspaceClustering


def stripes(
    n: int, size: int = 16, kinds: int = 4
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Noisy stripes (n, size, size) in as many directions as there are kinds, and the kinds."""
    random = np.random.default_rng(0)
    truth = np.arange(n) % kinds
    y, x = np.mgrid[:size, :size] / size
    angle = np.pi * truth[:, None, None] / kinds
    wave = np.sin(12 * (x * np.cos(angle) + y * np.sin(angle)) + random.uniform(0, 1, (n, 1, 1)))
    images = 0.5 + 0.4 * wave + random.normal(0, 0.05, wave.shape)
    return images.clip(0, 1).astype(np.float32), truth


@pytest.mark.parametrize("shape", [(40, 16, 16), (40, 28, 28), (40, 12, 17, 3)])
def test_autoencoder_gives_500_features_from_images_of_any_size(shape):
    images = np.random.default_rng(0).random(shape, np.float32)
    features = ConvAutoencoder(2, steps=2, random_state=0).fit_transform(images)
    assert features.shape == (40, 1000)
    assert features.dtype == np.float32
    assert (features >= 0).all()


def test_autoencoder_learns():
    images, _ = stripes(200)
    short = ConvAutoencoder(steps=1, random_state=0).fit(images)
    long = ConvAutoencoder(steps=150, random_state=0).fit(images)
    assert long.loss_ < images.var() / 10 < short.loss_


def test_networks_side_by_side_do_not_see_one_another():
    """Each has a start of its own, and gradients of its own: the sum of the losses splits."""
    images, _ = stripes(60)
    model = ConvAutoencoder(3, steps=20, random_state=0).fit(images)
    first, second, third = np.hsplit(model.transform(images), 3)
    assert not np.allclose(first, second)
    assert not np.allclose(second, third)
    batch = images[:8, None]
    import torch

    network = model.network_
    network.zero_grad()
    total = network.loss(torch.from_numpy(batch))
    network.decoder.data[1:] = 0  # what the others rebuild changes nothing for the first
    total.backward()
    gradient = network.encoder.grad[:20].clone()
    network.zero_grad()
    network.loss(torch.from_numpy(batch)).backward()
    assert torch.allclose(network.encoder.grad[:20], gradient)


@pytest.mark.parametrize("model", [ConvAutoencoder(2, steps=5), MultiDecoderVAE(steps=5)])
def test_networks_repeat_and_leave_the_generator_alone(model):
    import torch

    images, _ = stripes(40)
    X = images if isinstance(model, ConvAutoencoder) else images.reshape(40, -1)
    before = torch.random.get_rng_state()
    one, same, other = (
        clone(model).set_params(random_state=seed).fit_transform(X) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_vae_samples_scatter_around_the_means_by_the_noise():
    images, _ = stripes(300)
    X = images.reshape(300, -1)
    model = MultiDecoderVAE(steps=200, random_state=0).fit(X)
    samples = model.sample(X)
    assert samples.shape == (3, 300, 15)
    assert not np.array_equal(samples[0], samples[1])
    scatter = np.abs(samples - model.transform(X)).mean()
    assert 0 < scatter < model.transform(X).std()
    quiet = MultiDecoderVAE(steps=50, noise=0, random_state=0).fit(X)
    assert quiet.sample(X)[2] == pytest.approx(quiet.transform(X), abs=1e-5)


def test_vae_keeps_what_tells_samples_apart():
    images, truth = stripes(300)
    X = images.reshape(300, -1)
    latent = MultiDecoderVAE(steps=300, random_state=0).fit_transform(X)
    centres = np.array([latent[truth == kind].mean(axis=0) for kind in range(4)])
    nearest = ((latent[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == truth).mean() > 0.95


@pytest.mark.parametrize("wrong", [np.zeros((5, 4)), np.zeros((0, 4, 4)), np.zeros(7)])
def test_autoencoder_refuses_what_is_no_images(wrong):
    with pytest.raises(UsageError, match="images: expected shape"):
        ConvAutoencoder().fit(wrong)


@pytest.mark.parametrize("recipe", ["faithful", "mended"])
def test_pipeline_finds_the_kinds(recipe):
    images, truth = stripes(240)
    model = ConsensusSubspaceClustering(4, recipe=recipe, n_repeats=1, random_state=0).fit(images)
    assert matched_accuracy(truth, model.labels_) > 0.95
    assert model.partitions_.shape == (240, 3)
    assert model.confidence_.shape == (240,)
    assert 0 < model.confidence_.min() <= model.confidence_.max() <= 1


@pytest.mark.parametrize("ablation", [{"flatten": False}, {"select": False}])
def test_pipeline_without_a_step(ablation):
    images, truth = stripes(240)
    model = ConsensusSubspaceClustering(4, n_repeats=1, random_state=0, **ablation).fit(images)
    assert matched_accuracy(truth, model.labels_) > 0.9


def test_pipeline_takes_vectors_and_finds_the_number_of_clusters():
    random = np.random.default_rng(0)
    truth = np.arange(600) % 4
    X = 6 * np.eye(4, 32)[truth] + random.normal(size=(600, 32))
    model = ConsensusSubspaceClustering(recipe="mended", n_repeats=1, random_state=0).fit(X)
    assert model.n_clusters_ == 4
    assert matched_accuracy(truth, model.labels_) > 0.95
    as_written = ConsensusSubspaceClustering(n_repeats=1, random_state=0).fit(X)
    assert as_written.n_clusters_ == 15, "the largest ratio, as the text has it, is the most"


def test_pipeline_repeats():
    images, _ = stripes(80)
    model = ConsensusSubspaceClustering(3, n_repeats=1, random_state=5)
    assert np.array_equal(model.fit_predict(images), clone(model).fit_predict(images))


def test_pipeline_refuses_images_of_different_sizes():
    images = [np.zeros((8, 8)), np.ones((8, 9)), np.zeros((8, 8))]
    with pytest.raises(UsageError, match=r"differ in size.*\(8, 8\) and \(8, 9\).*one size"):
        ConsensusSubspaceClustering(2).fit(images)


def test_pipeline_refuses_images_that_are_all_the_same():
    with pytest.raises(UsageError, match="all 20 images are the same"):
        ConsensusSubspaceClustering(2).fit(np.full((20, 8, 8), 0.3))


def test_pipeline_takes_images_each_of_one_shade():
    shades = np.repeat([0.2, 0.8], 30)
    images = np.broadcast_to(shades[:, None, None], (60, 8, 8))
    model = ConsensusSubspaceClustering(2, n_repeats=1, random_state=0).fit(images)
    assert matched_accuracy(shades, model.labels_) == 1


def test_pipeline_refuses_fewer_images_than_clusters():
    with pytest.raises(UsageError, match="4 images can't make 10 clusters"):
        ConsensusSubspaceClustering(10).fit(np.random.default_rng(0).random((4, 8, 8)))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (np.full((9, 8, 8), np.nan), "not finite"),
        (np.zeros(9), "expected"),
        (np.zeros((9, 2, 2, 2, 2)), "expected"),
    ],
)
def test_pipeline_refuses_other_input(wrong, reason):
    with pytest.raises(UsageError, match=reason):
        ConsensusSubspaceClustering(2).fit(wrong)


def test_pipeline_refuses_an_unknown_recipe():
    with pytest.raises(UsageError, match="recipe: expected faithful or mended, got 'best'"):
        ConsensusSubspaceClustering(2, recipe="best").fit(np.eye(9))


@pytest.mark.data
def test_pipeline_on_digits(shared_data: Path):
    """A fifth of the MNIST test images: well above k-means, which reaches about 0.55 and 0.50."""
    with gzip.open(shared_data / "digits/t10k-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)[:2000]
    with gzip.open(shared_data / "digits/t10k-labels-idx1-ubyte.gz") as file:
        truth = np.frombuffer(file.read(), np.uint8, offset=8)[:2000]
    model = ConsensusSubspaceClustering(10, recipe="mended", n_repeats=1, random_state=0)
    labels = model.fit_predict(images)
    assert normalised_mutual_information(truth, labels) > 0.6
    sure = model.confidence_ >= np.median(model.confidence_)
    assert matched_accuracy(truth[sure], labels[sure]) > matched_accuracy(truth, labels)


def test_pipeline_remembers_finished_repetitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    X = np.random.default_rng(0).random((30, 12)).astype(np.float32)
    model = ConsensusSubspaceClustering(2, n_repeats=1, memory=tmp_path, random_state=0)
    first = model.fit(X).partitions_
    monkeypatch.setattr(MultiDecoderVAE, "fit", None)  # nothing more is trained
    assert np.array_equal(clone(model).fit(X).partitions_, first)
    for other in ({"n_clusters": 3}, {"random_state": 1}, {"recipe": "mended"}):
        with pytest.raises(TypeError):
            clone(model).set_params(**other).fit(X)
    with pytest.raises(TypeError):
        clone(model).fit(X + np.eye(30, 12))
