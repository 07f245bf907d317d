"""Clustering methods side by side on labelled embeddings.

    python benchmarks/archive_copies.py lfw/images --work copies/
    python benchmarks/clustering.py copies/lfw/original copies/celeba/original
    python benchmarks/clustering.py lfw.npz --slow
    python benchmarks/clustering.py copies/*/original copies/*/mixed --quality

Reads the collections that `archive_copies.py` leaves, or .npz files: such a file holds `vectors`
(n, d) of unit length and `names` (n,), the persons ("" for faces of whom nothing is known).
`--quality` fits the scale of membership (`prosopon.clustering.quality.MEMBERSHIP`) to all of them,
and to albums drawn from them, instead, and that of clusters (`QUALITY`); and shows how right the
probabilities are of people not fitted on, and how pure clusters are of which that is expected,
fitted on the other sets.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import prosopon
from prosopon import clustering, graph, zoo
from prosopon.clustering import quality
from prosopon.clustering.quality import Sample
from prosopon.collection.ground_truth import label_faces
from prosopon.config import Settings
from prosopon.records import Embeddings, NeighbourGraph

COSINES = tuple(np.round(np.arange(0.91, 0.9751, 0.005), 3).tolist())
RIVALS: list[tuple[str, list[dict[str, object]]]] = [
    *(
        (name, [{"threshold": cosine} for cosine in COSINES])
        for name in ("map-equation", "label-propagation", "chinese-whispers", "threshold")
    ),
    ("dbscan", [{"eps": round(float(np.sqrt(2 - 2 * cosine)), 4)} for cosine in COSINES]),
    (
        "first-neighbours",
        [{"threshold": -1, "steps": steps} for steps in (1, 2, 3)]
        + [{"threshold": cosine} for cosine in COSINES],
    ),
    ("approximate-rank-order", [{"threshold": value} for value in (0.1, 0.2, 0.3, 0.5)]),
    (
        "approximate-rank-order",
        [{"threshold": value, "min_cosine": 0.94} for value in (0.1, 0.2, 0.3, 0.5)],
    ),
    ("hdbscan", [{}, {"min_cluster_size": 3}]),
    ("conditional-pairwise", [{}]),
]
"""Settings of which the best, by the labels, stands in the table."""
SLOW: list[tuple[str, list[dict[str, object]]]] = [
    ("agglomerative", [{"distance_threshold": value} for value in (0.06, 0.07)]),
    ("rank-order", [{"threshold": 7.0}]),
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
        name = f"{file.parent.name} {file.name}" if file.is_dir() else file.stem
        print(f"\n{name}: {len(made):,} faces, graph in {time.perf_counter() - start:.1f} s\n")
        if arguments.quality:
            samples += labelled(name, made, embeddings, persons)
        else:
            table(made, embeddings, persons, RIVALS + (SLOW if arguments.slow else []))
    if arguments.quality:
        print("membership:", quality.fit_membership(samples))
        reliability(samples)
        kept = [
            (name, near, quality.without_strangers(near, labels, 0.3), persons)
            for name, near, labels, persons in samples
        ]
        print("\nquality:", quality.fit_quality(kept))
        purity(kept)


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
        scale = quality.fit_membership(others)
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
    """Of each set's clusters the quality, fitted on the other sets, and the share of pairs that are
    right. A set's mixed copies are that set."""
    for name in dict.fromkeys(sample[0] for sample in samples):
        others = [sample for sample in samples if sample[0].split()[0] != name.split()[0]]
        scale = quality.fit_quality(others) if others else quality.QUALITY
        expected, found, sizes = [], [], []
        for _, near, labels, persons in (sample for sample in samples if sample[0] == name):
            known = np.bincount(labels[(labels >= 0) & (persons != "")], minlength=labels.max() + 1)
            measured, features = quality.of_clusters(near, labels)
            told = known[measured] > 1
            expected += scale.probability(features[told]).tolist()
            found += quality.precisions(labels, persons)[measured[told]].tolist()
            sizes += np.bincount(labels[labels >= 0])[measured[told]].tolist()
        expected, found, sizes = np.array(expected), np.array(found), np.array(sizes)
        binned(f"{name}: clusters", expected, found)
        for low, high in ((2, 2), (3, 4), (5, 9), (10, 29), (30, np.inf)):
            part = (sizes >= low) & (sizes <= high)
            if part.any():
                binned(f"{name}: clusters of {low} to {high}", expected[part], found[part], ())


def binned(what: str, given: np.ndarray, right: np.ndarray, edges: tuple = BINS) -> None:
    print(f"\n{what}, {len(given):,}\n\n| expected | right | number |\n|---|---|---|")
    bins = np.digitize(given, edges)
    for number in np.unique(bins):
        inside = bins == number
        print(f"| {given[inside].mean():.3f} | {right[inside].mean():.3f} | {inside.sum():,} |")


def read(file: Path) -> tuple[Embeddings, np.ndarray]:
    """Embeddings and persons of an .npz file, or of a folder of `archive_copies.py`."""
    if file.is_dir():
        with prosopon.open(file / "copies.prosopon") as collection:
            found = collection.embeddings
            people = label_faces(collection, file / "truth.csv", collection.visible).people
        return found, np.array([people.get(face, "") for face in found.face_ids.tolist()])
    with np.load(file) as arrays:
        vectors = arrays["vectors"]
        return Embeddings(np.arange(len(vectors)), vectors, file.stem), arrays["names"]


def table(made: NeighbourGraph, embeddings: Embeddings, persons: np.ndarray, rivals: list) -> None:
    """The default as `cluster` runs it; rivals at the embedder's threshold, and at their best."""
    card = zoo.card(Settings().embedder).threshold
    estimated = clustering.estimate_threshold(embeddings, made, card).cosine
    print("| method | setting | P | R | F | B³ F | clusters | processor s |")
    print("|---|---|---|---|---|---|---|---|")
    line("adaptive", {"threshold": estimated}, "as estimated", made, embeddings, persons)
    for name, settings in rivals:
        if settings[0].keys() == {"threshold"} and settings[0]["threshold"] == COSINES[0]:
            line(name, {"threshold": card.cosine}, "the card's", made, embeddings, persons)
        named = [(name, given) for given in settings]
        trials = clustering.compare(named, made, embeddings, persons, persons != "")
        best = max(zip(trials, settings, strict=True), key=lambda pair: value(pair[0]))[1]
        chosen = "best of " + str(len(settings)) if len(settings) > 1 else "as it comes"
        line(name, best, chosen, made, embeddings, persons)


def value(trial: clustering.Trial) -> float:
    return trial.scores["pairwise_f"] + trial.scores["bcubed_f"]


def line(
    name: str,
    given: dict,
    how: str,
    made: NeighbourGraph,
    embeddings: Embeddings,
    persons: np.ndarray,
) -> None:
    """One row. What is compiled has been so by an earlier run of the method, but for the first."""
    clustering.compare([(name, given)], made, embeddings)
    start = time.process_time()
    [trial] = clustering.compare([(name, given)], made, embeddings, persons, persons != "")
    seconds = time.process_time() - start
    cells = [trial.scores[f"pairwise_{kind}"] for kind in ("precision", "recall", "f")]
    figures = " | ".join(f"{cell:.3f}" for cell in [*cells, trial.scores["bcubed_f"]])
    setting = ", ".join(f"{key} {value}" for key, value in given.items())
    clusters = int(trial.scores["clusters"])
    print(f"| {name} | {setting} ({how}) | {figures} | {clusters:,} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
