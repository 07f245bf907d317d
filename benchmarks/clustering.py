"""Clustering methods side by side on labelled embeddings.

    python benchmarks/clustering.py lfw.npz celeba.npz
    python benchmarks/clustering.py lfw.npz --slow
    python benchmarks/clustering.py lfw.npz celeba.npz --quality

An .npz file holds `vectors` (n, d) of unit length and `names` (n,), the persons. `--quality` fits
the scale of cluster quality (`prosopon.clustering.quality.SCALE`) to all the files instead.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from prosopon import clustering, graph
from prosopon.clustering.quality import fit_scale
from prosopon.records import Embeddings, NeighbourGraph

QUICK = [
    ("adaptive", {}),
    ("map-equation", {"threshold": 0.945}),
    ("map-equation", {"threshold": 0.95}),
    ("label-propagation", {"threshold": 0.95}),
    ("conditional-pairwise", {}),
    ("threshold", {"threshold": 0.95}),
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
LOOSENESS = ({}, {"margin": 0.15, "threshold": 0.93}, {"margin": 0.1, "threshold": 0.92})
"""Settings whose clusters are more and less pure, for the scale of quality."""


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
            estimators = [clustering.make("adaptive", **parameters) for parameters in LOOSENESS]
            samples += [(made, estimator.fit(made).labels_, persons) for estimator in estimators]
        else:
            table(made, embeddings, persons, QUICK + (SLOW if arguments.slow else []))
    if arguments.quality:
        print(fit_scale(samples, " and ".join(file.stem for file in arguments.files)))


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
