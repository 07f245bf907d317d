"""Enrolled people among strangers: how many of their faces are found at what precision.

    python benchmarks/gallery.py table lfw.prosopon=lfw/images
    python benchmarks/gallery.py fit lfw.prosopon=lfw/images celeba.prosopon=celeba.csv --out a.json

300 people (or a third of all) are enrolled with one and with three portraits, which leave the
collection; everybody else is nobody known. Five draws of people.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from captions import GOAL, Case, accepted, load
from prosopon.people import calibration as cal
from prosopon.people.gallery import GalleryCalibration, Identified, identify, shipped, to_json
from prosopon.records import Float64, Int64

DRAWS = 5


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


def drawn(case: Case, portraits: int, seed: int) -> Draw:
    """Enrol a few, and look for them."""
    rng = np.random.default_rng(seed)
    counts = np.bincount(case.person[case.person >= 0], minlength=len(case.people))
    fit = rng.permutation(np.flatnonzero(counts > portraits))
    chosen = fit[: min(300, max(len(case.people) // 3, 1))]
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


def draws(case: Case, portraits: int, first: int = 0) -> Iterator[Draw]:
    for seed in range(first, first + DRAWS):
        yield drawn(case, portraits, seed)


def scores(
    draw: Draw, chance: Float64, person: Int64, counted: np.ndarray
) -> tuple[float, float, float]:
    """Recall at the precision wanted; recall and precision of what `--accept` names."""
    chance = np.where(counted, chance, 0)
    right = (person == draw.truth) & counted
    taken = accepted(chance, GOAL)
    order = np.argsort(-chance, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= GOAL)
    best = right[order[: good[-1] + 1]].sum() if len(good) else 0
    total = ((draw.truth >= 0) & counted).sum()
    return best / total, right[taken].sum() / total, right[taken].sum() / max(taken.sum(), 1)


def tabulate(case: Case, calibration: GalleryCalibration) -> None:
    """Print rows for one and for three portraits: means over the draws."""
    for portraits in (1, 3):
        several = list(draws(case, portraits))
        for method in ("ours", "nearest portrait", "ours, without identities that are others too"):
            rows = []
            for draw in several:
                counted = draw.fit if "without" in method else draw.labelled
                who, cosine = draw.nearest
                if "ours" in method:
                    chance = calibration.probability(draw.found)
                    rows.append(scores(draw, chance, draw.found.person, counted))
                else:
                    rows.append(scores(draw, cosine, who, counted))
            best, recall, precision = np.mean(rows, axis=0).round(4).tolist()
            row = {"case": case.name, "portraits": portraits, "method": method}
            row |= {f"recall at precision {GOAL}": best}
            if "ours" in method:
                row |= {"accepted: recall": recall, "precision": precision}
            print(json.dumps(row), flush=True)


def fit(cases: list[Case], out: Path) -> None:
    """Fit on all draws, each cluster counting once; reliability and recall from halves of the
    people: of each face by a model that was fitted on enrolled people of the other half.
    """
    parts = [
        (f"{case.name}, {portraits}", draw)
        for case in cases
        for portraits in (1, 2, 3)
        for draw in draws(case, portraits, 100)
    ]
    every = np.vstack([draw.found.features[draw.fit] for _, draw in parts])
    right = np.concatenate([(draw.found.person == draw.truth)[draw.fit] for _, draw in parts])
    half = np.concatenate([draw.half[draw.fit] for _, draw in parts])
    weight = np.concatenate([draw.weight[draw.fit] for _, draw in parts])
    one, other = (cal.fit(every[part], right[part], weight[part]) for part in (half, ~half))
    rows: dict[str, list[tuple[float, float, float]]] = {}
    crossed = []
    for name, draw in parts:
        features = draw.found.features
        chance = np.where(draw.half, other.probability(features), one.probability(features))
        crossed.append(chance[draw.fit])
        rows.setdefault(name, []).append(scores(draw, chance, draw.found.person, draw.fit))
    for name, several in rows.items():
        print(name, "by the other half of the people:", np.mean(several, axis=0).round(4).tolist())
    bins = cal.reliability(np.concatenate(crossed), right)
    print("expected calibration error", cal.expected_error(bins), *bins, sep="\n")
    made = GalleryCalibration(
        cal.fit(every, right, weight),
        " and ".join(case.name for case in cases) + f": {DRAWS} draws of 1, 2 and 3 portraits",
        datetime.now(UTC).date().isoformat(),
        bins,
    )
    out.write_text(to_json(made), encoding="utf-8")


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
        tabulate(case, shipped())


if __name__ == "__main__":
    main()
