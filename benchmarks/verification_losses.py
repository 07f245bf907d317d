"""Train small embedders under the five margin losses, and one with triplets, and print one table.

    python benchmarks/verification_losses.py --train celeba/ --lfw lfw/ --built mine/ --work runs/

The shape of DoppelVer's tables 7.1 and 7.2 (accuracy ± SEM by loss and protocol). --also adds the
people of a further folder or album to those trained on. Interrupted, it goes on where it stopped.
Some minutes of one idle core for each loss on 5,000 photographs.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from prosopon import config
from prosopon.datasets.identities import read_identities
from prosopon.studies.train_embedder import train
from prosopon.studies.verify import Task, verify
from prosopon.verification.tasks import Recipe
from prosopon.zoo import cards

RECIPES = ("coco", "sphereface", "cosface", "arcface", "sphereface2", "lightcnn29")


def together(folders: list[Path], into: Path) -> Path:
    """One folder for each person of all galleries, of links to the photographs."""
    for folder in folders:
        for person, files in read_identities(folder, "", 2).items():
            home = into / f"{folder.name} {person}"
            home.mkdir(parents=True, exist_ok=True)
            for file in files:
                link = home / file.name
                if not link.is_symlink():
                    link.symlink_to(file.absolute())
    return into


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("train", "lfw", "work", "built", "also"):
        parser.add_argument(f"--{name}", type=Path, required=name in ("train", "lfw", "work"))
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=RECIPES)
    parser.add_argument("--precision", default="32-true", help="bf16-mixed is faster.")
    parser.add_argument("--detector", default="mtcnn")
    given = parser.parse_args()
    settings = config.load(detector=given.detector, workers=torch.get_num_threads())
    data = given.train
    if given.also:
        data = together([given.train, given.also], given.work / "people")
    embedders = {recipe: f"{given.work.name}-{recipe}" for recipe in given.recipes}
    for kind, name in embedders.items():
        if name not in cards():
            recipe = Recipe.read(f"small-{kind}")
            schedule = replace(recipe.schedule, precision=given.precision)
            recipe = replace(recipe, schedule=schedule)
            keep = given.work / f"chips-{recipe.network.alignment}"
            result = train(recipe, data, given.work / kind, settings, name=name, keep=keep)
            print(name, result.people, "people,", result.pictures, "pictures:", result.figures)
    tasks = [Task("lfw", given.lfw)]
    if given.built:
        tasks += [Task("doppelganger", given.built), Task("vise", given.built)]
    print(f"| trained as | {' | '.join(task.protocol for task in tasks)} |")
    print("|---" * (len(tasks) + 1) + "|")
    names = list(embedders.values())
    results = [verify(task, names, settings, keep=given.work / task.protocol) for task in tasks]
    for kind, name in embedders.items():
        scores = [result.embedders[name] for result in results]
        cells = (f"{100 * s.accuracy:.2f} ± {100 * s.standard_error:.2f}" for s in scores)
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
