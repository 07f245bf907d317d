"""Cross-Age LFW (Zheng, Deng and Hu, 2017) and Cross-Pose LFW (Zheng and Deng, 2018).

Two lines a pair, each a picture and a mark. The mark of a pair of one person is its fold from 1
(or just 1); that of different people is 0, and their folds follow from their order: the n-th tenth
of them belongs to fold n.
"""

from pathlib import Path

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.records import Int64
from prosopon.verification.pairs import Bool, Pairs
from prosopon.verification.protocols.base import Protocol, lines, malformed

FOLDS = 10


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one list. People may be in several folds, as in the published lists."""
    (file,) = files
    content = list(lines(file))
    for number, words in content:
        if len(words) != 2 or not words[1].isdigit():
            raise malformed(number, words, "a picture and a number")
    if len(content) % 2:
        raise ProsoponError(f"expected two lines for each pair, got {len(content)} lines in all")
    rows: list[tuple[str, str, int]] = []
    for (number, (left, mark)), (_, (right, other)) in zip(
        content[::2], content[1::2], strict=True
    ):
        if mark != other:
            raise ProsoponError(
                f"lines {number} and {number + 1}: marks differ, {mark} and {other}"
            )
        rows.append((left, right, int(mark)))
    marks = np.array([mark for *_, mark in rows])
    folds = np.where(marks > 0, marks - 1, _by_order(marks == 0))
    if marks.max() == 1:  # the marks say same or different, and nothing of folds
        folds = np.where(marks > 0, _by_order(marks > 0), folds)
    return Pairs.of(
        [
            (left, right, mark > 0, int(fold))
            for (left, right, mark), fold in zip(rows, folds, strict=True)
        ]
    )


def _by_order(chosen: Bool) -> Int64:
    """Ten folds of the chosen, in their order."""
    rank = np.cumsum(chosen) - 1
    return rank * FOLDS // max(int(chosen.sum()), 1)


_OFFERED = tuple(
    Protocol(
        name,
        title,
        {2: (f"pairs_{name.upper()}.txt",)},
        read,
        folders=("aligned images", "images", ""),
    )
    for name, title in (("calfw", "Cross-Age LFW"), ("cplfw", "Cross-Pose LFW"))
)
PROTOCOLS = {protocol.name: protocol for protocol in _OFFERED}
