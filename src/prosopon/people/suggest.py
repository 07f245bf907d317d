"""Names for faces, faces for names, and clusters that may be one: with reasons and probabilities.

What is suggested is never stored as a decision. Each suggestion says from which face it comes, and
carries a probability that means probability (see `calibration`), hence a band: sure enough to be
ticked beforehand, worth asking, or not shown. What a human rejected is not suggested again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.people.calibration import Calibration
from prosopon.people.relations import Groups, Mask, Pairs, groups_of, pairs
from prosopon.people.suggestion import Suggestion, sure
from prosopon.persons import Person
from prosopon.records import Float32, Float64, Int32, Int64, NeighbourGraph


class Band(IntEnum):
    """What a suggestion is good for."""

    HIDE = 0
    ASK = 1
    TICK = 2


TICK = 0.9
"""Probability from which a suggestion is ticked beforehand."""
ASK = 0.1
"""Probability from which a suggestion is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class SuggestionContext:
    """What is known of n faces, row by row of their graph. Persons are numbers from 0."""

    vectors: Float32
    """(n, d) unit length."""
    graph: NeighbourGraph
    cluster: Int32
    """(n,) -1 for none."""
    person: Int32
    """(n,) hard label, else the best soft one; -1 for none."""
    confidence: Float32
    """(n,) 1 for a hard label, else the soft label's probability, below 1."""
    reliable: Mask
    """(n,) False for faces too poor to be relied on: they get suggestions and make none, unless a
    human named them."""
    rejected: Int64
    """(r, 2) row and person: pairs that a human said no to."""
    apart: Int64
    """(a, 2) rows of faces that a human said are two persons."""
    skipped: Mask
    """(n,) faces that nobody is to be asked about: ignored, or not faces."""
    face_ids: Int64
    """(n,) what the faces are called in `Suggestion` and `Question`."""
    people: Sequence[Person] = ()
    """By number."""
    clusters: Mapping[int, int] = field(default_factory=dict)
    """What clusters are called in `Suggestion`, by their number here."""

    def who(self, person: int) -> tuple[str, str]:
        """Identifier and name of a person's number; empty for none."""
        if person < 0:
            return "", ""
        known = self.people[person] if self.people else None
        return (str(person), "") if known is None else (known.id, known.name)

    def suggestions(self, found: "SuggestionTable") -> list[Suggestion]:
        """The rows of a table as records."""
        rows = zip(
            *(found.face.tolist(), found.persons.tolist(), found.evidence_face.tolist()),
            *(found.nearest.tolist(), found.votes.tolist(), found.probability.tolist()),
            found.bands.tolist(),
            strict=True,
        )
        return [
            Suggestion(
                *self.who(person),
                probability=round(probability, 4),
                reason=sure(probability),
                band=Band(band).name.lower(),
                face=int(self.face_ids[face]),
                evidence_face=int(self.face_ids[evidence]),
                cosine=round(cosine, 4),
                votes=round(votes, 2),
                cluster=self.clusters.get(int(self.cluster[face]), 0),
            )
            for face, person, evidence, cosine, votes, probability, band in rows
        ]

    @property
    def named(self) -> Mask:
        """(n,) faces with a hard label."""
        named: Mask = (self.person >= 0) & (self.confidence == 1)
        return named

    @property
    def open(self) -> Mask:
        """(n,) faces that wait for a name."""
        waiting: Mask = ~self.named & ~self.skipped
        return waiting


@dataclass(frozen=True, slots=True, eq=False)
class SuggestionTable:
    """Possible names of groups of faces, (s,) each; by group, the most probable first."""

    groups: Int64
    persons: Int64
    face: Int64
    """Row of the group's face that speaks for it most."""
    evidence_face: Int64
    """Row of the person's face that is nearest to that one."""
    nearest: Float32
    """Cosine of the two."""
    votes: Float32
    """Near faces with the name; soft labels count by their probability."""
    probability: Float64

    @classmethod
    def of(cls, found: Pairs, probability: Float64) -> Self:
        """Pairs with their probabilities, sorted."""
        made = cls(
            found.one,
            found.other,
            found.face,
            found.evidence_face,
            found.nearest,
            found.votes,
            probability,
        )
        return made[np.lexsort((-probability, found.one))]

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, which: NDArray[np.generic]) -> Self:
        """Some of them, by mask or by position."""
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    @property
    def bands(self) -> NDArray[np.intp]:
        """(s,) of `Band`."""
        return np.digitize(self.probability, [ASK, TICK])


