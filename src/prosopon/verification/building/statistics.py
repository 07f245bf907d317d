"""What a protocol consists of, and the data sheet that goes with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon.files import write_table
from prosopon.records import Float64
from prosopon.verification.building.sampling import Sample
from prosopon.verification.protocols.doppelver import COLUMNS


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of one protocol."""

    pairs: int
    same: int
    people: int
    pictures: int
    pairs_by_split: list[int]
    people_by_split: list[int]
    contribution: dict[str, float]
    """Appearances of a person in pairs: least, most, mean, deviation."""
    shares: dict[str, float]
    """A person's share of the appearances in their split: least, most and deviation, each the mean
    over splits, as the dissertation gives them (§7.3.3)."""
    balance: dict[str, dict[str, float]]
    """Label → value → share of the appearances."""


def statistics(
    samples: Sequence[Sample], labels: Mapping[str, Mapping[str, str]], splits: int
) -> Statistics:
    """Count a protocol; labels : name of the label → person → value."""
    seats = [
        (person, sample.split)
        for sample in samples
        for person in (sample.left_person, sample.right_person)
    ]
    appearances = Counter(person for person, _ in seats)
    counts = np.array(list(appearances.values()))
    within = [_split_shares(seats, split) for split in range(splits)]
    people = [len({person for person, at in seats if at == split}) for split in range(splits)]
    pictures = {(s.left_person, s.left) for s in samples}
    pictures |= {(s.right_person, s.right) for s in samples}
    return Statistics(
        pairs=len(samples),
        same=sum(sample.same for sample in samples),
        people=len(appearances),
        pictures=len(pictures),
        pairs_by_split=[sum(s.split == split for s in samples) for split in range(splits)],
        people_by_split=people,
        contribution={
            "least": float(counts.min()),
            "most": float(counts.max()),
            "mean": float(counts.mean()),
            "deviation": float(counts.std()),
        },
        shares={
            "least": float(np.mean([of.min() for of in within])),
            "most": float(np.mean([of.max() for of in within])),
            "deviation": float(np.mean([of.std() for of in within])),
        },
        balance={name: _shares(appearances, values) for name, values in labels.items()},
    )


def write_protocol(samples: Sequence[Sample], file: Path) -> None:
    """DoppelVer's form."""
    rows = [
        (
            number + 1,
            sample.left_person,
            sample.left,
            sample.right_person,
            sample.right,
            int(sample.same),
            sample.split,
        )
        for number, sample in enumerate(samples)
    ]
    write_table(file, rows, COLUMNS)


def data_sheet(
    title: str,
    how: Mapping[str, object],
    counts: Mapping[str, int],
    protocols: Mapping[str, Statistics],
    terms: str,
) -> str:
    """A page in Markdown: what is inside, how it was made, what may be done with it."""
    lines = [f"# {title}", "", "## Terms", "", terms, "", "## How it was made", ""]
    lines += [f"- {name}: {value}" for name, value in how.items()]
    lines += ["", "## Pictures", "", *(f"- {name}: {value:,}" for name, value in counts.items())]
    for name, made in protocols.items():
        lines += ["", f"## {name}", ""]
        lines.append(
            f"{made.pairs:,} pairs, {made.same:,} of one person; {made.people:,} people, "
            f"{made.pictures:,} pictures."
        )
        spread = ", ".join(f"{figure} {value:.1f}" for figure, value in made.contribution.items())
        part = ", ".join(f"{figure} {value:.2%}" for figure, value in made.shares.items())
        lines += ["", f"Appearances of a person in pairs: {spread}."]
        lines += [f"A person's share of a split, mean over splits: {part}.", ""]
        lines += ["| split | pairs | people |", "|---|---|---|"]
        lines += [
            f"| {split} | {pairs:,} | {people:,} |"
            for split, (pairs, people) in enumerate(
                zip(made.pairs_by_split, made.people_by_split, strict=True)
            )
        ]
        for label, shares in made.balance.items():
            parts = ", ".join(f"{value} {100 * share:.1f} %" for value, share in shares.items())
            lines += ["", f"By {label}: {parts}."]
    return "\n".join(lines) + "\n"


def _split_shares(seats: Sequence[tuple[str, int]], split: int) -> Float64:
    """Each person's share of the appearances in a split."""
    counts = np.array(list(Counter(person for person, at in seats if at == split).values()))
    shares: Float64 = counts / counts.sum()
    return shares


def _shares(appearances: Counter[str], values: Mapping[str, str]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for person, count in appearances.items():
        totals[values.get(person, "unknown")] += count
    everything = sum(totals.values())
    return {value: count / everything for value, count in sorted(totals.items())}
