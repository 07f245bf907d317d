"""Labeled Faces in the Wild (Huang, Ramesh, Berg and Learned-Miller, 2007).

View 2: `pairs.txt`, a line with the number of folds and of pairs of each kind in a fold, then fold
by fold `name i j` for same and `name i name j` for different. View 1, for development:
`pairsDevTrain.txt` to choose the threshold on and `pairsDevTest.txt` to score, in the same form
with one fold each.
"""

from collections.abc import Iterator
from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol, lines, malformed

Row = tuple[str, str, bool, int]


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of the one list of View 2, or of the two of View 1."""
    if view == 2 and len(files) == 1:
        rows = list(_rows(files[0]))
        return Pairs.of(rows, {name: Path(name).parent.name for row in rows for name in row[:2]})
    if view == 1 and len(files) == 2:
        choose, score = ([(*row[:3], fold) for row in _rows(f)] for fold, f in enumerate(files))
        return Pairs.of(choose + score, tested=(1,))
    raise ProsoponError(f"view {view} takes {2 if view == 1 else 1} list(s), got {len(files)}")


def _rows(file: Path) -> Iterator[Row]:
    content = list(lines(file))
    number, header = content[0] if content else (1, [])
    if not header or not all(word.isdigit() for word in header) or len(header) > 2:
        raise malformed(number, header, "the number of folds and of pairs of each kind")
    folds, each = (1, int(header[0])) if len(header) == 1 else map(int, header)
    if len(content) - 1 != 2 * folds * each:
        raise ProsoponError(f"expected {2 * folds * each} pairs, got {len(content) - 1}")
    for place, (number, words) in enumerate(content[1:]):
        same = place % (2 * each) < each
        match words:
            case [name, i, j] if same and i.isdigit() and j.isdigit():
                left, right = _path(name, i), _path(name, j)
            case [name, i, other, j] if not same and i.isdigit() and j.isdigit():
                left, right = _path(name, i), _path(other, j)
            case _:
                expected = "a name and two numbers" if same else "two names with a number each"
                raise malformed(number, words, expected)
        yield left, right, same, place // (2 * each)


def _path(name: str, number: str) -> str:
    return f"{name}/{name}_{int(number):04d}.jpg"


PROTOCOLS = {
    "lfw": Protocol(
        "lfw",
        "Labeled Faces in the Wild, View 1 and View 2",
        {1: ("pairsDevTrain.txt", "pairsDevTest.txt"), 2: ("pairs.txt",)},
        read,
        folders=("images", "", "lfw", "lfw-deepfunneled", "lfw_funneled"),
    )
}
