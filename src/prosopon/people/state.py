"""What holds after all decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prosopon.people.decisions import Conflict, Decision, Region
from prosopon.people.face_decisions import Identification
from prosopon.people.kinds import Kind
from prosopon.people.pair_constraints import Pair
from prosopon.persons import Person


@dataclass(frozen=True, slots=True)
class State:
    """What holds now. Faces are face ids, persons identifiers."""

    people: Mapping[str, Person]
    """Without those merged into others."""
    merged: Mapping[str, str]
    """Person merged away → of whom that one is now a part."""
    names: Mapping[int, Identification]
    faces_of: Mapping[str, frozenset[int]]
    """Person → faces that are said to be that one, surely or not, alone or among several."""
    rejected: Mapping[int, frozenset[str]]
    """Persons that a face is not."""
    marks: Mapping[int, Kind]
    """IGNORE, NOT_A_FACE or STATUE."""
    must_link: Sequence[Pair]
    cannot_link: Sequence[Pair]
    mixed: Sequence[Sequence[int]]
    """Faces that are not all one person, together each time."""
    present: Mapping[str, Sequence[tuple[Region, str]]]
    """Photo → where persons are who show no face, or whose named face is not found now."""
    dates: Mapping[str, str]
    """Photo → when people say that it was taken, as EDTF."""
    drawn: frozenset[int]
    """Faces that people say they drew."""
    notes: Sequence[Decision]
    checks: Sequence[Decision]
    """What was said of names that were drawn at random."""
    unplaced: Sequence[tuple[Decision, Region]]
    """Decisions on faces that are not found now."""
    conflicts: Sequence[Conflict]
    contributions: Sequence[Decision] = ()
    """What contributors said and nobody has accepted, declined or withdrawn; the oldest first."""

    def hard_labels(self) -> dict[int, str]:
        """Face → person, for what is sure."""
        return {face: who.persons[0] for face, who in self.names.items() if who.sure}

    def withheld(self) -> list[int]:
        """Faces that may be a restricted person."""
        secret = (person.id for person in self.people.values() if person.restricted)
        return sorted({face for person in secret for face in self.faces_of.get(person, ())})

    def merged_into(self, person: str) -> str:
        """The identifier under which a person is known now."""
        while person in self.merged:
            person = self.merged[person]
        return person
