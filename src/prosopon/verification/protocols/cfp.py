"""Celebrities in Frontal-Profile (Sengupta et al., WACV 2016): FP and FF, ten splits of 50 people.

`Protocol/Pair_list_F.txt` and `…_P.txt` number the frontal and the profile pictures, a line each:
`1 ../Data/Images/001/frontal/01.jpg`. `Protocol/Split/FP/01/same.txt` and `diff.txt` hold pairs of
those numbers, `1,2`: a frontal and a profile picture for FP, two frontal ones for FF.
"""

from pathlib import Path

from prosopon.errors import ProsoponError
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol, lines, malformed

FOLDS = 10


def read(files: list[Path], view: int) -> Pairs:
    """From the two numbered lists, then `same.txt` and `diff.txt` of each split."""
    frontal, other, *splits = files
    if not splits or len(splits) % 2:
        raise ProsoponError("expected two numbered lists, and same.txt and diff.txt of each split")
    left, right = _numbered(frontal), _numbered(other)
    rows = [
        (left[one], right[two], place % 2 == 0, place // 2)
        for place, file in enumerate(splits)
        for one, two in _pairs(file, left, right)
    ]
    return Pairs.of(rows, {name: Path(name).parts[-3] for row in rows for name in row[:2]})


def _numbered(file: Path) -> dict[str, str]:
    """Number → picture below the data's folder."""
    found = {}
    for number, words in lines(file):
        if len(words) != 2 or len(Path(words[1]).parts) < 3:
            raise ProsoponError(f"{file}: {malformed(number, words, 'a number and a picture')}")
        found[words[0]] = words[1].replace("\\", "/").removeprefix("../")
    return found


def _pairs(file: Path, left: dict[str, str], right: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    for number, words in lines(file):
        one, _, two = "".join(words).partition(",")
        if one not in left or two not in right:
            raise ProsoponError(
                f"{file}: {malformed(number, words, 'two numbers of the lists, such as 1,2')}"
            )
        found.append((one, two))
    return found


def _files(kind: str) -> tuple[str, ...]:
    splits = (
        f"Protocol/Split/{kind}/{split:02d}/{name}.txt"
        for split in range(1, FOLDS + 1)
        for name in ("same", "diff")
    )
    return ("Protocol/Pair_list_F.txt", f"Protocol/Pair_list_{kind[1]}.txt", *splits)


PROTOCOLS = {
    name: Protocol(name, title, {2: _files(kind)}, read, folders=("",))
    for name, title, kind in (
        ("cfp-fp", "Celebrities in Frontal-Profile, frontal against profile", "FP"),
        ("cfp-ff", "Celebrities in Frontal-Profile, frontal against frontal", "FF"),
    )
}
