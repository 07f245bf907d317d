"""The log as its page shows it: with the faces that each step is on."""

from collections.abc import Sequence
from dataclasses import dataclass

from prosopon.collection import history
from prosopon.collection.history import Conflicting, Step
from prosopon.collection.review.face_cards import faces_of, sheets
from prosopon.collection.review.pages import number
from prosopon.collection.review.session import Review
from prosopon.collection.review.views import Face

STEPS = 40
_FACES = 8


@dataclass(frozen=True, slots=True)
class StepCard:
    """One entry of the log."""

    step: Step
    faces: Sequence[Face]
    """The first few that it is on."""
    more: int
    """How many others it is on."""


def steps(review: Review, after: str = "", count: int = STEPS) -> tuple[list[StepCard], str]:
    """The log, the latest first, below the entry number `after`; and where the rest begins."""
    view = review.view
    end = min(number(after) - 1, view.length) if after else view.length
    start = max(end - count, 0)
    told = history.steps(view, numbers=range(start + 1, end + 1))
    entries = [view.log[step.number - 1] for step in told]
    shown = sheets(view, [view.rows_at(entry.faces[:_FACES]) for entry in entries])
    cards = [
        StepCard(step, faces, max(len(entry.faces) - _FACES, 0) if faces else 0)
        for step, entry, faces in zip(told, entries, shown, strict=True)
    ]
    return cards, f"after={start + 1}" if start else ""


def conflicts(review: Review) -> list[tuple[Conflicting, list[Face]]]:
    """What contradicts, with the faces that it is on."""
    view = review.view
    return [
        (conflict, faces_of(view, view.faces.rows(conflict.faces)[:_FACES]))
        for conflict in history.conflicts(view)
    ]


def since(review: Review, length: int) -> tuple[int, list[str]]:
    """How long the log is, and who decided something after the first `length` entries."""
    view = review.view
    return view.length, sorted({entry.author for entry in view.log[length:]})
