"""Pairs of faces that may be one person, among those about which nobody would be asked one by one.

When the clusters are named, faces alone are left: most of people who are there once, a few of
people who are there again, too unlike for a cluster. One by one, few of them are worth an answer.
Many at a time, each beside the face that it resembles most, they cost one answer for all that are
not the same, and one for each pair that is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from prosopon.people.calibration import Calibration
from prosopon.people.relations import groups_of
from prosopon.people.suggest import SuggestionContext, SuggestionTable, best, merges, names
from prosopon.people.suggestion import Question


@dataclass(frozen=True, slots=True)
class DoubtfulPair:
    """Two faces that may be one person."""

    face: int
    """Without a name."""
    other: int
    """The face of `person` that is nearest, or another one without a name."""
    person: str
    """Identifier; empty: neither has a name."""
    name: str
    probability: float

    @property
    def settled(self) -> float:
        """Faces that it settles, as expected."""
        return self.probability * (1 if self.person else 2)


def doubtful_pairs(
    known: SuggestionContext, asked: Iterable[Question], calibration: Calibration
) -> list[DoubtfulPair]:
    """The pairs that settle most faces first; a face is in one pair at most.

    asked : the questions there are. Faces in one with others or with a name are left to it.
    """
    busy = [face for one in asked if one.person or len(one.faces) > 1 for face in one.faces]
    alone = known.open & ~np.isin(known.face_ids, busy)
    groups = groups_of(np.full(len(alone), -1, np.int32), alone)
    found = [
        *_of(known, best(names(known, groups, calibration)), named=True),
        *_of(known, merges(known, groups, calibration), named=False),
    ]
    found.sort(key=lambda pair: -pair.settled)
    used: set[int] = set()
    kept = []
    for pair in found:
        faces = {pair.face} if pair.person else {pair.face, pair.other}
        if not faces & used:
            used |= faces
            kept.append(pair)
    return kept


def gain(pairs: Sequence[DoubtfulPair]) -> float:
    """Faces that these pairs settle for each answer, as expected, when they are shown together."""
    settled = sum(pair.settled for pair in pairs)
    return settled / (1 + sum(pair.probability for pair in pairs))


def _of(known: SuggestionContext, found: SuggestionTable, named: bool) -> Iterable[DoubtfulPair]:
    for face, other, person, probability in zip(
        known.face_ids[found.face].tolist(),
        known.face_ids[found.evidence_face].tolist(),
        found.persons.tolist(),
        found.probability.tolist(),
        strict=True,
    ):
        who = known.who(person) if named else ("", "")
        yield DoubtfulPair(face, other, *who, round(probability, 4))
