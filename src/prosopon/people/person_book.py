"""The persons of a log that grows."""

from collections.abc import Callable, Iterable, Sequence

from prosopon.people.decisions import Decision
from prosopon.people.kinds import Kind
from prosopon.people.outcome import Outcome
from prosopon.people.person_registry import PersonRegistry, register

PERSONAL = (Kind.CREATE, Kind.EDIT, Kind.MERGE, Kind.SPLIT)


class PersonBook:
    """A `PersonRegistry` that follows the log: a decision costs the persons that merges tie to
    those it is on, not all there are.
    """

    def __init__(self, outcome: Outcome, on_person: Callable[[str], list[Decision]]) -> None:
        """outcome : whose persons are kept up to date.

        on_person : the decisions that speak of one, in the order of the log.
        """
        self.registry = PersonRegistry(outcome.people, outcome.merged, outcome.at_odds)
        self._on_person = on_person

    def _on(self, person: str) -> list[Decision]:
        """What was decided of a person."""
        return [
            entry
            for entry in self._on_person(person)
            if entry.kind in PERSONAL and person in _concerned(entry)
        ]

    def update(
        self, changed: Iterable[Decision], held: Callable[[Iterable[Decision]], list[Decision]]
    ) -> tuple[set[str], set[str]]:
        """Bring the persons up to date with decisions that are new, or hold no more, or again.

        held : those of some decisions that hold, in the order of the log.

        Returns all persons that these may change something of, and those whose faces they do:
        who is known as somebody else, or by another name, which messages repeat.
        """
        tied = self._tied(person for entry in changed for person in _concerned(entry))
        entries = {entry.id: entry for person in tied for entry in self._on(person)}
        before = {person: self._as_known(person) for person in tied}
        registry, fresh = self.registry, register(held(entries.values()))
        for person in tied:
            registry.people.pop(person, None)
            registry.merged.pop(person, None)
        registry.people.update(fresh.people)
        registry.merged.update(fresh.merged)
        kept = [one for one in registry.conflicts if tied.isdisjoint(one.persons)]
        registry.conflicts[:] = kept + fresh.conflicts
        return tied, {person for person in tied if self._as_known(person) != before[person]}

    def _tied(self, persons: Iterable[str]) -> set[str]:
        """The persons, and those whom merges, holding or not, bring together with them."""
        tied: set[str] = set()
        waiting = list(persons)
        while waiting:
            person = waiting.pop()
            if person not in tied:
                tied.add(person)
                merges = (one for one in self._on(person) if one.kind is Kind.MERGE)
                waiting.extend(other for one in merges for other in one.persons)
        return tied

    def _as_known(self, person: str) -> tuple[str | None, str]:
        return self.registry.known(person), self.registry.called(person)


def _concerned(entry: Decision) -> Sequence[str]:
    """Whom a decision creates, changes or merges; not from whom faces are split off."""
    return entry.persons[-1:] if entry.kind is Kind.SPLIT else entry.persons
