"""Attribute models that predict: the head on the identity network, and trained networks as ONNX.

    model = attributes.load(zoo.load("attributes-head"), zoo.load)
    probabilities = model.predict(geometry.cut_chips(pixels, corners, model.template))

What a model needs to know besides its weights lies in its file, as JSON: the names of the
attributes, the template that chips are cut to, and from which probability each attribute counts as
present.
"""

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon.attributes.features import FaceFeatures, template
from prosopon.datasets.vocabulary import find
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry import Template
from prosopon.protocols import AttributeModel
from prosopon.records import Float32, UInt8, as_array
from prosopon.zoo import Model

BATCH = 16


class ChipAttributes(AttributeModel):
    """What all attribute models share: the template of their chips, and their thresholds."""

    id: str
    attributes: tuple[str, ...]
    template: Template
    """`predict` takes chips cut to it, (n, *template.size, 3)."""
    thresholds: Float32
    """(a,) the probability from which each attribute counts as present."""

    def predict(self, chips: UInt8) -> Float32:
        """Calibrated probabilities (n, a) of chips (n, h, w, 3) uint8 RGB."""
        chips = as_array(chips, np.uint8, (None, *self.template.size, 3), "chips")
        parts = [self._predict(chips[at : at + BATCH]) for at in range(0, len(chips), BATCH)]
        empty = np.empty((0, len(self.attributes)), np.float32)
        return np.concatenate([empty, *parts])

    def decide(self, probabilities: Float32) -> NDArray[np.bool_]:
        """Which attributes count as present, (n, a), at the model's thresholds."""
        decided: NDArray[np.bool_] = probabilities >= self.thresholds
        return decided

    @abstractmethod
    def _predict(self, chips: UInt8) -> Float32:
        """Of at most BATCH chips."""


class AttributeHead(ChipAttributes):
    """Logistic regressions on the identity network's features: the default, without PyTorch.

    A face is looked at twice, as it is and mirrored, and the logits are averaged.
    """

    def __init__(self, model: Model, network: Model) -> None:
        """model : the head's weights; network : the identity network with its features."""
        arrays, facts = _read_safetensors(model.path)
        self.id = model.card.id
        self.attributes = tuple(facts["attributes"])
        self.thresholds = np.array(facts["thresholds"], np.float32)
        self.template = template()
        self.features = FaceFeatures(network)
        self.mean, self.scale = arrays["mean"], arrays["scale"]
        self.weights = arrays["weights"].astype(np.float32)  # kept in half precision
        self.bias = arrays["bias"]

    def _predict(self, chips: UInt8) -> Float32:
        mirrored = np.ascontiguousarray(chips[:, :, ::-1])
        both: Float32 = np.mean([self._logits(chips), self._logits(mirrored)], axis=0)
        return _sigmoid(both)

    def _logits(self, chips: UInt8) -> Float32:
        standardised = (self.features(chips) - self.mean) * self.scale
        logits: Float32 = np.clip(standardised, -8, 8) @ self.weights + self.bias
        return logits


class NetworkAttributes(ChipAttributes):
    """A trained network: pixels from −1 to 1 in, logits out."""

    def __init__(self, model: Model) -> None:
        facts = model.session().get_modelmeta().custom_metadata_map
        try:
            found = json.loads(facts["prosopon"])
            self.attributes = tuple(find(name).name for name in found["attributes"])
            cut = found["template"]
            self.template = Template(
                cut["landmarks"], tuple((x, y) for x, y in cut["points"]), tuple(cut["size"])
            )
            self.thresholds = np.array(found["thresholds"], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise ProsoponError(
                f"{model.path}: not an attribute network of prosopon attributes train: its facts "
                f"are missing ({error})"
            ) from error
        self.id = model.card.id
        self.model = model

    def _predict(self, chips: UInt8) -> Float32:
        (logits,) = self.model.run(self.model.blob(chips))
        return _sigmoid(logits)


def load(model: Model, find_model: Callable[[str], Model]) -> ChipAttributes:
    """The attribute model that `model` is. `find_model` gives other models by card id."""
    match model.card.backend:
        case "attribute-head":
            return AttributeHead(model, find_model("dlib-resnet-features"))
        case "onnx-attributes":
            return NetworkAttributes(model)
    raise UsageError(f"{model.card.id} is a model for {model.card.task}, not for attributes")


def network_facts(attributes: Sequence[str], template: Template) -> Mapping[str, str]:
    """What `NetworkAttributes` reads from the file; thresholds are 0.5."""
    facts = {
        "attributes": list(attributes),
        "template": {
            "landmarks": template.landmarks,
            "points": template.points,
            "size": template.size,
        },
        "thresholds": [0.5] * len(attributes),
    }
    return {"prosopon": json.dumps(facts)}


def _sigmoid(logits: Float32) -> Float32:
    probabilities = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return probabilities.astype(np.float32)


def _read_safetensors(path: Path) -> tuple[dict[str, Float32], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads(file.metadata()["facts"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ProsoponError(f"{path}: not the weights of an attribute head: {error}") from error
