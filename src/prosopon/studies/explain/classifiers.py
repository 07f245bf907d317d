"""Finished classifiers as functions of pictures: attribute models, ONNX files, embedders."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from prosopon import attributes, zoo
from prosopon.attributes.recipes import Crop
from prosopon.errors import UsageError
from prosopon.geometry import Template
from prosopon.records import Float32, UInt8

Output = Literal["sigmoid", "softmax", "probability"]
"""What turns an ONNX file's outputs into probabilities: of each column its own; of one class among
all; nothing, they are probabilities."""


@dataclass(frozen=True, slots=True)
class Given:
    """A classifier that is not trained here."""

    name: str
    template: Template
    """How its pictures are cut."""
    answers: dict[str, tuple[int, float]]
    """Label → column of the output, and the probability from which it counts as yes."""
    predict: Callable[[UInt8], Float32]
    """Pictures (n, h, w, 3) → probabilities (n, columns)."""

    def column(self, label: str) -> tuple[int, float]:
        """Column and threshold of a label; UsageError where it has none."""
        if label not in self.answers:
            raise UsageError(
                f"{self.name} does not know {label}; it knows {', '.join(self.answers)}"
            )
        return self.answers[label]


def attribute_model(id: str) -> Given:
    """An attribute model of the zoo, such as `attributes-head`."""
    model = attributes.load(zoo.load(id), zoo.load)
    answers = {
        name: (column, float(threshold))
        for column, (name, threshold) in enumerate(
            zip(model.attributes, model.thresholds, strict=True)
        )
    }
    return Given(model.id, model.template, answers, model.predict)


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """How somebody else's network wants its pictures, and what its output means."""

    path: Path
    label: str
    """What the column says."""
    output: Output = "softmax"
    column: int = 1
    channels: str = "RGB"
    mean: float = 127.5
    scale: float = 127.5
    """Input is (pixel − mean) / scale."""
    padding: float = 0.5
    """Margin around dlib's face, as a share of its width."""


def onnx_classifier(about: OnnxFile) -> Given:
    """A classifier from an ONNX file with one input (n, 3, height, width) and its answer first.

    Raises UsageError where the file does not say how large its pictures are, or has no such column.
    """
    if not about.path.is_file():
        raise UsageError(f"{about.path}: no such network")
    model = zoo.onnx_file(about.path, about.channels, about.mean, about.scale)
    height, width = input_size(model, about.path)
    scale = min(height, width) / (1 + 2 * about.padding)

    def predict(pictures: UInt8) -> Float32:
        outputs = model.run(model.blob(pictures))[0].reshape(len(pictures), -1)
        columns = outputs.shape[1]
        if about.column >= columns or (about.output == "softmax" and columns < 2):
            raise UsageError(
                f"{about.path}: its output has {columns} column(s): expected column "
                f"{about.column}, and two or more for softmax; give another column or output"
            )
        return _probabilities(outputs, about.output)

    template = Crop(height, width, scale).template()
    return Given(about.path.stem, template, {about.label: (about.column, 0.5)}, predict)


def input_size(model: zoo.Model, path: Path) -> tuple[int, int]:
    """Height and width of a network's pictures. Raises UsageError where it does not say."""
    found = model.session().get_inputs()
    shape = found[0].shape
    if len(found) != 1 or len(shape) != 4 or shape[1] not in (1, 3):
        raise UsageError(
            f"{path}: expected one input (n, 3, height, width), got "
            f"{', '.join(f'{each.name} {each.shape}' for each in found)}"
        )
    height, width = shape[2:]
    if not (isinstance(height, int) and isinstance(width, int) and min(height, width) > 0):
        raise UsageError(
            f"{path}: its input {shape} has no fixed height and width: export it again with the "
            "size of the pictures that it was trained on"
        )
    return height, width


def _probabilities(outputs: Float32, kind: Output) -> Float32:
    match kind:
        case "sigmoid":
            return np.asarray(1 / (1 + np.exp(-np.clip(outputs, -30, 30))), np.float32)
        case "softmax":
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
        case "probability":
            return np.asarray(outputs, np.float32)
