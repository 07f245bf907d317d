"""The losses of the MobileNetV2 recipe side by side.

    python benchmarks/attributes_losses.py --data ../shared/data/celeba --work losses/ \
        --weights ../shared/data/weights/mobilenet_v2_imagenet_dequantised.npz --side 112 --epochs 5

The recipe's head (1,536 units, dropout 0.3), optimiser, batch and augmentation, and all layers of
the backbone; --side, --epochs and --precision make it small enough for a CPU. With --frozen the
backbone stays as ImageNet made it, and pictures are not augmented: a CPU finishes in minutes.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from prosopon import config
from prosopon.attributes.recipes import AttributeRecipe, LossName, load_recipe
from prosopon.attributes.tasks import Samples, make_task
from prosopon.datasets.attributes import read_dataset
from prosopon.metrics.classification import attribute_table, mean_known
from prosopon.studies.attributes.labelled import cut_faces
from prosopon.training import fit, load_weights

RARE = 0.1
"""Share of positives below which an attribute is rare."""
FIGURES = ("accuracy", "balanced_accuracy", "f1", "calibration_error")
OF_RARE = ("accuracy", "balanced_accuracy", "recall")


def sized(asked: argparse.Namespace) -> AttributeRecipe:
    """The recipe in the size that was asked for."""
    recipe = load_recipe("mobilenet-v2")
    assert recipe.backbone is not None
    scale = recipe.crop.scale * asked.side / recipe.crop.width
    return replace(
        recipe,
        crop=replace(recipe.crop, height=asked.side, width=asked.side, scale=scale),
        backbone=replace(recipe.backbone, weights=asked.weights, frozen=asked.frozen),
        schedule=replace(
            recipe.schedule, epochs=asked.epochs, precision=asked.precision, monitor=""
        ),
    )


def faces_of(asked: argparse.Namespace, recipe: AttributeRecipe) -> dict[str, Samples]:
    """Both partitions, cut for the recipe."""
    settings = config.load(workers=torch.get_num_threads(), detector=asked.detector)
    parts = {}
    for split in ("train", "val"):
        data = read_dataset(asked.data).split(split).only(recipe.attributes)
        if asked.pictures and split == "train":
            order = np.random.default_rng(0).permutation(len(data))
            data = data.rows(np.sort(order[: asked.pictures]))
        part = cut_faces(data, recipe.crop.template(), asked.work, settings)
        parts[split] = Samples(part.chips, part.data.labels)
    return parts


def judged(recipe: AttributeRecipe, parts: dict[str, Samples], folder: Path) -> list[float]:
    """Train (or go on), and the row's figures: the last weights, on `val`, at .5."""
    torch.manual_seed(0)
    task = make_task(recipe, parts["train"], parts["val"])
    fit(task, task.data, recipe.schedule, folder)
    task.network.load_state_dict(load_weights(folder / "model.safetensors")[0])
    task.eval()
    with torch.no_grad():
        probabilities = task.judged()
    *rows, mean = attribute_table(recipe.attributes, parts["val"].labels, probabilities)
    rare = (parts["train"].labels == 1).mean(axis=0) < RARE
    few = [row for row, is_rare in zip(rows, rare, strict=True) if is_rare]
    said = (probabilities >= 0.5).any(axis=0)
    of_rare = [mean_known([row[figure] for row in few]) for figure in OF_RARE]
    return [*(mean[figure] for figure in FIGURES), *of_rare, float((~said).sum()), mean["majority"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--pictures", type=int, default=0, help="Of train; 0: all.")
    parser.add_argument("--side", type=int, default=224, help="Of a face, in pixels.")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--precision", default="32-true", help="bf16-mixed is faster.")
    parser.add_argument("--frozen", action="store_true", help="Train the head alone.")
    parser.add_argument("--detector", default="mtcnn")
    parser.add_argument("--losses", nargs="+", choices=get_args(LossName))
    asked = parser.parse_args()
    recipe = sized(asked)
    parts = faces_of(asked, recipe)
    print(f"{len(parts['train'])} faces to learn from, {len(parts['val'])} to judge on")
    print("loss | accuracy | balanced | F1 | ECE | rare: accuracy | balanced | recall | never said")
    for loss in asked.losses or get_args(LossName):
        name = f"{loss}-{asked.side}-{asked.pictures}{'-frozen' if asked.frozen else ''}"
        *figures, never, majority = judged(replace(recipe, loss=loss), parts, asked.work / name)
        cells = " | ".join(f"{value:.4f}" for value in figures)
        print(f"{loss} | {cells} | {never:.0f}", flush=True)
    print(f"majority | {majority:.4f}")


if __name__ == "__main__":
    main()
