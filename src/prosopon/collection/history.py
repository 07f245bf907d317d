"""The log as people read it. What is on restricted persons is told without them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from prosopon.collection.view import CollectionView
from prosopon.people import Kind
from prosopon.persons import Person


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the log."""

    number: int
    id: str
    author: str
    at: datetime
    told: str
    """What was decided, in a sentence."""
    holds: bool
    final: bool = False
    """It can't be undone."""


@dataclass(frozen=True, slots=True)
class Conflicting:
    """Decisions that can't all hold."""

    message: str
    """What is at odds."""
    steps: Sequence[Step]
    faces: Sequence[int]
    """Those that may be shown."""
    persons: Sequence[Person] = ()
    """Who a face may be, where it is about one face alone."""


def steps(
    view: CollectionView, by: str | None = None, numbers: range | None = None, limit: int = 0
) -> list[Step]:
    """The log, the latest first: of one author or of all.

    numbers : only these steps; the first is 1.
    limit : at most so many; 0: all.
    """
    holds = view.holds
    chosen = reversed(range(1, view.length + 1) if numbers is None else numbers)
    wanted = (number for number in chosen if by in (None, view.log[number - 1].author))
    return [_step(view, number, holds) for number in islice(wanted, limit or None)]


def conflicts(view: CollectionView) -> list[Conflicting]:
    """What contradicts, without what is on restricted persons."""
    involved = {entry for conflict in view.state.conflicts for entry in conflict.decisions}
    numbers = {e.id: n for n, e in enumerate(view.log, 1) if e.id in involved} if involved else {}
    found = []
    for conflict in view.state.conflicts:
        persons = (one for one in conflict.persons if one in view.state.people)
        rows = view.faces.rows(conflict.faces)
        if any(view.person(one) is None for one in persons) or view.hidden[rows].any():
            continue
        told = [_step(view, numbers[decision], {}) for decision in conflict.decisions]
        faces: list[int] = view.faces.face_ids[rows].tolist()
        rivals = [view.person(one) for one in conflict.persons] if len(conflict.faces) == 1 else []
        known = [one for one in dict.fromkeys(rivals) if one is not None]
        found.append(Conflicting(conflict.message, told, faces, known))
    return found


def _step(view: CollectionView, number: int, holds: Mapping[str, bool]) -> Step:
    entry = view.log[number - 1]
    return Step(
        number=number,
        id=entry.id,
        author=entry.author,
        at=entry.at,
        told=view.tell(entry),
        holds=holds.get(entry.id, True),
        final=entry.kind is Kind.FORGET,
    )
