"""Clustering methods side by side on labelled embeddings.

    python benchmarks/clustering.py lfw.npz celeba.npz
    python benchmarks/clustering.py lfw.npz --slow
    python benchmarks/clustering.py lfw.npz celeba.npz --quality

An .npz file holds `vectors` (n, d) of unit length and `names` (n,), the persons ("" for faces of
whom nothing is known). `--quality` fits the scale of membership
(`prosopon.clustering.quality.MEMBERSHIP`) to all the files, and to albums drawn from them, instead;
and shows how right the probabilities are of people not fitted on, and how pure clusters are of
which that is expected.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from prosopon import clustering, graph, zoo
from prosopon.clustering import quality
from prosopon.clustering.quality import Sample, fit_scale
from prosopon.config import Settings
from prosopon.records import Embeddings, NeighbourGraph

QUICK = [
    ("adaptive", {}),
    ("map-equation", {"threshold": 0.945}),
    ("map-equation", {"threshold": 0.95}),
    ("label-propagation", {"threshold": 0.95}),
    ("conditional-pairwise", {}),
    ("threshold", {"threshold": 0.95}),
    ("chinese-whispers", {"threshold": 0.95}),
    ("first-neighbours", {"threshold": 0.95}),
    ("first-neighbours", {"threshold": -1, "steps": 1}),
    ("dbscan", {"eps": 0.29}),
    *(("approximate-rank-order", {"threshold": value}) for value in (0.1, 0.2, 0.3, 0.5)),
    ("approximate-rank-order", {"threshold": 0.2, "min_cosine": 0.94}),
]
SLOW = [
    ("agglomerative", {"distance_threshold": 0.06}),
    ("agglomerative", {"distance_threshold": 0.07}),
    ("hdbscan", {}),
    ("rank-order", {"threshold": 7.0}),
]
ALBUMS = ((2, 10), (3, 20), (6, 4), (6, 20), (10, 10), (30, 4), (30, 10), (100, 4), (100, 10)) * 4
"""People and photographs of each, of albums for the scales."""
ALONE = (0, 0, 0.3, 1, 3)
"""Faces of other people, one each, beside these: so many times as many."""
BINS = (0.4, 0.8, 0.9, 0.95, 0.99)
"""Edges between the bins of probabilities."""
LOOSENESS = ({}, {"margin": 0.15, "threshold": 0.93}, {"margin": 0.1, "threshold": 0.92})
"""Settings whose clusters are more and less pure, for the scales."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--slow", action="store_true", help="methods that take minutes, too")
    parser.add_argument("--quality", action="store_true", help="fit the scale of cluster quality")
    arguments = parser.parse_args()
    samples = []
    for file in arguments.files:
        embeddings, persons = read(file)
        start = time.perf_counter()
        made = graph.build(embeddings)
        print(f"\n{file.stem}: {len(made):,} faces, graph in {time.perf_counter() - start:.1f} s\n")
        if arguments.quality:
            samples += labelled(file.stem, made, embeddings, persons)
        else:
            table(made, embeddings, persons, QUICK + (SLOW if arguments.slow else []))
    if arguments.quality:
        print(fit_scale(samples))
        reliability(samples)
        purity(samples)


def labelled(
    name: str, made: NeighbourGraph, embeddings: Embeddings, persons: np.ndarray
) -> list[Sample]:
    """The whole set grouped more and less loosely, and albums drawn from it."""
    samples = [
        (name, made, clustering.make("adaptive", doubt=0, **parameters).fit(made).labels_, persons)
        for parameters in LOOSENESS
    ]
    rng = np.random.default_rng(0)
    people, counts = np.unique(persons[persons != ""], return_counts=True)
    card = zoo.card(Settings().embedder).threshold
    for many, photos in ALBUMS:
        enough = people[counts >= photos]
        if len(enough) < many:
            continue
        who = rng.choice(enough, many, replace=False)
        others = np.setdiff1d(people, who)
        alone = min(round(rng.choice(ALONE) * many * photos), len(others))
        rows = np.concatenate(
            [
                rng.choice(np.flatnonzero(persons == person), count, replace=False)
                for some, count in ((who, photos), (rng.choice(others, alone, replace=False), 1))
                for person in some
            ]
        )
        part = Embeddings(np.arange(len(rows)), embeddings.vectors[rows], name)
        near = graph.build(part)
        threshold = clustering.estimate_threshold(part, near, card).cosine
        labels = clustering.make("adaptive", doubt=0, threshold=threshold).fit(near).labels_
        samples.append((name, near, labels, persons[rows]))
    return samples


