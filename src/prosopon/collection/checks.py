"""Names drawn at random and looked at again: how many are right, with an interval."""

from dataclasses import dataclass

import numpy as np

from prosopon.collection.roster import NOBODY
from prosopon.collection.standing import Mask
from prosopon.collection.view import CollectionView
from prosopon.people import Kind
from prosopon.records import Int64

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
    left = _named(view)
    left[view.rows_at(region for entry in view.state.checks for region in entry.faces)] = False
    rows = np.flatnonzero(left)
    place = view.faces.face_ids[rows].astype(np.uint64) * np.uint64(_MULTIPLIER) % np.uint64(2**32)
    if len(rows) > count:
        first = np.argpartition(place, count)[:count]
        rows, place = rows[first], place[first]
    return rows[np.argsort(place, kind="stable")]


def quality(view: CollectionView) -> NameQuality:
    """What the checks so far say of all names."""
    from prosopon.metrics.verification import interval

    answers = view.state.checks
    right = sum(entry.kind is Kind.NAME for entry in answers)
    return NameQuality(int(_named(view).sum()), len(answers), right, *interval(right, len(answers)))


def _named(view: CollectionView) -> Mask:
    """(n,) faces with a name that nobody doubts."""
    named: Mask = view.shown & (view.who != NOBODY) & ~view.doubtful
    return named
