"""What an import would change: compared first, shown if asked, done only then.

Faces are matched by their place on the same photo. What a human has decided here stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from prosopon.exchange.records import ExportedFace
from prosopon.geometry.matching import match_boxes
from prosopon.persons import search_key
from prosopon.records import Float32


class Step(StrEnum):
    """What one face of an import comes to."""

    NAME = "name"
    """A face that is known here, and not named by a human, gets the name."""
    ADD = "add"
    """No face is known at that place: its box is added, and named if it has a name."""
    SAME = "same"
    """It says nothing new."""
    KEPT = "kept"
    """A human has decided something else here, which stays."""
    UNCLEAR = "unclear"
    """The import itself gives this face two names: neither is taken."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a dry run."""

    step: Step
    face: ExportedFace
    """As it comes in."""
    row: int | None
    """Of the face that is known at that place."""


def plan(found: Sequence[ExportedFace], known: Sequence[ExportedFace]) -> list[Change]:
    """Compare what comes in with what is known of the same photos, in the order of `found`."""
    here: dict[str, list[int]] = defaultdict(list)
    for row, face in enumerate(known):
        here[face.photo.sha256].append(row)
    incoming: dict[str, list[int]] = defaultdict(list)
    for number, face in enumerate(found):
        incoming[face.photo.sha256].append(number)
    rows: dict[int, int] = {}
    for photo, numbers in incoming.items():
        matches = match_boxes(
            _corners(found[number] for number in numbers),
            _corners(known[row] for row in here[photo]),
        )
        rows |= {n: here[photo][m] for n, m in zip(numbers, matches, strict=True) if m >= 0}
    named: dict[int, list[ExportedFace]] = defaultdict(list)
    for number, row in rows.items():
        if found[number].person:
            named[row].append(found[number])
    changes = []
    for number, face in enumerate(found):
        if number in rows:
            row = rows[number]
            changes.append(Change(_step(face, known[row], named[row]), face, row))
        else:
            changes.append(Change(Step.ADD, face, None))
    return changes


def _step(face: ExportedFace, known: ExportedFace, named: list[ExportedFace]) -> Step:
    if not face.person or (known.confirmed and _same_person(face, known)):
        return Step.SAME
    if known.confirmed:
        return Step.KEPT
    if not all(_same_person(face, other) for other in named):
        return Step.UNCLEAR
    return Step.NAME


def _same_person(one: ExportedFace, other: ExportedFace) -> bool:
    if one.person_id and other.person_id:
        return one.person_id == other.person_id
    return search_key(one.person) == search_key(other.person)


def _corners(faces: Iterable[ExportedFace]) -> Float32:
    """(n, 4) x1, y1, x2, y2."""
    boxes = np.array([face.box for face in faces], np.float32).reshape(-1, 4)
    return np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])
