"""Decisions on one face → who it is, what it is, or in what the authors disagree."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from prosopon.languages import marked
from prosopon.people.decisions import MACHINE, Conflict, Decision
from prosopon.people.kinds import Kind
from prosopon.people.person_registry import PersonRegistry

_NAMING = (Kind.NAME, Kind.SPLIT)


@dataclass(frozen=True, slots=True)
class Identification:
    """Who a face is, by decision."""

    persons: tuple[str, ...]
    """One person, or several: one of these."""
    certainty: float
    decisions: tuple[str, ...]
    """Identifiers of what it rests on, oldest first."""
    by_machine: bool = False
    """Nobody but the program says so."""
    sure: bool = field(init=False)
    """A hard label: one person, no doubt."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sure", len(self.persons) == 1 and self.certainty == 1)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What holds of one face."""

    rejected: frozenset[str]
    """Persons who it is not."""
    mark: Kind | None = None
    """IGNORE, NOT_A_FACE or STATUE."""
    name: Identification | None = None
    conflict: Conflict | None = None


@dataclass(slots=True)
class FaceDecisions:
    """The decisions on one face that their authors have not replaced."""

    main: dict[str, Decision] = field(default_factory=dict)
    """Author → the last one that names the face, ignores it or says that it is none."""
    statues: dict[str, Decision] = field(default_factory=dict)
    """Author → says that the face is a depicted one."""
    rejections: dict[tuple[str, str], Decision] = field(default_factory=dict)
    """(author, person) → says that the face is not that person."""

    def take(self, decision: Decision, registry: PersonRegistry) -> None:
        """Take one more decision on this face, in the order of the log."""
        author = decision.author
        self._drop(decision.decisions)
        match decision.kind:
            case Kind.NAME | Kind.IGNORE | Kind.NOT_A_FACE:
                self.main[author] = decision
                for person in decision.persons:
                    self.rejections.pop((author, registry.now(person)), None)
                if decision.kind is Kind.NOT_A_FACE:
                    self.statues.pop(author, None)
            case Kind.STATUE:
                self.statues[author] = decision
                own = self.main.get(author)
                if own is not None and own.kind is Kind.NOT_A_FACE:
                    del self.main[author]
            case Kind.REJECT:
                self._reject(decision, decision.persons, registry)
            case Kind.SPLIT:
                for former in map(registry.now, decision.persons[:-1]):
                    self._drop([d.id for d in self._namings() if former in _persons(d, registry)])
                    self._reject(decision, [former], registry)
                self.main[author] = decision

    def settled(self, face: int, registry: PersonRegistry) -> Resolution:
        """Bring together what the authors say. `face` is for the message.

        The program's own name is taken only where no person says anything of who or what it is.
        """
        self._overrule_machine(registry)
        rejected = frozenset(person for _, person in self.rejections)
        namings = self._namings()
        denials = [d for d in self.main.values() if d.kind is Kind.NOT_A_FACE]
        statues = list(self.statues.values())
        if denials and (namings or statues):
            conflict = _conflict(
                marked("Face %(number)s: a face, or none?"),
                [*denials, *namings, *statues],
                face,
                registry,
            )
            return Resolution(rejected, conflict=conflict)
        ignored = [] if namings else [d for d in self.main.values() if d.kind is Kind.IGNORE]
        mark = next((d.kind for d in (*denials, *statues, *ignored)), None)
        people = registry.people
        known = [d for d in namings if any(one in people for one in _persons(d, registry))]
        if not known:
            return Resolution(rejected, mark)
        candidates = frozenset.intersection(*(_persons(d, registry) for d in known))
        left = frozenset(one for one in candidates if one in people) - rejected
        if not left:
            against = [d for (_, person), d in self.rejections.items() if person in candidates]
            return Resolution(
                rejected,
                mark,
                None,
                _conflict(marked("Face %(number)s: who is it?"), known + against, face, registry),
            )
        exact = [d.certainty for d in known if _persons(d, registry) == left]
        certainty = max(exact) if exact else min(d.certainty for d in known)
        by_machine = all(d.author == MACHINE for d in known)
        name = Identification(
            tuple(sorted(left)), certainty, tuple(d.id for d in known), by_machine
        )
        return Resolution(rejected, mark, name)

    def _overrule_machine(self, registry: PersonRegistry) -> None:
        own = self.main.get(MACHINE)
        if own is None:
            return
        rejected = {person for author, person in self.rejections if author != MACHINE}
        people = self.main.keys() - {MACHINE}
        if people or self.statues or _persons(own, registry) <= rejected:
            self.main = {author: d for author, d in self.main.items() if author != MACHINE}

    def _namings(self) -> list[Decision]:
        return [decision for decision in self.main.values() if decision.kind in _NAMING]

    def _reject(self, decision: Decision, persons: Iterable[str], registry: PersonRegistry) -> None:
        rejected = {registry.now(person) for person in persons}
        own = self.main.get(decision.author)
        if own is not None and own.kind in _NAMING and _persons(own, registry) <= rejected:
            del self.main[decision.author]
        self.rejections.update({(decision.author, person): decision for person in rejected})

    def _drop(self, overruled: Iterable[str]) -> None:
        gone = set(overruled)
        if gone:
            self.main = {key: d for key, d in self.main.items() if d.id not in gone}
            self.statues = {key: d for key, d in self.statues.items() if d.id not in gone}
            self.rejections = {key: d for key, d in self.rejections.items() if d.id not in gone}


def _persons(decision: Decision, registry: PersonRegistry) -> frozenset[str]:
    """Of whom a naming decision says that the face is one."""
    named = decision.persons[-1:] if decision.kind is Kind.SPLIT else decision.persons
    return frozenset(registry.now(person) for person in named)


def _conflict(question: str, told: list[Decision], face: int, registry: PersonRegistry) -> Conflict:
    told = list({decision.id: decision for decision in told}.values())
    return Conflict(
        question,
        {"number": face},
        tuple(decision.id for decision in told),
        (face,),
        tuple(sorted({registry.now(person) for d in told for person in d.persons})),
        tuple(said(decision, registry) for decision in told),
    )


def said(decision: Decision, registry: PersonRegistry) -> tuple[str, Kind, tuple[str, ...]]:
    """Author, kind and the names of the persons."""
    return decision.author, decision.kind, tuple(map(registry.called, decision.persons))
