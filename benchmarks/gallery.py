"""Enrolled people among strangers: how many of their faces are found at what precision.

    python benchmarks/gallery.py table lfw.prosopon=lfw/images
    python benchmarks/gallery.py fit lfw.prosopon=lfw/images celeba.prosopon=celeba.csv --out a.json

300 people (or a third of all) are enrolled with one and with three portraits, which leave the
collection; everybody else is nobody known. Five draws of people.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from captions import GOAL, Case, accepted, load
from prosopon.people import calibration as cal
from prosopon.people.gallery import GalleryCalibration, Identified, identify, shipped, to_json
from prosopon.records import Int64

DRAWS = 5


def drawn(case: Case, portraits: int, seed: int) -> tuple[Identified, Int64, np.ndarray]:
    """Enrol; who each face left is (-1: nobody enrolled), and which faces are left and labelled."""
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
    return found, numbers[case.person[left]], case.person[left] >= 0


def draws(
    case: Case, portraits: int, first: int = 0
) -> Iterator[tuple[Identified, Int64, np.ndarray]]:
    for seed in range(first, first + DRAWS):
        yield drawn(case, portraits, seed)


def tabulate(case: Case, calibration: GalleryCalibration) -> None:
    """Print a row for one and for three portraits: means over the draws."""
    for portraits in (1, 3):
        rows = []
        for found, truth, labelled in draws(case, portraits):
            chance = np.where(labelled, calibration.model.probability(found.features), 0)
            right = (found.person == truth) & labelled
            taken = accepted(chance, GOAL)
            order = np.argsort(-chance, kind="stable")
            precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
            good = np.flatnonzero(precision >= GOAL)
            best = right[order[: good[-1] + 1]].sum() if len(good) else 0
            total = (truth >= 0).sum()
            rows.append(
                (best / total, right[taken].sum() / total, right[taken].sum() / max(taken.sum(), 1))
            )
        best, recall, precision = np.mean(rows, axis=0).round(4).tolist()
        row = {"case": case.name, "portraits": portraits, f"recall at precision {GOAL}": best}
        print(json.dumps(row | {"accepted: recall": recall, "precision": precision}), flush=True)


def fit(cases: list[Case], out: Path) -> None:
    """Fit on all draws; reliability from halves of the people."""
    features, right, half = [], [], []
    for case in cases:
        for portraits in (1, 2, 3):
            for found, truth, labelled in draws(case, portraits, 100):
                features.append(found.features[labelled])
                right.append((found.person == truth)[labelled])
                half.append(found.person[labelled] % 2 == 0)
    every, is_right, side = (np.concatenate(each) for each in (features, right, half))
    crossed = np.empty(len(is_right))
    for part in (side, ~side):
        crossed[part] = cal.fit(every[~part], is_right[~part]).probability(every[part])
    bins = cal.reliability(crossed, is_right)
    print("expected calibration error", cal.expected_error(bins), *bins, sep="\n")
    made = GalleryCalibration(
        cal.fit(every, is_right),
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
