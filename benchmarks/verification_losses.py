"""Train small embedders under the five margin losses and print them in one table.

    python benchmarks/verification_losses.py --train celeba/ --lfw lfw/ --built mine/ --work runs/

The shape of DoppelVer's tables 7.1 and 7.2 (accuracy ± SEM by loss and protocol). Interrupted, it
goes on where it stopped. Some minutes of one idle core for each loss on 5,000 photographs.
"""

import argparse
from pathlib import Path

from prosopon import config
from prosopon.verification.tasks import Recipe
from prosopon.workflows.train_embedder import train
from prosopon.workflows.verify import Task, verify
from prosopon.zoo import cards

LOSSES = ("coco", "sphereface", "cosface", "arcface", "sphereface2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("train", "lfw", "built", "work"):
        parser.add_argument(f"--{name}", type=Path, required=name != "built")
    parser.add_argument("--detector", default="mtcnn")
    given = parser.parse_args()
    settings = config.load(detector=given.detector, workers=1)
    for loss in LOSSES:
        name = f"small-{loss}"
        if name not in cards():
            recipe = Recipe.read(name)
            keep = given.work / "chips"
            train(recipe, given.train, given.work / loss, settings, name=name, keep=keep)
    tasks = [Task("lfw", given.lfw)]
    if given.built:
        tasks += [Task("doppelganger", given.built), Task("vise", given.built)]
    embedders = [f"small-{loss}" for loss in LOSSES]
    print(f"| loss | {' | '.join(task.protocol for task in tasks)} |")
    print("|---" * (len(tasks) + 1) + "|")
    results = [verify(task, embedders, settings, keep=given.work / task.protocol) for task in tasks]
    for name in embedders:
        scores = [result.embedders[name] for result in results]
        cells = (f"{100 * s.accuracy:.2f} ± {100 * s.standard_error:.2f}" for s in scores)
        print(f"| {name.removeprefix('small-')} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
