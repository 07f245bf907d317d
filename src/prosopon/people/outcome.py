"""What the decisions of a log come to, as `DecisionLog` brings it up to date entry by entry."""

from dataclasses import dataclass, field
from typing import Any

from prosopon.people.decisions import Conflict
from prosopon.people.face_decisions import Identification
from prosopon.people.growing import Growing
from prosopon.people.kinds import Kind
from prosopon.people.pair_constraints import Linked
from prosopon.persons import Person


@dataclass(slots=True)
class Outcome:
    """Faces are face ids, persons identifiers."""

    holds: dict[str, bool] = field(default_factory=dict)
    """See `decisions.holding`; never changed, but replaced."""
    names_given: dict[str, str] = field(default_factory=dict)
    """Person → the name that was given last, whether that holds or not."""
    names_suggested: dict[str, str] = field(default_factory=dict)
    """The same of persons whom contributors would add."""
    contributed: dict[str, int] = field(default_factory=dict)
    """Contribution → its place in the log."""
    settled_by: dict[str, list[str]] = field(default_factory=dict)
    """Contribution → entries that list it."""
    checks: list[int] = field(default_factory=list)
    """Places in the log of what was said of names that were drawn at random."""
    people: Growing[str, Person] = field(default_factory=Growing)
    merged: Growing[str, str] = field(default_factory=Growing)
    at_odds: list[Conflict] = field(default_factory=list)
    """What is at odds about persons."""
    missing: set[str] = field(default_factory=set)
    """Persons of whom decisions speak, and who are not there."""
    lost: set[str] = field(default_factory=set)
    """Photos in which decisions speak of faces that are not found now."""
    own_names: Growing[int, Identification] = field(default_factory=Growing)
    """Face → who it is by decisions on it; not because it is the same person as another."""
    names: Growing[int, Identification] = field(default_factory=Growing)
    rejected: Growing[int, frozenset[str]] = field(default_factory=Growing)
    marks: Growing[int, Kind] = field(default_factory=Growing)
    faces_of: Growing[str, frozenset[int]] = field(default_factory=Growing)
    conflicts: dict[int, Conflict] = field(default_factory=dict)
    """Face → what is at odds about it alone."""
    linked: Linked = field(default_factory=Linked)
    rest: dict[str, Any] = field(default_factory=dict)
    """Those fields of the state that few decisions change."""
