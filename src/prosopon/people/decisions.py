"""The decision log: who decided what, when, on which face or person, from what, how sure.

Decisions are only ever added. A face is referred to by its photo's SHA-256 and its box relative to
that photo, so a decision outlives detectors, embedders and clusterings; `replay` finds the face
again. Taking back is a decision too (`Kind.UNDO`, `Kind.REDO`).
"""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.languages import marked
from prosopon.metadata import Date
from prosopon.people.kinds import Kind
from prosopon.persons import Person, clean_name, clean_note

T = TypeVar("T")
Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 as fractions of the upright photo's width and height."""
MACHINE = "machine"
"""The author of names that the program gave by itself, which any person's decision overrules."""
CHECKED = marked("checked at random")
"""The evidence of a name that was drawn at random and looked at again."""
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
"""The box of somebody who is somewhere in a photograph."""


def rounded(box: Sequence[float]) -> tuple[float, ...]:
    """A box as regions hold it."""
    return tuple([round(float(value), 6) for value in box])


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A place in a photo: a face, or where a person is without one."""

    photo: str
    """SHA-256 of the photo."""
    box: Box

    def __post_init__(self) -> None:
        box = rounded(self.box)
        if len(box) != 4 or not all(math.isfinite(v) and abs(v) < 100 for v in box):
            raise UsageError(f"box: expected four fractions of the photo's size, got {self.box}")
        if box[0] >= box[2] or box[1] >= box[3]:
            raise UsageError(f"box: expected x1 < x2 and y1 < y2, got {self.box}")
        if len(self.photo) != 64:
            raise UsageError(f"photo: expected a SHA-256 of 64 digits, got {self.photo[:80]!r}")
        object.__setattr__(self, "box", box)


_PERSON = TypeAdapter(Person)
_CHANGEABLE = {known.name for known in fields(Person)} - {"id"}


def _new_id() -> str:
    return str(uuid.uuid4())


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the log. Raises UsageError for one that makes no sense."""

    author: str
    kind: Kind
    faces: tuple[Region, ...] = ()
    persons: tuple[str, ...] = ()
    """Identifiers."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Fields of `Person` with their new values; CREATE, EDIT and SPLIT."""
    decisions: tuple[str, ...] = ()
    """Identifiers of the decisions taken back (UNDO, REDO), of the contributions that are settled
    by this, or else of those knowingly overruled."""
    certainty: float = 1.0
    """1: sure. Less: a doubtful identification."""
    evidence: str = ""
    """What it was decided from: "suggested, probability 0.97", "caption on the back"."""
    text: str = ""
    """Of a note; DATE: when the photographs were taken, as EDTF."""
    contributed: bool = False
    """A contributor's word: nothing holds of it until a curator accepts it as a decision."""
    id: str = field(default_factory=_new_id)
    at: datetime = field(default_factory=_now)

    def __post_init__(self) -> None:
        for what, given, allowed in (
            ("faces", self.faces, self.kind.faces),
            ("persons", self.persons, self.kind.persons),
        ):
            if len(given) not in allowed:
                raise UsageError(
                    f"{self.kind.value!r} is decided on {_count(allowed)} {what}, "
                    f"not on {len(given)}"
                )
        if not 0 < len(self.id) <= 36 or not self.id.isprintable():
            raise UsageError(f"id: expected an identifier such as a UUID, got {self.id[:80]!r}")
        if self.kind in (Kind.UNDO, Kind.REDO, Kind.DECLINE) and not self.decisions:
            raise UsageError(f"{self.kind.value}: say which decision")
        if self.kind is Kind.NOTE and not self.text.strip():
            raise UsageError("a note is empty")
        if self.kind is Kind.DATE and self.text:
            object.__setattr__(self, "text", Date.parse(self.text).edtf)
        if not 0 < self.certainty <= 1:
            raise UsageError(f"certainty: expected more than 0 and up to 1, got {self.certainty}")
        if self.at.tzinfo is None:
            raise UsageError(f"at: expected a time with its zone, got {self.at}")
        cleaned = {
            "author": clean_name(self.author),
            "text": clean_note(self.text),
            "evidence": clean_note(self.evidence),
            "faces": tuple(dict.fromkeys(self.faces)),
            "persons": tuple(dict.fromkeys(self.persons)),
            "changes": self._clean_changes(),
        }
        for name, value in cleaned.items():
            object.__setattr__(self, name, value)

    def _clean_changes(self) -> dict[str, Any]:
        """`changes` as a `Person` holds them."""
        if self.kind not in (Kind.CREATE, Kind.EDIT, Kind.SPLIT):
            if self.changes:
                raise UsageError(f"{self.kind.value!r} changes nothing of a person")
            return {}
        unknown = set(self.changes) - _CHANGEABLE
        if unknown:
            raise UsageError(
                f"changes: a person has no {', '.join(sorted(unknown))}; what can change: "
                + ", ".join(sorted(_CHANGEABLE))
            )
        unchanged = {"name": "?"} if self.kind is Kind.EDIT else {}
        person = _validated(_PERSON, {"id": self.persons[-1], **unchanged, **self.changes})
        return {name: getattr(person, name) for name in self.changes}


def _count(allowed: range) -> str:
    if len(allowed) == 1:
        return str(allowed[0]) if allowed[0] else "no"
    return f"at least {allowed[0]}" if len(allowed) > 1000 else f"{allowed[0]}–{allowed[-1]}"


_DECISION = TypeAdapter(Decision)


def to_json(decision: Decision) -> dict[str, Any]:
    """The decision as what JSON has; empty fields are left out."""
    values: dict[str, Any] = _DECISION.dump_python(decision, mode="json")
    return {name: value for name, value in values.items() if value not in ([], {}, "", False)}


def from_json(values: object) -> Decision:
    """The decision that `to_json` gave. Raises UsageError."""
    return _validated(_DECISION, values)


def _validated(kind: TypeAdapter[T], values: object) -> T:
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "entry"
        raise UsageError(f"{place}: {first['msg'].lower()}") from error


def holding(log: Sequence[Decision]) -> dict[str, bool]:
    """Whether each decision that was ever taken back holds now, by identifier.

    Of the undos and redos of one decision the last counts; they can be taken back themselves.
    """
    holds: dict[str, bool] = {}
    for entry in reversed(log):
        if entry.kind in (Kind.UNDO, Kind.REDO) and holds.get(entry.id, True):
            for target in entry.decisions:
                holds.setdefault(target, entry.kind is Kind.REDO)
    return holds


@dataclass(frozen=True, slots=True)
class Conflict:
    """Decisions that can't all hold."""

    text: str
    """What is at odds, as `languages.marked`: worded when it is shown."""
    values: Mapping[str, object]
    """What is filled in."""
    decisions: tuple[str, ...]
    faces: tuple[int, ...] = ()
    """Face ids."""
    persons: tuple[str, ...] = ()
    said: tuple[tuple[str, Kind, tuple[str, ...]], ...] = ()
    """Author, kind and names of the persons of each decision."""

    @property
    def message(self) -> str:
        """A sentence that says what is at odds, and who says what."""
        told = "; ".join(_said(*one) for one in self.said)
        return f"{_(self.text, **self.values)} {told}".strip()


def _said(author: str, kind: Kind, names: Sequence[str]) -> str:
    persons = _(" or ").join(names)
    return f"{author}: " + (persons if kind is Kind.NAME else f"{_(kind.past)} {persons}".strip())
