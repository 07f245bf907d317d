"""Classifiers as tasks for the training loop: whole faces, or one region of them alone."""

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from prosopon.errors import UsageError
from prosopon.explain.networks import MapClassifier
from prosopon.explain.recipes import Recipe
from prosopon.records import Float32, Int64, UInt8, as_array
from prosopon.training import Task

BATCH = 64


class Faces:
    """Pictures with labels (n, a), 1, 0 or -1 unknown: `faces[rows]` → tensors, as `fit` wants."""

    def __init__(self, pictures: UInt8, labels: ArrayLike) -> None:
        self.pictures = as_array(pictures, np.uint8, (None, None, None, 3), "pictures")
        self.labels = as_array(labels, np.float32, (len(pictures), None), "labels")

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows: Int64, /) -> tuple[Tensor, Tensor]:
        return prepare(self.pictures[rows]), torch.from_numpy(self.labels[rows])


class ClassifierTask(Task):
    """Learn labels by cross-entropy, unknown ones left out.

    `fit` is to be given `Faces`; or, where the recipe freezes the body, a TensorDataset of features
    (n, channels) and labels.

    Raises UsageError where a label has one answer only.
    """

    network: MapClassifier

    def __init__(self, recipe: Recipe, network: MapClassifier, labels: ArrayLike) -> None:
        super().__init__()
        for column, values in enumerate(np.asarray(labels).T):
            if len(np.unique(values[values >= 0])) < 2:
                raise UsageError(
                    f"label {column}: all faces have the same answer: there is nothing to learn"
                )
        self.recipe, self.network = recipe, network
        self.labels = np.asarray(labels)
        self.network.body.requires_grad_(not recipe.network.frozen)

    def loss(self, batch: Any) -> dict[str, Tensor]:
        inputs, labels = batch
        if self.recipe.network.frozen:
            return {"loss": _cross_entropy(self.network.head(self.network.dropout(inputs)), labels)}
        if self.recipe.flip:
            chosen = torch.rand(len(inputs)).to(inputs.device) < 0.5
            inputs = torch.where(chosen[:, None, None, None], inputs.flip(3), inputs)
        return {"loss": _cross_entropy(self.network(inputs), labels)}

    def settings(self) -> dict[str, Any]:
        yes = (self.labels == 1).sum(axis=0).tolist()
        return {**self.recipe.settings(), "faces": len(self.labels), "yes": yes}


def probabilities(network: MapClassifier, pictures: UInt8) -> Float32:
    """(n, a) of pictures (n, h, w, 3)."""
    network.eval()
    device = network.head.weight.device
    with torch.no_grad():
        parts = [
            torch.sigmoid(network(prepare(pictures[start : start + BATCH]).to(device)))
            .cpu()
            .numpy()
            for start in range(0, len(pictures), BATCH)
        ]
    empty = np.empty((0, network.head.out_features), np.float32)
    return np.concatenate([empty, *parts])


def prepare(pictures: UInt8) -> Tensor:
    """Pictures (n, h, w, 3) as images (n, 3, h, w) in −1 to 1."""
    # plane by plane: oneDNN's gradients of few channels overrun memory on interleaved ones
    planes = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32)
    return torch.from_numpy(planes) / 127.5 - 1


def _cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    known = labels >= 0
    return functional.binary_cross_entropy_with_logits(logits[known], labels[known])
