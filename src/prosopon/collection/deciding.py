"""Decisions of one action, made and kept together, by one author's hand.

They bear one time, so that they are undone together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.languages import gettext as _
from prosopon.people import Decision, Kind, Region
from prosopon.persons import Person
from prosopon.tables import Result

if TYPE_CHECKING:
    from prosopon.collection.collection import Collection

DOUBT = 0.5
"""Certainty of a name that is given in doubt."""

Faces = FaceSelection | int | Iterable[int]
"""Face ids, or a choice as a page makes it."""
Who = PersonRef | Person | str
"""A person, an identifier, or a name."""


@dataclass(frozen=True, slots=True)
class ActionResult(Result):
    """What was done."""

    message: str
    """In a sentence."""
    decisions: Sequence[str] = ()
    """Identifiers of the new entries of the log."""
    person: str = ""
    """Whom it was about."""

    @classmethod
    def of(cls, message: str, added: Sequence[Decision], person: str = "") -> "ActionResult":
        """Of decisions as the log has taken them: perhaps as suggestions only."""
        if any(entry.contributed for entry in added):
            message = _("Suggested: %(what)s", what=message)
        return cls(message, [entry.id for entry in added], person)


class Deciding:
    """What the groups of actions have in common: a collection, and whose decisions they are."""

    def __init__(self, collection: "Collection", author: str) -> None:
        self._collection = collection
        self.author = author

    def _batch(self) -> "DecisionBatch":
        return DecisionBatch(self._collection, self.author)


class DecisionBatch:
    """Decisions of one action, in the making."""

    def __init__(self, collection: "Collection", author: str) -> None:
        self._collection = collection
        self._author = author
        self._at = datetime.now(UTC)
        self._made: list[Decision] = []

    def add(
        self, kind: Kind, faces: Iterable[int] = (), places: Iterable[Region] = (), **fields: Any
    ) -> "DecisionBatch":
        """Add a decision on faces and places; `fields` are others of `Decision`."""
        regions = (*places, *self._collection.view.regions(faces))
        self._made.append(Decision(self._author, kind, regions, at=self._at, **fields))
        return self

    def place(self, kind: Kind, face: int, **fields: Any) -> "DecisionBatch":
        """Add a decision on a face that is perhaps not shown (yet)."""
        return self.add(kind, places=self._collection.view.regions([face], hidden=True), **fields)

    def close(self, message: str, person: str = "") -> ActionResult:
        """Append them to the log, all or none."""
        added = self._collection.decide(self._made, self._author)
        return ActionResult.of(message, added, person)