def reliability(samples: list[Sample], folds: int = 5) -> None:
    """Of each face's membership, fitted on other people: the mean, and how many are right."""
    found, right, sets = [], [], []
    people = {person for *_, persons in samples for person in persons.tolist()}
    fold_of = {person: number % folds for number, person in enumerate(sorted(people))}
    for fold in range(folds):
        others = [
            (name, near, labels, np.where([fold_of[p] == fold for p in persons], "", persons))
            for name, near, labels, persons in samples
        ]
        scale = fit_scale(others)
        for name, near, labels, persons in samples:
            rows, correct = quality.right_and_wrong(labels, persons)
            own = np.array([fold_of[person] == fold for person in persons[rows].tolist()], bool)
            found.append(scale.probability(quality.of_faces(near, labels))[rows][own])
            right.append(correct[own])
            sets += [name] * int(own.sum())
    given, correct, whose = np.concatenate(found), np.concatenate(right), np.array(sets)
    for name in (*dict.fromkeys(sets), ""):
        part = (whose == name) if name else np.ones(len(whose), bool)
        binned(f"{name or 'all'}: faces", given[part], correct[part])


def purity(samples: list[Sample]) -> None:
    """Of clusters, the quality, and the share of pairs that are right."""
    for name in dict.fromkeys(sample[0] for sample in samples):
        expected, found = [], []
        for _, near, labels, persons in (sample for sample in samples if sample[0] == name):
            known = np.bincount(labels[(labels >= 0) & (persons != "")], minlength=labels.max() + 1)
            qualities = clustering.qualities(near, labels)
            judged = [label for label in qualities if known[label] > 1]
            expected += [qualities[label] for label in judged]
            found += quality.precisions(labels, persons)[judged].tolist()
        binned(f"{name}: clusters", np.array(expected), np.array(found))


def binned(what: str, given: np.ndarray, right: np.ndarray) -> None:
    print(f"\n{what}, {len(given):,}\n\n| expected | right | number |\n|---|---|---|")
    bins = np.digitize(given, BINS)
    for number in np.unique(bins):
        inside = bins == number
        print(f"| {given[inside].mean():.3f} | {right[inside].mean():.3f} | {inside.sum():,} |")


def read(file: Path) -> tuple[Embeddings, np.ndarray]:
    """Embeddings and persons of an .npz file."""
    with np.load(file) as arrays:
        vectors = arrays["vectors"]
        return Embeddings(np.arange(len(vectors)), vectors, file.stem), arrays["names"]


def table(made: NeighbourGraph, embeddings: Embeddings, persons: np.ndarray, methods: list) -> None:
    """Try the methods and print a line for each."""
    clustering.compare(methods, made, embeddings)  # once before, to compile
    print("| method | P | R | F | B³ F | AMI | clusters | s |")
    print("|---|---|---|---|---|---|---|---|")
    chosen = [" ".join(f"{key} {value}" for key, value in given.items()) for _, given in methods]
    trials = clustering.compare(methods, made, embeddings, persons)
    for trial, given in zip(trials, chosen, strict=True):
        names = ("precision", "recall", "f")
        cells = [trial.scores[f"pairwise_{name}"] for name in names]
        cells += [trial.scores["bcubed_f"], trial.scores["ami"]]
        figures = " | ".join(f"{cell:.3f}" for cell in cells)
        clusters = int(trial.scores["clusters"])
        name = f"{trial.method} {given}".strip()
        print(f"| {name} | {figures} | {clusters:,} | {trial.seconds:.2f} |")


if __name__ == "__main__":
    main()
