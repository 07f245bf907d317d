"""Pictures that are the same, or nearly the same.

Pictures are compared by vectors of what is in them as a whole, not of the face. Exact duplicates
go; near-duplicates are for a person to judge: until then the later one is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.files import read_table, write_table
from prosopon.records import Float32, UInt8

NEAR = 0.92
"""Cosine from which two pictures may be one."""

_AT_ONCE = 1024

Verdict = Literal["", "same", "different"]


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two pictures that may be one."""

    kept: str
    """The first by name."""
    doubted: str
    """The picture that goes, unless the two are found to be different."""
    cosine: float
    verdict: Verdict = ""
    """What a person said; empty: nobody has looked yet."""


def exact(pictures: dict[str, UInt8]) -> dict[str, str]:
    """Picture → the first by name with the same pixels, for all that are not the first."""
    first: dict[str, str] = {}
    doubles = {}
    for name in sorted(pictures):
        pixels = np.ascontiguousarray(pictures[name])
        digest = sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        if first.setdefault(digest, name) != name:
            doubles[name] = first[digest]
    return doubles


def near(names: Sequence[str], vectors: Float32, least: float = NEAR) -> list[NearPair]:
    """All pairs of pictures with at least this cosine, the most alike first.

    vectors : (n, d) of unit length, row by row those of `names`.
    """
    order = np.argsort(names)
    rows = vectors[order]
    found = []
    for start in range(0, len(rows), _AT_ONCE):
        cosines = rows[start : start + _AT_ONCE] @ rows[start:].T
        above = np.argwhere(np.triu(cosines, k=1) >= least)
        found += [
            NearPair(names[order[start + i]], names[order[start + j]], float(cosines[i, j]))
            for i, j in above.tolist()
        ]
    return sorted(found, key=lambda pair: (-pair.cosine, pair.kept, pair.doubted))


def to_drop(pairs: Sequence[NearPair]) -> set[str]:
    """Pictures that go. A picture that has gone takes nobody with it."""
    gone: set[str] = set()
    for pair in sorted(pairs, key=lambda pair: (pair.kept, pair.doubted)):
        if pair.verdict != "different" and pair.kept not in gone:
            gone.add(pair.doubted)
    return gone


COLUMNS = ("kept", "doubted", "cosine", "verdict")


def write(pairs: Sequence[NearPair], file: Path) -> None:
    """A CSV in which a person writes `same` or `different`."""
    rows = [(pair.kept, pair.doubted, f"{pair.cosine:.4f}", pair.verdict) for pair in pairs]
    write_table(file, rows, COLUMNS)


def read_verdicts(file: Path) -> dict[tuple[str, str], Verdict]:
    """What was decided in such a CSV. Raises ProsoponError."""
    verdicts: dict[tuple[str, str], Verdict] = {}
    for number, row in enumerate(read_table(file, {"kept", "doubted", "verdict"}), 2):
        match row["verdict"].strip().lower():
            case "same" | "different" | "" as verdict:
                verdicts[row["kept"], row["doubted"]] = verdict
            case other:
                raise ProsoponError(
                    f"{file}, line {number}: verdict must be same or different, got {other!r}"
                )
    return verdicts
