"""AttParseNet against its baseline: as written (unaligned against aligned faces), and each on both.

    python benchmarks/attributes_parsing.py --data ../shared/data/celeba --work parsing/ \
        --width 0.1 --pictures 1500 --segment-epochs 2 --epochs 5

Both networks have the same width, see the same photographs and learn attributes for as many epochs;
AttParseNet learns its segments alone before. As in the dissertation (§4.4.1) AttParseNet learns
from faces as they stand and the baseline from aligned ones; --both-crops trains each on the other
crop too, to tell what the segments do from what the crop does. Our own addition: perturbed copies
of the partition `val`, shifted by a tenth, turned by 15°, or with a grey square over a quarter.

The weights of the last epoch are judged, nothing is chosen on `val`. Every seed draws pictures and
weights anew; the difference's interval draws the people of `val`, its spread is over the seeds.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from prosopon import config, zoo
from prosopon.attributes.recipes import AttributeRecipe, load_recipe
from prosopon.attributes.segments import base_segments
from prosopon.attributes.tasks import Samples, make_task
from prosopon.datasets.attributes import AttributeData, read_dataset
from prosopon.metrics.bootstrap import people_interval
from prosopon.metrics.classification import attribute_table
from prosopon.records import Float32, Float64
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
        schedule = replace(
            recipe.schedule, epochs=before + asked.epochs, precision=asked.precision, monitor=""
        )
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


def parts_of(
    recipe: AttributeRecipe, data: AttributeData, seed: int, asked: argparse.Namespace
) -> dict[str, Cut]:
    """The faces of `train`, as many as asked for, and of `val`, cut as the recipe says."""
    chosen = {"train": data.split("train"), "val": data.split("val")}
    if asked.pictures:
        order = np.random.default_rng(seed).permutation(len(chosen["train"]))
        chosen["train"] = chosen["train"].rows(np.sort(order[: asked.pictures]))
    settings = config.load(workers=1, detector=asked.detector)
    template = recipe.crop.template()
    return {split: cut_faces(of, template, asked.work, settings) for split, of in chosen.items()}


def answers(
    name: str, recipe: AttributeRecipe, parts: dict[str, Cut], seed: int, asked: argparse.Namespace
) -> dict[str, Float32]:
    """Probabilities (n, 40) of `val` and its copies after the last epoch."""
    samples = {split: samples_of(of) for split, of in parts.items()}
    recipe = replace(recipe, schedule=replace(recipe.schedule, seed=seed))
    task = make_task(recipe, samples["train"], samples["val"])
    folder = asked.work / f"{name.replace(', ', '-')}-{asked.width}-{asked.pictures}-{seed}"
    fit(task, task.data, recipe.schedule, folder)
    task.network.load_state_dict(load_weights(folder / "model.safetensors")[0])
    return {copy: task.predict(of) for copy, of in perturbed(samples["val"].pictures).items()}


def difference(one: list[Float64], other: list[Float64], people: Any) -> str:
    """Points by which `one` is more often right, face by face: of each seed, and of their mean with
    an interval over the people."""
    seeds = [100 * (a - b) for a, b in zip(one, other, strict=True)]
    points = np.mean(seeds, axis=0)
    low, high = people_interval(lambda w: float((w * points).sum() / w.sum()), people, people)
    each = ", ".join(f"{values.mean():+.2f}" for values in seeds)
    return f"{points.mean():+.2f} ({low:+.2f} to {high:+.2f}); by seed {each}"


def summarise(
    rows: dict[str, list[dict[str, Any]]], right: dict[str, dict[str, list[Float64]]], people: Any
) -> None:
    """Print means over the seeds, what AttParseNet is ahead by, and by attribute.

    rows : network → a table for each copy, by seed; right : copy → network → (n,) by seed.
    """
    for figure in ("accuracy", "balanced_accuracy"):
        print(f"mean {figure} |", " | ".join(right))
        for name, seeds in rows.items():
            means = [np.mean([of[copy][-1][figure] for of in seeds]) for copy in right]
            print(name, *(f"{mean:.4f}" for mean in means), sep=" | ")
    print(f"majority | {rows['attparsenet'][0]['clean'][-1]['majority']:.4f}")
    for copy, by_name in right.items():
        parse, *others = by_name
        for other in others:
            points = difference(by_name[parse], by_name[other], people)
            print(f"{parse} over {other}, {copy} | {points}")
    parse, baseline = rows["attparsenet"][-1], rows["attparsenet-baseline"][-1]
    for copy in ("clean", "occluded"):
        print(f"gain on {copy} (points): {gains(parse[copy], baseline[copy])}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="Kept from run to run.")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--pictures", type=int, default=0, help="Of train; 0: all.")
    parser.add_argument("--segment-epochs", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--precision", default="32-true", help="bf16-mixed is faster.")
    parser.add_argument("--stop-at-crossover", action="store_true")
    parser.add_argument("--both-crops", action="store_true")
    parser.add_argument("--detector", default="mtcnn")
    asked = parser.parse_args()
    zoo.configure(threads=1)
    data = read_dataset(asked.data)
    rows: dict[str, list[dict[str, Any]]] = {}
    right: dict[str, dict[str, list[Float64]]] = {}
    for seed in asked.seeds:
        for name, recipe in recipes(asked).items():
            parts = parts_of(recipe, data, seed, asked)
            val = parts["val"].data
            said = answers(name, recipe, parts, seed, asked)
            of = {
                copy: attribute_table(recipe.attributes, val.labels, probabilities)
                for copy, probabilities in said.items()
            }
            rows.setdefault(name, []).append(of)
            for copy, probabilities in said.items():
                hits = ((probabilities >= 0.5) == (val.labels == 1)).mean(axis=1)
                right.setdefault(copy, {}).setdefault(name, []).append(hits)
            shown = (f"{table[-1]['accuracy']:.4f}" for table in of.values())
            print(f"seed {seed}", name, *shown, sep=" | ", flush=True)
    print(f"{len(parts['train'].data)} faces to learn from, {len(val)} to judge on")
    summarise(rows, right, val.identities)


if __name__ == "__main__":
    main()
