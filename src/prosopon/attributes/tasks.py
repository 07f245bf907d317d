"""Attribute networks as tasks for the training loop.

Training pictures are (n, h, w, 3) uint8 RGB as the recipe's crop cuts them; labels (n, a) int8 with
-1 for unknown; base segments (n, 10, 96, 76) bool for AttParseNet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from prosopon.attributes.augment import augment
from prosopon.attributes.losses import Loss, make_loss
from prosopon.attributes.models import network_facts
from prosopon.attributes.networks import (
    AttParseNet,
    Classifier,
    LogitsOnly,
)
from prosopon.attributes.recipes import AttributeRecipe, BackboneSettings, ParsingSettings
from prosopon.datasets.vocabulary import region_table
from prosopon.errors import UsageError
from prosopon.geometry import Template
from prosopon.metrics.classification import Confusion, mean_known
from prosopon.progress import track
from prosopon.records import Float32, UInt8
from prosopon.training import Data, Task
from prosopon.training.backbones import load_backbone, recalibrate
from prosopon.training.history import Row
from prosopon.training.onnx_export import export

EVALUATION_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What a task learns from or is judged on. `samples[rows]` gives tensors, as `fit` wants."""

    pictures: UInt8
    labels: NDArray[np.int8]
    segments: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows: Any) -> tuple[Tensor, ...]:
        arrays = [
            np.ascontiguousarray(self.pictures[rows].transpose(0, 3, 1, 2)),
            self.labels[rows],
        ]
        if self.segments is not None:
            arrays.append(self.segments[rows])
        return tuple(torch.from_numpy(array) for array in arrays)


def make_task(recipe: AttributeRecipe, train: Samples, judge: Samples) -> "AttributeTask":
    """The task of a recipe, with labels in the order of its attributes.

    Raises UsageError where an attribute has only one answer in the training data: there is nothing
    to learn then, and balanced losses and figures are undefined.
    """
    known = [train.labels[train.labels[:, i] >= 0, i] for i in range(len(recipe.attributes))]
    constant = [
        name
        for name, values in zip(recipe.attributes, known, strict=True)
        if not 0 < values.sum() < len(values)
    ]
    if constant:
        raise UsageError(
            f"all training pictures have the same answer for {', '.join(constant)}: leave them "
            "out of the recipe's attributes"
        )
    frequencies = np.array([values.mean() for values in known], np.float32)
    loss = make_loss(recipe.loss, frequencies)
    torch.manual_seed(recipe.schedule.seed)  # the weights that it starts from
    if recipe.backbone is not None:
        kind = HeadTask if recipe.backbone.frozen else ClassifierTask
        return kind(recipe, recipe.backbone, loss, train, judge)
    assert recipe.parsing is not None
    return ParsingTask(recipe, recipe.parsing, loss, train, judge)


class AttributeTask(Task):
    """Common to all: pictures in −1 to 1, augmentation, and the figures."""

    data: Data
    """What `fit` is to be given."""

    def __init__(self, recipe: AttributeRecipe, loss: Loss, train: Samples, judge: Samples) -> None:
        super().__init__()
        self.recipe, self.of, self.data, self.judge = recipe, loss, train, judge

    def settings(self) -> dict[str, Any]:
        return self.recipe.settings()

    def prepare(self, pictures: Tensor) -> Tensor:
        """uint8 (b, 3, h, w) to the network's input."""
        return pictures.float() / 127.5 - 1

    def logits(self, pictures: Tensor) -> Tensor:
        """Of a batch of uint8 pictures."""
        return cast(Tensor, self.network(self.prepare(pictures)))

    def inference_network(self) -> nn.Module:
        """What gives logits alone, to be exported."""
        return self.network

    def predict(self, pictures: UInt8) -> Float32:
        """Probabilities (n, a) of pictures (n, h, w, 3)."""
        device = next(self.network.parameters()).device
        samples = Samples(pictures, np.zeros((len(pictures), 0), np.int8))
        self.network.eval()
        with torch.no_grad():
            parts = [
                torch.sigmoid(self.logits(batch[0].to(device))).cpu().numpy()
                for batch in _batches(samples)
            ]
        empty = np.empty((0, len(self.recipe.attributes)), np.float32)
        return np.concatenate([empty, *parts]).astype(np.float32)

    def judged(self) -> Float32:
        """Probabilities of the pictures that the task is judged on."""
        return self.predict(self.judge.pictures)

    def evaluate(self) -> Row:
        probabilities = self.judged()
        counts = Confusion.of(self.judge.labels, probabilities >= 0.5)
        logits = torch.logit(torch.from_numpy(probabilities), eps=1e-6)
        return {
            "accuracy": mean_known(counts.accuracy),
            "balanced accuracy": mean_known(counts.balanced_accuracy),
            "f1": mean_known(counts.f1),
            "val loss": float(self.of(logits, torch.from_numpy(self.judge.labels))),
        }


