"""Racial Faces in the Wild (Wang, Deng, Hu, Tao and Huang, ICCV 2019): four lists, one each for
pictures that its authors call African, Asian, Caucasian and Indian.

`name i j` for one person, `name i other j` for two, in ten folds of as many of one kind as of the
other, one after the other; a first line of counts may be there or not.
"""

from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol, lines, malformed

FOLDS = 10


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one list."""
    (file,) = files
    content = list(lines(file))
    if content and len(content[0][1]) < 3:
        content = content[1:]
    if not content or len(content) % FOLDS:
        raise ProsoponError(f"expected {FOLDS} folds of as many pairs, got {len(content)} pairs")
    rows = []
    for place, (number, words) in enumerate(content):
        match words:
            case [name, i, j] if i.isdigit() and j.isdigit():
                pair = (_path(name, i), _path(name, j), True)
            case [name, i, other, j] if i.isdigit() and j.isdigit():
                pair = (_path(name, i), _path(other, j), False)
            case _:
                raise malformed(number, words, "name i j, or name i other j")
        rows.append((*pair, place * FOLDS // len(content)))
    return Pairs.of(rows)


def _path(name: str, number: str) -> str:
    return f"{name}/{name}_{int(number):04d}.jpg"


PROTOCOLS = {
    f"rfw-{group.lower()}": Protocol(
        f"rfw-{group.lower()}",
        f"Racial Faces in the Wild, {group}",
        {2: (f"test/txts/{group}/{group}_pairs.txt",)},
        read,
        folders=(f"test/data/{group}", f"test/data_aligned/{group}"),
    )
    for group in ("African", "Asian", "Caucasian", "Indian")
}
