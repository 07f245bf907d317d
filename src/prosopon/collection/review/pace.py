"""How many questions are left, and how long they will take at the present pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from prosopon.collection.review.session import Review
from prosopon.people import Decision

PAUSE = 300.0
"""Seconds between two answers from which somebody was doing something else."""
_LAST, _FEWEST = 20, 3
"""Answers that the pace is taken from, and the fewest that give one."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left to ask."""

    questions: int
    faces: int
    """That they are about."""
    seconds: float | None = None
    """That they take at the present pace; None: too few answers so far to tell."""

    @property
    def minutes(self) -> int | None:
        """The same, rounded up; None where it can't be told."""
        return None if self.seconds is None else max(1, round(self.seconds / 60))


def remaining(review: Review, author: str) -> Remaining:
    """Count the questions that wait, without making them; `author` is who answers."""
    view, asked = review.view, review.suggestions.questions
    faces = np.fromiter(chain.from_iterable(one.faces for one in asked), np.int64)
    of = np.repeat(np.arange(len(asked)), [len(one.faces) for one in asked])
    rows = np.minimum(np.searchsorted(view.faces.face_ids, faces), len(view.faces.face_ids) - 1)
    waits = (view.faces.face_ids[rows] == faces) & view.open[rows]
    count = np.bincount(of[waits], minlength=len(asked))
    enough = np.array([1 if one.person else 2 for one in asked], np.int64)
    stands = count >= enough
    covered = rows[waits & stands[of]]
    labels = view.faces.labels[covered]
    begun = np.bincount(labels[labels >= 0], minlength=len(view.cluster_open)) > 0
    others = view.to_name[~begun[view.to_name]]
    put_off = sum(by == author for by, _ in review.put_off)
    questions = max(int(stands.sum()) + len(others) - put_off, 0)
    each = pace(view.log, author)
    return Remaining(
        questions,
        len(covered) + int(view.cluster_open[others].sum()),
        None if each is None else each * questions,
    )


def pace(log: Sequence[Decision], author: str) -> float | None:
    """Seconds from one answer of `author` to the next, of the last few; None where too few are."""
    times = dict.fromkeys(one.at for one in reversed(log[-10 * _LAST :]) if one.author == author)
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(times)]
    gaps = [gap for gap in gaps[:_LAST] if 0 <= gap < PAUSE]
    return sum(gaps) / len(gaps) if len(gaps) >= _FEWEST else None
