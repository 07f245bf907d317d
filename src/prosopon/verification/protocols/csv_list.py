"""A plain CSV: `left, right, same` and, if wanted, `fold, left_person, right_person`.

Without folds, the n-th tenth of each kind of pairs belongs to fold n. With the people named, it is
checked that none of them is in two folds.
"""

from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.files import read_table
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol

FOLDS = 10
_SAME = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one CSV file."""
    (file,) = files
    table = read_table(file, {"left", "right", "same"})
    rows: list[tuple[str, str, bool, int]] = []
    people: dict[str, str] = {}
    named = bool(table) and {"left_person", "right_person"} <= set(table[0])
    totals = {True: 0, False: 0}
    for number, row in enumerate(table, 2):
        same = _SAME.get(row["same"].strip().lower())
        if same is None:
            raise ProsoponError(f"line {number}: same must be 1 or 0, got {row['same']!r}")
        fold = row.get("fold", "0")
        if not fold.isdigit():
            raise ProsoponError(f"line {number}: fold must be a number from 0, got {fold!r}")
        rows.append((row["left"], row["right"], same, int(fold)))
        totals[same] += 1
        if named:
            people |= {row["left"]: row["left_person"], row["right"]: row["right_person"]}
    if table and "fold" not in table[0]:
        ranks = {True: 0, False: 0}
        for place, (left, right, same, _) in enumerate(rows):
            rows[place] = (left, right, same, ranks[same] * FOLDS // totals[same])
            ranks[same] += 1
        people = {}  # these folds were not made to keep people apart
    return Pairs.of(rows, people)


PROTOCOLS = {"csv": Protocol("csv", "A plain CSV of pairs", {2: ("pairs.csv",)}, read)}