class ClassifierTask(AttributeTask):
    """A backbone with a dense head."""

    network: Classifier

    def __init__(
        self,
        recipe: AttributeRecipe,
        settings: BackboneSettings,
        loss: Loss,
        train: Samples,
        judge: Samples,
    ) -> None:
        super().__init__(recipe, loss, train, judge)
        backbone, features = load_backbone(settings.name, settings.weights)
        if settings.weights:  # normalisation was folded away in these weights
            recalibrate(backbone, (self.prepare(batch[0]) for batch in _batches(train, limit=512)))
        self.network = Classifier(
            backbone, features, len(recipe.attributes), settings.hidden, settings.dropout
        )

    def loss(self, batch: Any) -> dict[str, Tensor]:
        pictures, labels = batch
        images, _ = augment(self.prepare(pictures), self.recipe.augmentation)
        return {"loss": self.of(self.network(images).float(), labels)}


class HeadTask(ClassifierTask):
    """Only the dense head learns, on features of the backbone that are computed once, of the
    training pictures and of those to judge on; pictures are not augmented then."""

    def __init__(
        self,
        recipe: AttributeRecipe,
        settings: BackboneSettings,
        loss: Loss,
        train: Samples,
        judge: Samples,
    ) -> None:
        super().__init__(recipe, settings, loss, train, judge)
        self.network.backbone.requires_grad_(False)
        self.data = TensorDataset(self._features(train), torch.from_numpy(train.labels))
        self.judge_features = self._features(judge)

    def judged(self) -> Float32:
        device = next(self.network.parameters()).device
        logits = self.network.head(self.judge_features.to(device))
        return cast(Float32, torch.sigmoid(logits).cpu().numpy())

    def _features(self, samples: Samples) -> Tensor:
        self.network.eval()
        with torch.no_grad():
            batches = track(_batches(samples), "computing features")
            return torch.cat([self.network.features(self.prepare(batch[0])) for batch in batches])

    def loss(self, batch: Any) -> dict[str, Tensor]:
        features, labels = batch
        return {"loss": self.of(self.network.head(features).float(), labels)}


class ParsingTask(AttributeTask):
    """AttParseNet: squared error of its maps against the weak segments, plus the attributes' loss;
    at first the segments alone."""

    network: AttParseNet

    def __init__(
        self,
        recipe: AttributeRecipe,
        settings: ParsingSettings,
        loss: Loss,
        train: Samples,
        judge: Samples,
    ) -> None:
        super().__init__(recipe, loss, train, judge)
        self.parsing = settings
        self.network = AttParseNet(len(recipe.attributes), settings.width, settings.heads)
        regions = torch.from_numpy(region_table(recipe.attributes)).float()
        self.register_buffer("regions", regions, persistent=False)
        self.joint = True

    def logits(self, pictures: Tensor) -> Tensor:
        return cast(Tensor, self.network(self.prepare(pictures))[0])

    def inference_network(self) -> nn.Module:
        return LogitsOnly(self.network)

    def begin(self, epoch: int) -> None:
        self.joint = not self.parsing.segments or epoch >= self.parsing.segment_epochs

    def loss(self, batch: Any) -> dict[str, Tensor]:
        pictures, labels, *rest = batch
        base = rest[0].float() if rest else None
        images, base = augment(self.prepare(pictures), self.recipe.augmentation, base)
        logits, maps = (output.float() for output in self.network(images))
        losses: dict[str, Tensor] = {}
        if self.parsing.segments:
            if base is None:
                raise UsageError("the recipe learns segments, and the pictures have none")
            losses["segments"] = (maps - self.targets(base, labels)).square().mean()
        if self.joint:
            losses["attributes"] = self.of(logits, labels)
        return losses

    def targets(self, base: Tensor, labels: Tensor) -> Tensor:
        """(b, a, h, w): the segments of the attributes that each face has, from base regions."""
        regions = cast(Tensor, self.regions)
        anywhere = torch.einsum("ar,brhw->bahw", regions, base).clamp(max=1)
        return self.parsing.mask_value * anywhere * (labels == 1).float()[..., None, None]

    def finished(self, rows: Sequence[Row]) -> bool:
        """When the losses meet: the validation loss is no longer below the training loss."""
        last = rows[-1]
        if not self.parsing.stop_at_crossover or "train attributes" not in last or len(rows) < 2:
            return False
        return last["val loss"] > last["train attributes"] and "train attributes" in rows[-2]


def export_network(task: AttributeTask, path: Path, template: Template) -> None:
    """The task's network as an ONNX file, with what `NetworkAttributes` must know inside."""
    import onnx

    export(task.inference_network(), (3, *template.size), path, output="logits")
    model = onnx.load(path)
    facts = network_facts(task.recipe.attributes, template)
    onnx.helper.set_model_props(model, dict(facts))
    onnx.save(model, path)


def _batches(samples: Samples, limit: int | None = None) -> Iterator[tuple[Tensor, ...]]:
    count = min(len(samples), limit or len(samples))
    for start in range(0, count, EVALUATION_BATCH):
        yield samples[np.arange(start, min(start + EVALUATION_BATCH, count))]
