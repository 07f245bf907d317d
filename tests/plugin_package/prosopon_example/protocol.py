"""A list of pairs, one a line: `left right yes` or `left right no`."""

from pathlib import Path

from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols import Protocol


def read(files: list[Path], view: int) -> Pairs:
    rows = [line.split() for line in files[0].read_text(encoding="utf-8").splitlines()]
    return Pairs.of(
        [(left, right, same == "yes", place % 2) for place, (left, right, same) in enumerate(rows)]
    )


LINES = Protocol("example-lines", "A pair a line", {2: ("pairs.lines",)}, read)
