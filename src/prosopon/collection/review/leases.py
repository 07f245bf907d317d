"""Two people are not asked the same at once: each holds the faces that they are being asked about.

A hold ends by itself; a page that is looked at goes on holding. It is kept in the collection, so
that it counts between programs, too.
"""

from collections.abc import Sequence

from prosopon.collection.review.session import Review
from prosopon.collection.review.views import QuestionCard
from prosopon.store import leases
from prosopon.store.database import now

HELD = 120.0
"""Seconds for which nobody else is asked about faces that somebody was asked about."""
TRIES = 3


def of_others(review: Review, holder: str) -> set[int]:
    """Faces that others are being asked about."""
    with review.collection.store.read() as connection:
        return leases.of_others(connection, holder)


def hold(review: Review, holder: str, questions: Sequence[QuestionCard]) -> bool:
    """Hold the faces in these questions and no others; False where somebody else was faster."""
    faces = [face.id for question in questions for face in question.faces]
    if not review.collection.store.writable:
        return True
    with review.collection.store.begin(same_version=True) as connection:
        if not leases.of_others(connection, holder).isdisjoint(faces):
            return False
        leases.take(connection, holder, faces, HELD)
    return True


def renew(review: Review, holder: str) -> None:
    """Go on holding, if half of the time is over."""
    store = review.collection.store
    with store.read() as connection:
        until = leases.ends(connection, holder)
    if until is None or not store.writable or (until - now()).total_seconds() > HELD / 2:
        return
    with store.begin(same_version=True) as connection:
        faces = leases.held(connection, holder)
        if leases.of_others(connection, holder).isdisjoint(faces):
            leases.take(connection, holder, faces, HELD)
