"""Verification pairs from photographs with attributes, to score groups of people apart.

    python benchmarks/pairs_by_attribute.py ../shared/data/celeba -o pairs/
    prosopon verify csv --data pairs/ --labels ../shared/data/celeba/attributes.csv \
        --by Male --by Young --embedder dlib-resnet

Writes `pairs.csv`: in each of ten folds, between which nobody is shared, as many pairs of one
person as of two, the latter alike in `Male` and `Young`, since others are told apart easily.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

FOLDS = 10


def main() -> None:
    """Write the list and say how many there are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=300, help="of each kind in a fold")
    arguments = parser.parse_args()
    with (arguments.data / "attributes.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    rng = np.random.default_rng(0)
    people = sorted({row["identity"] for row in rows})
    fold_of = dict(zip(people, rng.permutation(len(people)) % FOLDS, strict=True))
    lines = []
    for fold in range(FOLDS):
        members = [row for row in rows if fold_of[row["identity"]] == fold]
        lines += drawn(members, arguments.pairs, fold, rng)
    arguments.output.mkdir(parents=True, exist_ok=True)
    images = (arguments.data / "images").resolve()
    with (arguments.output / "pairs.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["left", "right", "same", "fold", "left_person", "right_person"])
        for one, other, fold in lines:
            same = int(one["identity"] == other["identity"])
            files = [images / row["image"] for row in (one, other)]
            writer.writerow([*files, same, fold, one["identity"], other["identity"]])
    print(f"{len(lines):,} pairs in {arguments.output / 'pairs.csv'}")


def drawn(
    rows: list[dict[str, str]], most: int, fold: int, rng: np.random.Generator
) -> list[tuple[dict[str, str], dict[str, str], int]]:
    """Pairs of one fold: `most` of one person, `most` of two of one group."""
    one, other = np.triu_indices(len(rows), k=1)
    person = np.array([row["identity"] for row in rows])
    group = np.array([row["Male"] + row["Young"] for row in rows])
    same = person[one] == person[other]
    alike = ~same & (group[one] == group[other])
    chosen = []
    for kind in (same, alike):
        among = np.flatnonzero(kind)
        chosen += rng.choice(among, min(most, len(among)), replace=False).tolist()
    return [(rows[one[pair]], rows[other[pair]], fold) for pair in chosen]


if __name__ == "__main__":
    main()
