"""AttParseNet against its baseline: as written (unaligned against aligned faces), and each on both.

    python benchmarks/attributes_parsing.py --data ../shared/data/celeba --work parsing/ \
        --width 0.1 --pictures 1500 --segment-epochs 2 --epochs 5

Both networks have the same width, see the same photographs and learn attributes for as many epochs;
AttParseNet learns its segments alone before. As in the dissertation (§4.4.1) AttParseNet learns
from faces as they stand and the baseline from aligned ones; --both-crops trains each on the other
crop too, to tell what the segments do from what the crop does. Our own addition: perturbed copies
of the partition `val`, shifted by a tenth, turned by 15°, or with a grey square over a quarter.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from prosopon import config, zoo
from prosopon.attributes.recipes import AttributeRecipe, load_recipe
from prosopon.attributes.segments import base_segments
from prosopon.attributes.tasks import Samples, make_task
from prosopon.datasets.attributes import read_dataset
from prosopon.metrics.classification import attribute_table
from prosopon.studies.attributes.labelled import Cut, cut_faces
from prosopon.training import fit, load_weights

GREY = 128


def perturbed(chips: np.ndarray) -> dict[str, np.ndarray]:
    """The copies, by name; the same random draws for every network."""
    rng = np.random.default_rng(0)
    height, width = chips.shape[1:3]

    def moved(chip: np.ndarray, angle: float, dx: float, dy: float) -> np.ndarray:
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1)
        matrix[:, 2] += (dx, dy)
        return cv2.warpAffine(chip, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)

    def occluded(chip: np.ndarray) -> np.ndarray:
        copy = chip.copy()
        side = int(np.sqrt(height * width / 4))
        top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
        copy[top : top + side, left : left + side] = GREY
        return copy

    signs = rng.choice([-1, 1], (len(chips), 2))
    return {
        "clean": chips,
        "shifted": np.stack(
            [
                moved(c, 0, 0.1 * width * x, 0.1 * height * y)
                for c, (x, y) in zip(chips, signs, strict=True)
            ]
        ),
        "turned": np.stack(
            [moved(c, 15 * x, 0, 0) for c, (x, _) in zip(chips, signs, strict=True)]
        ),
        "occluded": np.stack([occluded(chip) for chip in chips]),
    }


def samples_of(part: Cut) -> Samples:
    segments = np.stack([base_segments(points) for points in part.landmarks])
    return Samples(part.chips, part.data.labels, segments)


def recipes(asked: argparse.Namespace) -> dict[str, AttributeRecipe]:
    """The recipes in the size that was asked for."""
    made = {}
    for name in ("attparsenet", "attparsenet-baseline"):
        recipe = load_recipe(name)
        assert recipe.parsing is not None
        before = asked.segment_epochs if recipe.parsing.segments else 0
        parsing = replace(recipe.parsing, width=asked.width, segment_epochs=before)
        parsing = replace(parsing, stop_at_crossover=asked.stop_at_crossover)
        schedule = replace(recipe.schedule, epochs=before + asked.epochs, precision=asked.precision)
        made[name] = replace(recipe, parsing=parsing, schedule=schedule)
    if asked.both_crops:
        parse, baseline = made.values()
        made["attparsenet, aligned"] = replace(parse, crop=baseline.crop)
        made["attparsenet-baseline, unaligned"] = replace(baseline, crop=parse.crop)
    return made


def gains(parse: list[dict[str, Any]], baseline: list[dict[str, Any]]) -> str:
    """Points of accuracy an attribute, as in the dissertation's table 4.1, the largest first."""
    points = {
        row["attribute"]: 100 * (row["accuracy"] - other["accuracy"])
        for row, other in zip(parse[:-1], baseline[:-1], strict=True)
    }
    ordered = sorted(points, key=lambda name: -points[name])
    return ", ".join(f"{name} {points[name]:+.1f}" for name in ordered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--pictures", type=int, default=0, help="Of train; 0: all.")
    parser.add_argument("--segment-epochs", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument("--precision", default="32-true", help="bf16-mixed is faster.")
    parser.add_argument("--stop-at-crossover", action="store_true")
    parser.add_argument("--both-crops", action="store_true")
    parser.add_argument("--detector", default="mtcnn")
    asked = parser.parse_args()
    zoo.configure(threads=1)
    settings = config.load(workers=1, detector=asked.detector)
    data = read_dataset(asked.data)
    chosen = {"train": data.split("train"), "val": data.split("val")}
    if asked.pictures:
        order = np.random.default_rng(0).permutation(len(chosen["train"]))
        chosen["train"] = chosen["train"].rows(np.sort(order[: asked.pictures]))
    tables: dict[str, dict[str, Any]] = {}
    for name, recipe in recipes(asked).items():
        parts = {
            split: samples_of(cut_faces(of, recipe.crop.template(), asked.work, settings))
            for split, of in chosen.items()
        }
        copies = perturbed(parts["val"].pictures)
        torch.manual_seed(0)
        task = make_task(recipe, parts["train"], parts["val"])
        folder = asked.work / f"{name.replace(', ', '-')}-{asked.width}-{asked.pictures}"
        fit(task, task.data, recipe.schedule, folder)
        task.network.load_state_dict(load_weights(folder / "model.safetensors")[0])
        tables[name] = {
            copy: attribute_table(recipe.attributes, parts["val"].labels, task.predict(chips))
            for copy, chips in copies.items()
        }
        of = tables[name].values()
        print(name, *(f"{rows[-1]['accuracy']:.4f}" for rows in of), sep=" | ", flush=True)
    print(f"{len(parts['train'])} faces to learn from, {len(parts['val'])} to judge on")
    for figure in ("accuracy", "balanced_accuracy"):
        print(f"{figure} |", " | ".join(copies))
        for name, of in tables.items():
            print(name, *(f"{rows[-1][figure]:.4f}" for rows in of.values()), sep=" | ")
    majority = next(iter(tables.values()))["clean"][-1]["majority"]
    print(f"majority | {majority:.4f}")
    parse, baseline = tables["attparsenet"], tables["attparsenet-baseline"]
    for copy in ("clean", "occluded"):
        print(f"gain on {copy} (points): {gains(parse[copy], baseline[copy])}")


if __name__ == "__main__":
    main()
