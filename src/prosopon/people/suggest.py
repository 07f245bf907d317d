"""Names for faces, from the faces around them: who it may be, why, and how probably.

A candidate is a (face, person) pair: somebody among the face's neighbours bears that name. Reasons
stand beside each: the nearest such face, how many there are, what share of the near ones they are.
A `Calibration` turns the reasons into a probability that means probability, and that into a band:
sure enough to be ticked beforehand, worth asking, or not shown.
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.people.calibration import Calibration
from prosopon.records import Float32, Int32, Int64, NeighbourGraph

Mask = NDArray[np.bool_]


class Band(IntEnum):
    """What a suggestion is good for."""

    HIDE = 0
    ASK = 1
    TICK = 2


TICK = 0.95
"""Probability from which a suggestion is ticked beforehand: then far more than 95 % of the ticked
ones are right, as most lie well above."""
ASK = 0.2
"""Probability from which a suggestion is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of n faces, row by row of their graph. Persons are numbers from 0."""

    person: Int32
    """(n,) hard label, or the best soft one; -1 for none."""
    confidence: Float32
    """(n,) 1 for a hard label, else the soft label's probability."""
    pulls: Mask
    """(n,) False for faces too poor to be relied on: they get suggestions and make none."""
    rejected: Int64
    """(r, 2) row and person, pairs that a human said no to."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Possible names of faces, (c,) each; sorted by row, the most probable first."""

    rows: Int64
    persons: Int32
    because: Int64
    """Row of the nearest face with that name."""
    nearest: Float32
    """Its cosine."""
    rival: Float32
    """Cosine of the nearest face with another name; that of the radius where there is none."""
    votes: Float32
    """How many near faces bear the name; soft labels count by their probability."""
    share: Float32
    """Of all near faces with a name."""
    certainty: Float32
    """Confidence of the nearest one's label."""
    probability: Float32

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, which: NDArray[np.generic]) -> Self:
        """Some of them, by mask or by position."""
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    @property
    def bands(self) -> Int64:
        """(c,) of `Band`."""
        return np.digitize(self.probability, [ASK, TICK]).astype(np.int64)


def suggest(
    graph: NeighbourGraph,
    known: Known,
    rows: Int64,
    calibration: Calibration,
    *,
    k: int | None = None,
    radius: float | None = None,
) -> Candidates:
    """Candidate names of the faces `rows`; those that a human rejected are left out.

    k : so many neighbours are looked at (None: all that the graph holds).
    radius : of these, the ones of at least this cosine (None: up to twice the threshold's
        distance).
    """
    radius = 1 - 2 * (1 - calibration.threshold) if radius is None else radius
    i, j, cosine = _near_named(graph, known, rows, k, radius)
    persons = max(int(known.person.max(initial=-1)), int(known.rejected.max(initial=-1))) + 1
    pairs = i * persons + known.person[j]
    order = np.lexsort((-cosine, pairs))
    i, j, cosine, pairs = i[order], j[order], cosine[order], pairs[order]
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    group = np.cumsum(np.diff(pairs, prepend=-1) != 0) - 1
    votes = np.bincount(group, known.confidence[j], minlength=len(first))
    total = np.bincount(i, known.confidence[j], minlength=len(rows))
    found = Candidates(
        rows=rows[i[first]],
        persons=known.person[j[first]],
        because=j[first],
        nearest=cosine[first],
        rival=_rivals(i[first], cosine[first], radius),
        votes=votes.astype(np.float32),
        share=(votes / total[i[first]]).astype(np.float32),
        certainty=known.confidence[j[first]],
        probability=np.zeros(len(first), np.float32),
    )
    rejected = np.isin(found.rows * persons + found.persons, known.rejected @ [persons, 1])
    found = found[~rejected]
    probability = calibration.names.probability(name_features(found, calibration.threshold))
    found.probability[:] = probability
    return found[np.lexsort((-found.probability, found.rows))]


def most_common(candidates: Candidates) -> Candidates:
    """The candidates of each face, the one with most votes first."""
    return candidates[np.lexsort((-candidates.nearest, -candidates.votes, candidates.rows))]


def nearest(candidates: Candidates) -> Candidates:
    """The candidates of each face, the one with the nearest face first."""
    return candidates[np.lexsort((-candidates.nearest, candidates.rows))]


def best(candidates: Candidates) -> Candidates:
    """The first candidate of each face."""
    return candidates[np.flatnonzero(np.diff(candidates.rows, prepend=-1))]


NAME_FEATURES = ("distance", "lead", "log votes", "share", "doubt")


def name_features(found: Candidates, threshold: float) -> NDArray[np.float64]:
    """(c, 5) the reasons as the calibration takes them; distances in threshold distances."""
    unit = 1 - threshold
    columns = (
        (1 - found.nearest) / unit,
        (found.nearest - found.rival) / unit,
        np.log(np.maximum(found.votes, 1e-3)),
        found.share,
        1 - found.certainty,
    )
    return np.column_stack(columns).astype(np.float64)


def _near_named(
    graph: NeighbourGraph, known: Known, rows: Int64, k: int | None, radius: float
) -> tuple[Int64, Int64, Float32]:
    """Position in `rows`, row of a near face with a name that pulls, and their cosine."""
    neighbours, cosines = graph.neighbours[rows, :k], graph.similarities[rows, :k]
    usable = (known.person >= 0) & known.pulls & (known.confidence > 0)
    i, slot = np.nonzero((neighbours >= 0) & (cosines >= radius) & usable[neighbours])
    return i, neighbours[i, slot].astype(np.int64), cosines[i, slot]


def _rivals(i: Int64, cosine: Float32, none: float) -> Float32:
    """For each candidate of face `i` the cosine of that face's best other candidate."""
    order = np.lexsort((-cosine, i))
    first = np.diff(i[order], prepend=-1) != 0
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(order))
    second = np.where(ends - starts > 1, cosine[order][np.minimum(starts + 1, ends - 1)], none)
    sizes = ends - starts
    rival = np.repeat(cosine[order][starts], sizes)
    rival[starts] = second
    result = np.empty_like(cosine)
    result[order] = rival
    return result
