"""Enrolled people among strangers: how many of their faces are found at what precision.

    python benchmarks/gallery.py table lfw.prosopon=lfw/images
    python benchmarks/gallery.py fit lfw.prosopon=lfw/images celeba.prosopon=celeba.csv \
        drawn.prosopon=drawn/truth.csv --out a.json

300 people (or a third of all) are enrolled with one and with three portraits, which leave the
collection; everybody else is nobody known. Five draws of people. Small albums: 3 to 40 people of
the collection, clustered anew by themselves, of whom a fifth to four fifths are enrolled.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from captions import GOAL, Case, accepted, load
from prosopon import graph
from prosopon.clustering import AdaptiveMapEquation, estimate_threshold
from prosopon.people import calibration as cal
from prosopon.people.gallery import GalleryCalibration, Identified, identify, shipped, to_json
from prosopon.records import Embeddings, Float64, Int64

DRAWS = 5
SMALL = [(people, share) for people in (3, 6, 12, 25, 40) for share in (0.2, 0.5, 0.8)]
"""People of small albums, and how many of them are enrolled."""


@dataclass
class Draw:
    """Some people enrolled, and the faces that are left."""

    found: Identified
    truth: Int64
    """(n,) who each is; -1: nobody enrolled."""
    labelled: np.ndarray
    fit: np.ndarray
    """(n,) those to fit on: labelled, and neither is, nor resembles, one of `captions.DOUBLE`."""
    half: np.ndarray
    """(n,) in which half of the people the one is whom each face resembles most."""

    nearest: tuple[Int64, Float64]
    """(n,) whose portrait is nearest to each face alone, and its cosine."""

    @property
    def weight(self) -> Float64:
        """(n,) by which each cluster counts once."""
        return np.asarray(1 / np.bincount(self.found.group)[self.found.group])


def album(case: Case, people: int, seed: int) -> Case:
    """The labelled faces of a few people with four or more, clustered by themselves."""
    rng = np.random.default_rng(seed)
    counts = np.bincount(case.person[case.person >= 0], minlength=len(case.people))
    chosen = rng.permutation(np.flatnonzero(counts >= 4))[:people]
    rows = np.flatnonzero(np.isin(case.person, chosen))
    faces = Embeddings(np.arange(len(rows)), case.vectors[rows], "")
    neighbours = graph.build(faces)
    threshold = estimate_threshold(faces, neighbours, case.calibrated).cosine
    labels = AdaptiveMapEquation(threshold).fit(neighbours).labels_
    parts = {name: getattr(case, name)[rows] for name in ("vectors", "photo", "left", "person")}
    return replace(case, graph=neighbours, cluster=labels, threshold=threshold, **parts)


def drawn(case: Case, portraits: int, seed: int, share: float = 1 / 3) -> Draw:
    """Enrol a few, and look for them."""
    rng = np.random.default_rng(seed)
    counts = np.bincount(case.person[case.person >= 0], minlength=len(case.people))
    fit = rng.permutation(np.flatnonzero(counts > portraits))
    some = np.count_nonzero(counts) if share != 1 / 3 else len(case.people)
    chosen = fit[: min(300, max(int(some * share), 1))]
    rows, person = [], []
    for number, one in enumerate(chosen.tolist()):
        rows += rng.permutation(np.flatnonzero(case.person == one))[:portraits].tolist()
        person += [number] * portraits
    left = np.ones(len(case.person), bool)
    left[rows] = False
    found = identify(
        case.vectors[left],
        case.cluster[left],
        case.vectors[rows],
        np.array(person),
        case.threshold,
    )
    numbers = np.full(len(case.people) + 1, -1)
    numbers[chosen] = np.arange(len(chosen))
    labelled = case.person[left] >= 0
    double = case.double(case.person[left]) | case.double(chosen[found.person])
    half = chosen[found.person] % 2 == 0
    cosine = case.vectors[left] @ case.vectors[rows].T
    nearest = np.array(person)[cosine.argmax(axis=1)], cosine.max(axis=1).astype(np.float64)
    return Draw(found, numbers[case.person[left]], labelled, labelled & ~double, half, nearest)


def small(case: Case, portraits: int, first: int = 0) -> Iterator[Draw]:
    for seed in range(first, first + DRAWS):
        for people, share in SMALL:
            yield drawn(album(case, people, seed), portraits, seed, share)


def draws(case: Case, portraits: int, first: int = 0) -> Iterator[Draw]:
    for seed in range(first, first + DRAWS):
        yield drawn(case, portraits, seed)


def scores(
    rows: list[tuple[Draw, Float64, Int64, np.ndarray]],
) -> tuple[float, float, float]:
    """Recall at the precision wanted; recall and precision of what `--accept` names: of all draws
    together, each accepting for itself.

    rows : draws, chances, persons and which faces count.
    """
    chance, right, taken, total = [], [], [], 0
    for draw, probability, person, counted in rows:
        chance.append(np.where(counted, probability, 0))
        right.append((person == draw.truth) & counted)
        taken.append(accepted(chance[-1], GOAL))
        total += int(((draw.truth >= 0) & counted).sum())
    chances, rights, takes = (np.concatenate(each) for each in (chance, right, taken))
    order = np.argsort(-chances, kind="stable")
    precision = np.cumsum(rights[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= GOAL)
    best = rights[order[: good[-1] + 1]].sum() if len(good) else 0
    named = rights[takes].sum()
    return best / total, named / total, named / max(takes.sum(), 1)


def tabulate(case: Case, kind: str, method_of: Any, calibration: GalleryCalibration) -> None:
    """Print rows for one and for three portraits: means over the draws."""
    for portraits in (1, 3):
        several = list(method_of(case, portraits))
        for method in ("ours", "nearest portrait", "ours, without identities that are others too"):
            rows = []
            for draw in several:
                counted = draw.fit if "without" in method else draw.labelled
                who, cosine = draw.nearest
                if "ours" in method:
                    chance = calibration.probability(draw.found)
                    rows.append((draw, chance, draw.found.person, counted))
                else:
                    rows.append((draw, cosine, who, counted))
            best, recall, precision = np.round(scores(rows), 4).tolist()
            row = {"case": case.name, "of": kind, "portraits": portraits, "method": method}
            row |= {f"recall at precision {GOAL}": best}
            if "ours" in method:
                row |= {"accepted: recall": recall, "precision": precision}
            print(json.dumps(row), flush=True)


def fit(cases: list[Case], out: Path) -> None:
    """Fit on all draws, each cluster counting once; reliability and recall from halves of the
    people: of each face by a model that was fitted on enrolled people of the other half.
    """
    models, reliability = [], {}
    for kind, method in (("many", draws), ("few", small)):
        parts = [
            (f"{kind}: {case.name}, {portraits}", draw)
            for case in cases
            for portraits in (1, 2, 3)
            for draw in method(case, portraits, 100)
            if draw.found.many == (kind == "many")
        ]
        model, bins = fitted(parts)
        models.append(model)
        reliability[kind] = bins
    made = GalleryCalibration(
        *models,
        " and ".join(case.name for case in cases)
        + f": {DRAWS} draws of 1, 2 and 3 portraits, of the whole and of small albums",
        datetime.now(UTC).date().isoformat(),
        reliability,
    )
    out.write_text(to_json(made), encoding="utf-8")


def fitted(parts: list[tuple[str, Draw]]) -> tuple[cal.Logistic, list[tuple[float, float, int]]]:
    """The model and its reliability; prints recall by halves of the people."""
    every = np.vstack([draw.found.features[draw.fit] for _, draw in parts])
    right = np.concatenate([(draw.found.person == draw.truth)[draw.fit] for _, draw in parts])
    half = np.concatenate([draw.half[draw.fit] for _, draw in parts])
    weight = np.concatenate([draw.weight[draw.fit] for _, draw in parts])
    one, other = (cal.fit(every[part], right[part], weight[part]) for part in (half, ~half))
    rows: dict[str, list[Any]] = {}
    crossed = []
    for name, draw in parts:
        features = draw.found.features
        chance = np.where(draw.half, other.probability(features), one.probability(features))
        crossed.append(chance[draw.fit])
        rows.setdefault(name, []).append((draw, chance, draw.found.person, draw.fit))
    for name, several in rows.items():
        print(name, "by the other half of the people:", np.round(scores(several), 4).tolist())
    bins = cal.reliability(np.concatenate(crossed), right)
    print("expected calibration error", cal.expected_error(bins), *bins, sep="\n")
    return cal.fit(every, right, weight), bins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("table", "fit"))
    parser.add_argument("cases", nargs="+", metavar="COLLECTION=TRUTH")
    parser.add_argument("--out", type=Path, default=Path("gallery.json"))
    given = parser.parse_args()
    cases = [load(*case.split("=")) for case in given.cases]
    if given.verb == "fit":
        fit(cases, given.out)
        return
    for case in cases:
        for kind, method in (("whole", draws), ("small albums", small)):
            tabulate(case, kind, method, shipped())


if __name__ == "__main__":
    main()