def names(
    known: SuggestionContext,
    groups: Int32,
    calibration: Calibration,
    *,
    soft: bool = True,
    k: int | None = None,
    radius: float | None = None,
) -> SuggestionTable:
    """Names for groups of faces: (n,) numbers from 0, -1 for faces not asked about.

    soft : whether soft labels of the faces around count beside the hard ones.
    k, radius : see `relations.pairs`.
    """
    asked = Groups(groups, np.ones(len(groups), np.float32))
    found = pairs(
        known.vectors,
        known.graph,
        asked,
        persons_of(known, soft),
        calibration.threshold,
        k=k,
        radius=radius,
    )
    own = known.person[found.face] == found.other
    probability = np.where(
        own & ~known.named[found.face],
        calibration.within.probability(found.features),
        calibration.beyond.probability(found.features),
    )
    allowed = ~told_apart(
        found.one, found.other, groups[known.rejected[:, 0]], known.rejected[:, 1]
    )
    return SuggestionTable.of(found[allowed], probability[allowed])


def merges(known: SuggestionContext, groups: Int32, calibration: Calibration) -> SuggestionTable:
    """Pairs of groups, all without a name, that may be one person; the smaller group first.

    The larger group stands in the place of the person; of two as large, the one numbered first.
    """
    weight = known.reliable.astype(np.float32)
    asked = Groups(groups, np.ones(len(groups), np.float32))
    found = pairs(known.vectors, known.graph, asked, Groups(groups, weight), calibration.threshold)
    sizes = np.bincount(groups[groups >= 0], minlength=asked.count)
    smaller, larger = sizes[found.one], sizes[found.other]
    once = (smaller < larger) | ((smaller == larger) & (found.one > found.other))
    first, second = groups[known.apart.T]
    once &= ~told_apart(found.one, found.other, first, second)
    once &= ~told_apart(found.one, found.other, second, first)
    found = found[once]
    probability = calibration.merges.probability(found.features)
    return SuggestionTable.of(found, probability)


def adapted(known: SuggestionContext, calibration: Calibration) -> Calibration:
    """The calibration, with the prior that the answers in this collection speak for.

    How often two faces that resemble each other are one person depends on how many people there
    are, which a calibration can't know. The groups that have been named tell: seen as if they had
    no names, the pairs among them are right or wrong as often as all pairs are.
    """
    of = groups_of(known.cluster, known.named)
    weight = known.reliable.astype(np.float32)
    found = pairs(
        known.vectors, known.graph, Groups(of, weight), Groups(of, weight), calibration.threshold
    )
    found = found[found.one < found.other]
    right = known.person[found.face] == known.person[found.evidence_face]
    return calibration.shifted(found.features, right)


def by_votes(found: SuggestionTable) -> SuggestionTable:
    """The same, of each group the most common name first."""
    return found[np.lexsort((-found.nearest, -found.votes, found.groups))]


def by_distance(found: SuggestionTable) -> SuggestionTable:
    """The same, of each group the name of the nearest face first."""
    return found[np.lexsort((-found.nearest, found.groups))]


def best(found: SuggestionTable) -> SuggestionTable:
    """The first suggestion of each group."""
    return found[np.flatnonzero(np.diff(found.groups, prepend=-1))]


def similar(vectors: Float32, like: Int64, among: Int64, count: int) -> tuple[Int64, Float32]:
    """The rows `among` most like any of the rows `like`, most similar first, and their cosines.

    Compares with every face, not along the graph: finds what the graph's lists are too short for.
    """
    cosines = np.full(len(among), -1.0, np.float32)
    for start in range(0, len(among), _BLOCK):
        block = slice(start, start + _BLOCK)
        cosines[block] = (vectors[among[block]] @ vectors[like].T).max(axis=1, initial=-1)
    first = np.argsort(-cosines, kind="stable")[:count]
    return among[first], cosines[first]


_BLOCK = 16_384
"""Rows compared at a time, which bounds the memory."""


def persons_of(known: SuggestionContext, soft: bool = True) -> Groups:
    """The groups of faces that speak for each person."""
    speaks = known.named | (known.reliable & (known.person >= 0) & soft)
    return Groups(known.person, np.where(speaks, known.confidence, 0).astype(np.float32))


def told_apart(
    one: Int64, other: Int64, first: NDArray[np.integer], second: NDArray[np.integer]
) -> Mask:
    """(c,) whether (one, other) is among the pairs (first, second)."""
    base = int(max(other.max(initial=0), second.max(initial=0))) + 1
    told: Mask = np.isin(one * base + other, (first * np.int64(base) + second)[first >= 0])
    return told
