"""The losses of the MobileNetV2 recipe side by side, on features of the frozen backbone.

    python benchmarks/attributes_losses.py --data ../shared/data/celeba --work losses/ \
        --weights ../shared/data/weights/mobilenet_v2_imagenet_dequantised.npz --pictures 2000

The recipe's head (1,536 units, dropout 0.3), optimiser, batch and epochs; its pictures are cut to
224×224 and not augmented. The backbone stays as ImageNet made it: a CPU finishes in minutes.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import TensorDataset

from prosopon import config, zoo
from prosopon.attributes.datasets import read_dataset
from prosopon.attributes.losses import make_loss
from prosopon.attributes.networks import load_backbone
from prosopon.attributes.recipes import LossName, load_recipe
from prosopon.metrics.classification import attribute_table, mean_known
from prosopon.progress import track
from prosopon.training import Schedule, Task, fit
from prosopon.workflows.attributes.labelled import cut_faces

LOSSES: tuple[LossName, ...] = ("cosine", "bce", "balanced", "focal", "mse", "mae")
RARE = 0.1
"""Share of positives below which an attribute is rare."""


class Head(Task):
    """The recipe's head on features that are computed already."""

    def __init__(self, width: int, attributes: int, loss: Any) -> None:
        super().__init__()
        self.of = loss
        self.network = torch.nn.Sequential(
            torch.nn.Linear(width, 1536),
            torch.nn.ReLU(),
            torch.nn.BatchNorm1d(1536, momentum=0.01, eps=1e-3),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(1536, attributes),
        )

    def loss(self, batch: Any) -> dict[str, torch.Tensor]:
        features, labels = batch
        return {"loss": self.of(self.network(features), labels)}


def features_of(chips: np.ndarray, weights: str) -> torch.Tensor:
    """(n, 1280) averaged features of chips (n, 224, 224, 3)."""
    backbone, _ = load_backbone("mobilenet_v2", weights)
    backbone.eval()
    parts = []
    with torch.no_grad():
        for start in track(range(0, len(chips), 32), "computing features"):
            batch = torch.from_numpy(chips[start : start + 32].transpose(0, 3, 1, 2).copy())
            parts.append(backbone(batch.float() / 127.5 - 1).pooler_output.flatten(1))
    return torch.cat(parts)


def load(asked: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """Features and labels of both partitions, kept from run to run."""
    kept = asked.work / f"features-{asked.pictures}.npz"
    if not kept.exists():
        arrays = {}
        template = load_recipe("mobilenet-v2").crop.template()
        for split in ("train", "val"):
            data = read_dataset(asked.data).split(split).only(names)
            if asked.pictures and split == "train":
                order = np.random.default_rng(0).permutation(len(data))
                data = data.rows(np.sort(order[: asked.pictures]))
            part = cut_faces(
                data, template, asked.work, config.load(workers=1, detector=asked.detector)
            )
            arrays[split] = features_of(part.chips, asked.weights).numpy()
            arrays[f"{split} labels"] = part.data.labels
        np.savez(kept, **arrays)
    return dict(np.load(kept))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--pictures", type=int, default=0, help="Of train; 0: all.")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--detector", default="mtcnn")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    zoo.configure(threads=1)
    names = load_recipe("mobilenet-v2").attributes
    arrays = load(asked, names)
    labels = arrays["train labels"]
    data = TensorDataset(torch.from_numpy(arrays["train"]), torch.from_numpy(labels))
    shares = (labels == 1).mean(axis=0).astype(np.float32)
    rare = shares < RARE
    judge = torch.from_numpy(arrays["val"])
    print(
        f"{len(data)} faces to learn from, {len(judge)} to judge on; {rare.sum()} rare attributes"
    )
    print("loss | accuracy | balanced | F1 | ECE | rare: accuracy | balanced | recall | never said")
    for name in LOSSES:
        torch.manual_seed(0)
        task = Head(arrays["train"].shape[1], len(names), make_loss(name, shares))
        schedule = Schedule(epochs=asked.epochs, batch=64, optimizer="adadelta", rate=1.0)
        fit(task, data, schedule, asked.work / f"{name}-{asked.pictures}")
        task.eval()
        with torch.no_grad():
            probabilities = torch.sigmoid(task.network(judge)).numpy()
        *rows, mean = attribute_table(names, arrays["val labels"], probabilities)
        few = [row for row, is_rare in zip(rows, rare, strict=True) if is_rare]
        said = (probabilities >= 0.5).any(axis=0)
        majority = mean["majority"]
        figures = [mean[f] for f in ("accuracy", "balanced_accuracy", "f1", "calibration_error")]
        figures += [
            mean_known([row[f] for row in few]) for f in ("accuracy", "balanced_accuracy", "recall")
        ]
        print(
            name, *(f"{value:.4f}" for value in figures), int((~said).sum()), sep=" | ", flush=True
        )
    print(f"majority | {majority:.4f}")


if __name__ == "__main__":
    main()
