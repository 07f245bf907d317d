"""Captions that say who stands where: "from left", "v. l. n. r.", "слева направо", rows."""

from collections.abc import Sequence

import numpy as np

from prosopon.people.captions.mentions import Mention
from prosopon.people.captions.words import ROWS, pattern
from prosopon.records import Float32, Int64

_DIRECTION = pattern(left="left", right="right")
_BESIDE = pattern(at_left="at_left", at_middle="at_middle", at_right="at_right")
_ROWS = pattern(**{row: row for row in ROWS})


def places(text: str, mentions: Sequence[Mention], boxes: Float32) -> Int64:
    """(m,) which face each mention is by the caption's order, -1 where it says none.

    mentions : with those of somebody unknown, who stand somewhere too.
    boxes : (f, 4) x1, y1, x2, y2 of all faces in the photograph.

    Names and faces must be as many: otherwise it is not clear who is left out.
    """
    nowhere = np.full(len(mentions), -1, np.int64)
    direction = _DIRECTION.search(text)
    beside = _beside(text, mentions)
    if beside:
        if len(beside) != len(boxes):
            return nowhere
        across = np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")
        return np.asarray(across[np.argsort(np.argsort(beside))])
    rows = _rows(text, mentions)
    by_rows = len(set(rows)) > 1
    if direction is None and not by_rows:
        return nowhere
    marks = _ROWS.finditer(text) if by_rows else ()
    begin = min(mark.start() for mark in (*marks, direction) if mark is not None)
    asked = [place for place, mention in enumerate(mentions) if mention.start >= begin]
    if not asked and not by_rows:  # "Anna, Mari and Karl (from left)"
        asked = list(range(len(mentions)))
    if len(asked) != len(boxes) or not asked:
        return nowhere
    depths = sorted({rows[place] for place in asked}, reverse=True)
    wanted = [[place for place in asked if rows[place] == depth] for depth in depths]
    centre = (boxes[:, 1] + boxes[:, 3]) / 2
    order = np.argsort(centre, kind="stable")
    ends = np.cumsum([len(row) for row in wanted])[:-1]
    found = nowhere.copy()
    backwards = direction is not None and direction.lastgroup == "right"
    for row, faces in zip(wanted, np.split(order, ends), strict=True):
        across = faces[np.argsort((boxes[faces, 0] + boxes[faces, 2]), kind="stable")]
        found[row] = across[::-1] if backwards else across
    return found


def _beside(text: str, mentions: Sequence[Mention]) -> list[int]:
    """Where each stands, 0 to 2 from left to right, if a word beside each name says so: "Anna
    (left) and Mari (right)", "links Anna, rechts Mari"; empty where it does not of all.
    """
    words = [(found.start(), found.lastgroup) for found in _BESIDE.finditer(text)]
    if not mentions or len(words) != len(mentions):
        return []
    stands = ["at_left", "at_middle", "at_right"]
    found = [stands.index(word or "") for _, word in words]
    starts = [place for place, _ in words]
    names = [mention.start for mention in mentions]
    before = all(word < name for word, name in zip(starts, names, strict=True))
    one, other = (starts, names) if before else (names, starts)
    takes_turns = all(a < b for a, b in zip(one, other, strict=True)) and all(
        a < b for a, b in zip(other, one[1:], strict=False)
    )
    return found if takes_turns and len(set(found)) == len(found) else []


def _rows(text: str, mentions: Sequence[Mention]) -> list[int]:
    """The row that each mention stands in, counted from the front."""
    marks = [(found.start(), ROWS.index(found.lastgroup or "")) for found in _ROWS.finditer(text)]
    rows = []
    for mention in mentions:
        before = [depth for start, depth in marks if start <= mention.start]
        rows.append(before[-1] if before else 0)
    return rows
