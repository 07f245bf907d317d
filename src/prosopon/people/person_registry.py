"""Decisions → the persons there are: created, renamed, merged, split off.

Edits of one field by one author replace one another. Where two authors' last values differ, the
later is shown and the two are a conflict, unless the later one says that it overrules the other.
"""

from collections import defaultdict
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field, replace

from prosopon.languages import marked
from prosopon.people.decisions import Conflict, Decision
from prosopon.people.kinds import Kind
from prosopon.persons import Person


@dataclass(slots=True)
class PersonRegistry:
    """Persons by identifier."""

    people: MutableMapping[str, Person] = field(default_factory=dict)
    """Without those merged into others."""
    merged: MutableMapping[str, str] = field(default_factory=dict)
    """Person merged away → of whom that one is now a part (perhaps merged away too)."""
    conflicts: list[Conflict] = field(default_factory=list)

    def now(self, person: str) -> str:
        """The identifier under which a person is known now."""
        while person in self.merged:
            person = self.merged[person]
        return person

    def known(self, person: str) -> str | None:
        """The identifier under which a person is known now; None for one who is not there."""
        now = self.now(person)
        return now if now in self.people else None

    def create(self, decision: Decision) -> None:
        """Add the person whom CREATE or SPLIT makes."""
        made = decision.persons[-1]
        self.people.setdefault(made, Person(made, **decision.changes))

    def called(self, person: str) -> str:
        """A person's name for messages."""
        known = self.people.get(self.now(person))
        return known.name if known else f"unknown person {person}"


def register(decisions: Iterable[Decision]) -> PersonRegistry:
    """The persons after these decisions, which all hold (see `decisions.active`)."""
    registry = PersonRegistry()
    edits: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    merges: list[Decision] = []
    for decision in decisions:
        match decision.kind:
            case Kind.CREATE | Kind.SPLIT:
                registry.create(decision)
            case Kind.EDIT:
                _edit(registry, edits, decision)
            case Kind.MERGE:
                merges.append(decision)
    for (person, name), authors in edits.items():
        _note_disagreement(registry, person, name, authors)
    for decision in merges:
        _merge(registry, decision)
    return registry


def _edit(
    registry: PersonRegistry, edits: dict[tuple[str, str], list[Decision]], decision: Decision
) -> None:
    person = decision.persons[0]
    if person not in registry.people:
        registry.conflicts.append(dangling(decision, person))
        return
    registry.people[person] = replace(registry.people[person], **decision.changes)
    for name in decision.changes:
        others = edits[person, name]
        others[:] = [
            other
            for other in others
            if other.author != decision.author and other.id not in decision.decisions
        ]
        others.append(decision)


def _note_disagreement(
    registry: PersonRegistry, person: str, name: str, decisions: list[Decision]
) -> None:
    values = {decision.changes[name]: decision for decision in decisions}
    if len(values) > 1:
        said = "; ".join(f"{d.author}: {value!r}" for value, d in values.items())
        registry.conflicts.append(
            Conflict(
                marked("%(person)s: different values for %(field)s (%(said)s)."),
                {"person": registry.called(person), "field": name, "said": said},
                tuple(decision.id for decision in decisions),
                persons=(person,),
            )
        )


def _merge(registry: PersonRegistry, decision: Decision) -> None:
    kept = registry.now(decision.persons[0])
    for other in map(registry.now, decision.persons[1:]):
        missing = [person for person in (kept, other) if person not in registry.people]
        if missing:
            registry.conflicts.append(dangling(decision, missing[0]))
        elif other != kept:
            first, second = registry.people[kept], registry.people.pop(other)
            registry.conflicts += _life_conflicts(first, second, decision)
            registry.people[kept] = _together(first, second)
            registry.merged[other] = kept


def _life_conflicts(first: Person, second: Person, decision: Decision) -> list[Conflict]:
    return [
        Conflict(
            text,
            {"first": first.name, "second": second.name, "one": one, "other": other},
            (decision.id,),
            persons=(first.id,),
        )
        for text, one, other in (
            (
                marked("%(first)s and %(second)s were merged, but born %(one)s and %(other)s."),
                first.born,
                second.born,
            ),
            (
                marked("%(first)s and %(second)s were merged, but died %(one)s and %(other)s."),
                first.died,
                second.died,
            ),
        )
        if one and other and one != other
    ]


def _together(first: Person, second: Person) -> Person:
    """The first person with what is known of the second; a real name goes before a handle."""
    named, other = (second, first) if first.nameless and not second.nameless else (first, second)
    names = [*named.variants, other.name, *other.variants]
    return Person(
        id=first.id,
        name=named.name,
        nameless=named.nameless,
        variants=tuple(name for name in names if name != named.name),
        born=first.born or second.born,
        died=first.died or second.died,
        note="\n\n".join(note for note in (first.note, second.note) if note),
        links=first.links + second.links,
        restricted=first.restricted or second.restricted,
    )


def dangling(decision: Decision, person: str) -> Conflict:
    return Conflict(
        marked(
            "A decision of %(author)s is on a person who is not there: %(person)s (never created "
            "here, or the creation was undone)."
        ),
        {"author": decision.author, "person": person},
        (decision.id,),
        persons=(person,),
    )
