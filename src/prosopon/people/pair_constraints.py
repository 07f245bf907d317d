"""Decisions that pairs of faces are one person, or are not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from prosopon.disjoint import DisjointSets
from prosopon.languages import marked
from prosopon.people.decisions import Conflict, Decision
from prosopon.people.face_decisions import Identification, said
from prosopon.people.kinds import Kind
from prosopon.people.person_registry import PersonRegistry

ONE_OR_TWO = marked("Faces %(numbers)s: one person, or two?")
Pair = tuple[int, int]
Told = dict[Pair, list[Decision]]


@dataclass(slots=True)
class Links:
    """The decisions on pairs of faces that their authors have not replaced. Faces are face ids."""

    said: dict[Pair, dict[str, Decision]] = field(default_factory=lambda: defaultdict(dict))
    """Pair → author → the last decision."""

    def take(self, decision: Decision, faces: Sequence[int]) -> None:
        """Take one more decision, on these faces, in the order of the log."""
        if decision.kind is Kind.SAME:
            pairs = list(pairwise(sorted(set(faces))))
        elif decision.kind is Kind.DIFFERENT:
            pairs = list(combinations(sorted(set(faces)), 2))
        else:
            return
        gone = set(decision.decisions)
        for pair in pairs:
            authors = self.said[pair]
            for author in [author for author, other in authors.items() if other.id in gone]:
                del authors[author]
            authors[decision.author] = decision


@dataclass(slots=True)
class Linked:
    """What the links come to."""

    must_link: list[Pair] = field(default_factory=list)
    cannot_link: list[Pair] = field(default_factory=list)
    names: dict[int, Identification] = field(default_factory=dict)
    """Faces that are named because they are the same person as a named face."""
    conflicts: list[Conflict] = field(default_factory=list)


def linked(
    links: Links,
    names: Mapping[int, Identification],
    rejected: Mapping[int, frozenset[str]],
    barred: Set[int],
    registry: PersonRegistry,
) -> Linked:
    """Bring pairs and names together. Links in a conflict are not applied.

    barred : faces that get no name from others: disputed ones, and those that are no faces.
    """
    result = Linked()
    settled = dict(names.items())
    same: Told = {}
    different: Told = {}
    for pair, authors in links.said.items():
        told = list(authors.values())
        kinds = {decision.kind for decision in told}
        if len(kinds) > 1:
            result.conflicts.append(_conflict(ONE_OR_TWO, told, pair, registry))
        elif kinds:
            (same if Kind.SAME in kinds else different)[pair] = told
    groups = DisjointSets(face for pair in same for face in pair)
    for first, second in same:
        groups.merge(first, second)
    inside: dict[int, Told] = defaultdict(dict)
    apart: dict[int, Told] = defaultdict(dict)
    for pair, told in same.items():
        inside[groups[pair[0]]][pair] = told
    for pair in list(different):
        if pair[0] in groups and pair[1] in groups and groups.connected(*pair):
            apart[groups[pair[0]]][pair] = different.pop(pair)
    for root, pairs in inside.items():
        group = groups.subset(root)
        all_told = [d for told in (pairs | apart[root]).values() for d in told]
        named = {face: names[face] for face in group if face in names}
        who = _common(named.values(), [rejected.get(face, frozenset()) for face in group])
        if apart[root]:
            result.conflicts.append(_conflict(ONE_OR_TWO, all_told, group, registry))
        elif named and who is None:
            question = marked("Faces %(numbers)s: one person with several names?")
            result.conflicts.append(_conflict(question, all_told, group, registry))
        else:
            result.must_link += pairs
            if who is not None:
                result.names |= dict.fromkeys(group - named.keys() - barred, who)
                settled |= dict.fromkeys(group, who)
    _keep_apart(different, settled, result, registry)
    return result


def _keep_apart(
    different: Told, names: Mapping[int, Identification], result: Linked, registry: PersonRegistry
) -> None:
    for pair, told in different.items():
        one, other = (names.get(face) for face in pair)
        if one and other and one.sure and other.sure and one.persons == other.persons:
            question = marked("Faces %(numbers)s: two persons, or both %(name)s?")
            name = registry.called(one.persons[0])
            result.conflicts.append(_conflict(question, told, pair, registry, name))
        else:
            result.cannot_link.append(pair)


def _common(
    named: Iterable[Identification], rejected: Iterable[frozenset[str]]
) -> Identification | None:
    """The identification that fits all, None where there is none."""
    known = list(named)
    if not known:
        return None
    left = frozenset.intersection(*(frozenset(who.persons) for who in known))
    left = left.difference(*rejected)
    if not left:
        return None
    certainty = max(who.certainty for who in known)
    decisions = tuple(dict.fromkeys(d for who in known for d in who.decisions))
    return Identification(tuple(sorted(left)), certainty, decisions)


def _conflict(
    question: str,
    told: list[Decision],
    faces: Iterable[int],
    registry: PersonRegistry,
    name: str = "",
) -> Conflict:
    faces = tuple(sorted(faces))
    decisions = {decision.id: decision for decision in told}
    names = ", ".join(map(str, faces[:8])) + ("…" if len(faces) > 8 else "")
    persons = {registry.now(person) for d in decisions.values() for person in d.persons}
    return Conflict(
        question,
        {"numbers": names, "name": name},
        tuple(decisions),
        faces,
        tuple(sorted(persons)),
        tuple(said(decision, registry) for decision in decisions.values()),
    )
