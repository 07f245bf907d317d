"""Attribute models: the head on the identity network's features, and networks as ONNX files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

from prosopon import zoo
from prosopon.attributes.features import CELLS, NEAR, FaceFeatures, colours, template
from prosopon.attributes.models import load, network_facts
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry import Template, cut_chips, dlib_template
from prosopon.records import ModelCard
from prosopon.zoo.onnx_graph import GraphBuilder

SQUARE = Template("corners", ((8, 8), (12, 8), (20, 8), (24, 8), (16, 20)), (32, 32))


def chips(count: int, side: int = 260, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def never(id: str) -> Any:
    raise AssertionError(id)


# Features


def test_the_middle_of_a_chip_is_the_chip_that_embeddings_are_made_from() -> None:
    pixels = chips(1, 400)[0]
    corners = np.array([[[130, 180], [165, 178], [250, 181], [215, 180], [190, 250]]], np.float32)
    near = cut_chips(pixels, corners, template())[:, NEAR, NEAR].astype(int)
    usual = cut_chips(pixels, corners, dlib_template(150)).astype(int)
    assert np.abs(near - usual).mean() < 1


def test_colours_are_those_of_cie_lab() -> None:
    white, black = np.full((1, 260, 260, 3), 255, np.uint8), np.zeros((1, 260, 260, 3), np.uint8)
    assert colours(white).shape == (1, 3 * CELLS**2)
    assert set(colours(white).ravel()) == {255, 128}
    assert set(colours(black).ravel()) == {0, 128}


@pytest.mark.models
def test_features_hold_the_embedding_and_the_levels() -> None:
    network, embedder = zoo.load("dlib-resnet-features"), zoo.load("dlib-resnet")
    some = chips(2)
    features = FaceFeatures(network)(some)
    near = np.ascontiguousarray(some[:, NEAR, NEAR])
    (embedding,) = embedder.run(embedder.blob(near))
    assert features.shape == (2, 2 * (128 + 9152) + 3 * CELLS**2)
    np.testing.assert_allclose(features[:, :128], embedding, atol=1e-5)
    again, levels = network.run(network.blob(near))
    np.testing.assert_allclose(again, embedding, atol=1e-5)
    # level 5, 2 by 2 cells of 256 channels, is what the embedding's average is taken over
    assert levels.shape == (2, 9152) and np.isfinite(levels).all() and (levels >= 0).all()


# The head


def head(path: Path, width: int = 18_560 + 3 * CELLS**2, seed: int = 0, **facts: Any) -> zoo.Model:
    rng = np.random.default_rng(seed)
    arrays = {
        "mean": np.zeros(width, np.float32),
        "scale": np.ones(width, np.float32),
        "weights": rng.normal(0, 1e-3, (width, 2)).astype(np.float16),
        "bias": np.zeros(2, np.float32),
    }
    facts = {"attributes": ["Male", "Young"], "thresholds": [0.5, 0.25], **facts}
    save_file(arrays, path, metadata={"facts": json.dumps(facts)})
    card = ModelCard("mine", "attributes", "attribute-head", "0" * 64, "CC0-1.0", "file:mine")
    return zoo.Model(card, {"": path})


@pytest.mark.models
def test_the_head_gives_probabilities_whatever_the_batch(tmp_path: Path) -> None:
    model = load(head(tmp_path / "mine.safetensors"), zoo.load)
    some = chips(19)
    found = model.predict(some)
    assert found.shape == (19, 2) and found.dtype == np.float32
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_allclose(found[17:], model.predict(some[17:]), atol=1e-5)
    assert model.predict(some[:0]).shape == (0, 2)
    np.testing.assert_array_equal(model.decide(found)[:, 1], found[:, 1] >= 0.25)
    with pytest.raises(ValueError, match=r"chips: expected shape \(any, 260, 260, 3\)"):
        model.predict(some[:, :150, :150])


def test_a_broken_head_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    model = head(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ProsoponError, match=r"mine.safetensors: not the weights of an attribute"):
        load(model, lambda _: model)


# Networks


def network(path: Path, facts: bool = True, side: int = 32) -> zoo.Model:
    """Logits that are the mean red, green and blue."""
    graph = GraphBuilder("mean-colour")
    graph.add("Flatten", graph.add("GlobalAveragePool", "chips"), name="logits")
    made = graph.finish({"chips": ("n", 3, side, side)}, {"logits": ("n", 3)})
    if facts:
        names = ("Bald", "Male", "Young")
        onnx.helper.set_model_props(made, dict(network_facts(names, SQUARE)))
    path.write_bytes(made.SerializeToString())
    mean = (127.5, 127.5, 127.5)
    card = ModelCard(
        "net", "attributes", "onnx-attributes", "0" * 64, "CC0-1.0", "file:net", "", mean=mean,
        scale=127.5,
    )  # fmt: skip
    return zoo.Model(card, {"": path})


def test_a_network_says_itself_what_it_tells_and_how_chips_are_cut(tmp_path: Path) -> None:
    model = load(network(tmp_path / "net.onnx"), never)
    assert model.attributes == ("Bald", "Male", "Young")
    assert model.template.size == (32, 32) and model.template.landmarks == "corners"
    np.testing.assert_allclose(model.template.points, SQUARE.points)
    some = chips(3, 32)
    expected = 1 / (1 + np.exp(-(some.mean(axis=(1, 2)) / 127.5 - 1)))
    np.testing.assert_allclose(model.predict(some), expected, atol=1e-4)
    np.testing.assert_array_equal(model.thresholds, [0.5] * 3)


def test_what_is_no_attribute_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match=r"net.onnx: not an attribute network.*facts"):
        load(network(tmp_path / "net.onnx", facts=False), never)
    card = ModelCard("mtcnn", "detector", "mtcnn", "0" * 64, "MIT", "file:x")
    with pytest.raises(UsageError, match="mtcnn is a model for detector, not for attributes"):
        load(zoo.Model(card, {}), never)
