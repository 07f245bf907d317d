"""The tables of what `gpu_train.py` brought back.

    python benchmarks/gpu_tables.py out/ --work study/

Writes a study of `prosopon explain` for each size of ResNet-50 into --work, and prints the figures
of the text beside ours, the order of the regions, and AttParseNet's figures.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from prosopon.attributes.recipes import load_recipe
from prosopon.explain import Shares, Study, find, measure, occlusions
from prosopon.explain.beside_published import published_comparisons, text_figures
from prosopon.explain.study import save
from prosopon.metrics.classification import attribute_table

COPIES = ("clean", "shifted", "turned", "occluded")
_SHARED = 200


def parsing(values: dict[str, Any], title: str) -> None:
    """Accuracy and balanced accuracy on every copy, and the validation loss over the epochs."""
    names = load_recipe("attparsenet").attributes
    labels = values[f"{title}|labels"]
    means = [attribute_table(names, labels, values[f"{title}|said {copy}"])[-1] for copy in COPIES]
    cells = [f"{row['accuracy']:.3f} / {row['balanced_accuracy']:.3f}" for row in means]
    print(f"{title}, {len(labels)} judged | {' | '.join(cells)} | {means[0]['majority']:.3f}")
    for row in json.loads(str(values[f"{title}|history"])):
        print({key: round(value, 3) for key, value in row.items()})


def gender(values: dict[str, Any], name: str) -> Study:
    """The parts that were measured, as a study."""
    parts = [part for part in range(5) if f"{name} {part}|answers" in values]
    truth, people, landmarks = (
        np.concatenate([values[f"{name} {part}|{what}"] for part in parts])
        for what in ("truth", "people", "landmarks")
    )
    answers = np.concatenate([values[f"{name} {part}|answers"] for part in parts], axis=1)
    sizes = [len(values[f"{name} {part}|truth"]) for part in parts]
    side = int(name.rpartition("-")[2])
    chosen = occlusions()
    shares = Shares.of(landmarks[:_SHARED], (side, side), chosen)
    figures = measure(truth, answers, np.repeat(np.arange(len(parts)), sizes))
    return Study(
        classifier=name,
        label="Male",
        size=(side, side),
        fill="black",
        faces=len(truth),
        people=len(set(people.tolist())),
        occlusions=chosen,
        hidden=shares.picture,
        hidden_regions=shares.regions,
        figures=figures,
    )


def tell(study: Study) -> None:
    """What follows from a study, beside the text."""
    findings = find(study)
    accuracy = study.figures["accuracy"][:, 0]
    print(f"{study.classifier}: {study.faces} faces of {study.people}, accuracy {accuracy}")
    for shape, ranking in findings.configural.items():
        values = {
            region: f"{100 * of.mean:.1f} ({100 * of.low:.1f} to {100 * of.high:.1f})"
            for region, of in ranking.values.items()
        }
        print(shape, values)
    for row in text_figures(study, findings):
        print(f"| {row.name} | {row.low:g} | {row.high:g} | {row.ours:.4f} |")
    for each in published_comparisons(study, findings):
        print(f"| {each.question} | {each.people} | {each.classifier} | {each.verdict} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("found", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    values: dict[str, Any] = {}
    for file in sorted(asked.found.glob("*.npz")):
        values |= dict(np.load(file, allow_pickle=False))
    titles = sorted({key.partition("|")[0] for key in values})
    for title in titles:
        if title.startswith("attparsenet"):
            parsing(values, title)
    for name in ("resnet50-32", "resnet50-224"):
        if f"{name} 0" in titles:
            study = gender(values, name)
            asked.work.mkdir(parents=True, exist_ok=True)
            save(study, asked.work / f"{name}.json")
            tell(study)


if __name__ == "__main__":
    main()
