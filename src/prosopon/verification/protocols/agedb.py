"""AgeDB-30 (Moschoglou et al., 2017): lines of `picture picture 1|0`, ten folds in their order."""

from pathlib import Path

from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol, lines, malformed

FOLDS = 10


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one list. People may be in several folds, as in the published list."""
    (file,) = files
    content = list(lines(file))
    rows = []
    for place, (number, words) in enumerate(content):
        match words:
            case [left, right, ("0" | "1") as same]:
                rows.append((left, right, same == "1", place * FOLDS // len(content)))
            case _:
                raise malformed(number, words, "two pictures and 1 or 0")
    return Pairs.of(rows)


PROTOCOLS = {
    "agedb-30": Protocol(
        "agedb-30",
        "AgeDB-30: thirty years between the pictures",
        {2: ("agedb_30_pair.txt",)},
        read,
        folders=("images", "", "agedb30_align_112"),
    )
}
