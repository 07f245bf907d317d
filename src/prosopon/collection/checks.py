"""Names drawn at random and looked at again: how many are right, with an interval."""

from dataclasses import dataclass

import numpy as np

from prosopon.collection.view import NOBODY, CollectionView
from prosopon.people import Decision, Kind
from prosopon.records import Int64

EVIDENCE = "checked at random"
"""What the log says that such an answer was decided from."""
_MULTIPLIER = 2654435761
"""Knuth's: spreads neighbouring numbers evenly, and the same way each time."""


@dataclass(frozen=True, slots=True)
class NameQuality:
    """How many of the names are right."""

    names: int
    """Faces with a name that nobody doubts."""
    checked: int
    right: int
    """Of those checked."""
    low: float
    high: float
    """Bounds of the share of right names, 95 % (Wilson); NaN where nothing was checked."""


def sample(view: CollectionView, count: int) -> Int64:
    """Rows of so many named faces that were not checked yet, drawn at random."""
    rows = np.flatnonzero(view.shown & (view.who != NOBODY) & ~view.doubtful)
    rows = np.setdiff1d(rows, _checked_rows(view))
    place = view.faces.face_ids[rows].astype(np.uint64) * np.uint64(_MULTIPLIER) % np.uint64(2**32)
    return rows[np.argsort(place, kind="stable")][:count]


def quality(view: CollectionView) -> NameQuality:
    """What the checks so far say of all names."""
    from prosopon.metrics.verification import interval

    answers = _answers(view)
    right = sum(entry.kind is Kind.NAME for entry in answers)
    names = int((view.shown & (view.who != NOBODY) & ~view.doubtful).sum())
    return NameQuality(names, len(answers), right, *interval(right, len(answers)))


def _answers(view: CollectionView) -> list[Decision]:
    found = [
        e
        for e in view.log
        if e.evidence == EVIDENCE and e.kind in (Kind.NAME, Kind.REJECT) and not e.contributed
    ]
    holds = view.holds
    return [entry for entry in found if holds.get(entry.id, True)]


def _checked_rows(view: CollectionView) -> Int64:
    return view.rows_at(region for entry in _answers(view) for region in entry.faces)
