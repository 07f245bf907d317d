"""What contributors suggested, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from prosopon.collection.contributions import Contribution
from prosopon.collection.review.face_cards import sheets
from prosopon.collection.review.session import Review
from prosopon.collection.review.views import Face

_SHOWN = 100
_FACES = 12


@dataclass(frozen=True, slots=True)
class ContributionCard:
    """What was suggested at once."""

    contribution: Contribution
    faces: Sequence[Face]
    """The first few that it is on."""
    more: int
    """How many others it is on."""


def contributions(review: Review, of: str | None = None) -> tuple[list[ContributionCard], int]:
    """Those that wait for a word, the oldest first; and how many more there are.

    of : only this contributor's.
    """
    view = review.view
    waiting = review.collection.contributions.list(of)
    shown = waiting[:_SHOWN]
    faces = sheets(view, [view.faces.rows(one.faces[:_FACES]) for one in shown])
    cards = [
        ContributionCard(one, some, max(len(one.faces) - _FACES, 0))
        for one, some in zip(shown, faces, strict=True)
    ]
    return cards, len(waiting) - len(shown)
