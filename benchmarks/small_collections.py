"""Clustering a few people: random small parts of labelled embeddings, with the default settings.

    python benchmarks/small_collections.py lfw.npz celeba.npz

An .npz file holds `vectors` (n, d) of unit length and `names` (n,), the persons. For each number of
people and of photographs of each, the mean of `--rounds` draws: with the threshold that suits a
collection of this size, and with that of the large one.
"""

import argparse
from pathlib import Path

import numpy as np

from clustering import read
from prosopon import clustering, graph, zoo
from prosopon.metrics.clustering import scores
from prosopon.records import Embeddings

SIZES = ((6, 4), (15, 4), (60, 5), (200, 4))
FIGURES = ("pairwise_precision", "pairwise_recall", "pairwise_f", "bcubed_f")


def main() -> None:
    """Print a row for each file and size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--embedder", default="dlib-resnet")
    arguments = parser.parse_args()
    calibrated = zoo.card(arguments.embedder).threshold
    print("| | people × photographs | threshold | P / R / F, B³ F | with the large one's |")
    print("|---|---|---|---|---|")
    for file in arguments.files:
        everyone, names = read(file)
        for people, each in SIZES:
            rng = np.random.default_rng(0)
            chosen, rows = [], {"suited": [], "fixed": []}
            for _ in range(arguments.rounds):
                part, persons = draw(everyone, names, people, each, rng)
                made = graph.build(part)
                chosen.append(clustering.suited(part, calibrated))
                for name, threshold in (("suited", chosen[-1]), ("fixed", calibrated.cosine)):
                    labels = clustering.make("adaptive", threshold=threshold).fit(made).labels_
                    found = scores(persons, labels)
                    rows[name].append([found[figure] for figure in FIGURES])
            cells = [" / ".join(f"{x:.3f}" for x in np.mean(row, axis=0)) for row in rows.values()]
            print(f"| {file.stem} | {people} × {each} | {np.mean(chosen):.3f} | ", end="")
            print(" | ".join(cells) + " |", flush=True)


def draw(
    everyone: Embeddings, names: np.ndarray, people: int, each: int, rng: np.random.Generator
) -> tuple[Embeddings, np.ndarray]:
    """So many faces of each of so many people."""
    persons, counts = np.unique(names, return_counts=True)
    who = rng.choice(persons[counts >= each], people, replace=False)
    rows = np.concatenate(
        [rng.choice(np.flatnonzero(names == person), each, replace=False) for person in who]
    )
    return Embeddings(np.arange(len(rows)), everyone.vectors[rows], everyone.model), names[rows]


if __name__ == "__main__":
    main()
