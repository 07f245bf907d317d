"""Decisions → what holds now: names, links, marks, persons; and where decisions disagree.

Several authors work on one collection. An author's later decision on a face replaces that author's
earlier one. Between authors nothing is replaced: where they can't both be right the face has no
name and a `Conflict` says so, until one is undone or a later decision lists the ones that it
overrules. Two that can both be right are taken together: "one of these three" and "this one".
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

from prosopon.people.contributions import Contributions
from prosopon.people.decisions import CHECKED, Box, Conflict, Decision, Region, holding
from prosopon.people.face_decisions import FaceDecisions, Identification, Resolution
from prosopon.people.face_locator import FaceLocator, Places
from prosopon.people.growing import Growing, Prefix
from prosopon.people.kinds import Kind
from prosopon.people.pair_constraints import Linked, Links, linked
from prosopon.people.person_book import PERSONAL, PersonBook
from prosopon.people.person_registry import dangling
from prosopon.people.state import State

_ON_PERSONS = (Kind.NAME, Kind.REJECT, Kind.PRESENT, Kind.SPLIT)
_ON_WHO = (Kind.NAME, Kind.REJECT, Kind.IGNORE, Kind.NOT_A_FACE)
_LINKS = (Kind.SAME, Kind.DIFFERENT)


def replay(log: Iterable[Decision], places: Places) -> State:
    """What holds after all decisions of `log`, told of the faces that are known now.

    Only the faces of photos that the log speaks of need be among `places`.
    """
    decision_log = DecisionLog()
    decision_log.extend(log, places)
    return decision_log.state()


@dataclass(frozen=True, slots=True)
class Changes:
    """Of what something else may hold than before."""

    faces: Set[int]
    """Face ids."""
    persons: Set[str]
    """Identifiers."""


class DecisionLog:
    """A log that grows. A new decision costs the photos and persons that it is on, not the log, nor
    the faces that are named.
    """

    def __init__(self) -> None:
        self._log: list[Decision] = []
        self.holds: dict[str, bool] = {}
        """See `holding`; never changed, but replaced."""
        self.by_id: dict[str, Decision] = {}
        self.names_given: dict[str, str] = {}
        """Person → the name that was given last, whether that holds or not."""
        self.names_suggested: dict[str, str] = {}
        """The same of persons whom contributors would add."""
        self.locator = FaceLocator()
        self._book = PersonBook()
        self._registry = self._book.registry
        self._contributions = Contributions()
        self._checks: list[Decision] = []
        self._place: dict[str, int] = {}
        """Entry → its place in the log."""
        self._of_kind: dict[Kind, list[Decision]] = defaultdict(list)
        self._on_photo: dict[str, list[tuple[Decision, list[Region]]]] = defaultdict(list)
        """Photo → decisions on it, and on which places there."""
        self._photos_of: dict[str, set[str]] = defaultdict(set)
        """Person → photos where decisions speak of that one."""
        self._naming: dict[str, list[Decision]] = defaultdict(list)
        """Person → decisions that only make sense while that one is there."""
        self._missing: set[str] = set()
        """Persons of whom decisions speak, and who are not there."""
        self._placed: dict[str, dict[Box, int | None]] = {}
        """Photo → the face at each box that decisions speak of."""
        self._lost: set[str] = set()
        """Photos in which decisions speak of faces that are not found now."""
        self._faces: dict[str, list[int]] = {}
        """Photo → faces that decisions speak of."""
        self._own_names: dict[int, Identification] = {}
        """Face → who it is by decisions on it; not because it is the same person as another."""
        self._names: Growing[int, Identification] = Growing()
        self._alone: dict[str, Resolution] = {}
        """Decision → what it comes to for a face of which nothing else speaks."""
        self._rejected: Growing[int, frozenset[str]] = Growing()
        self._marks: Growing[int, Kind] = Growing()
        self._faces_of: Growing[str, frozenset[int]] = Growing()
        self._conflicts: dict[int, Conflict] = {}
        self._linked = Linked()
        self._rest: dict[str, Any] = {}
        """Those fields of the state that few decisions change."""
        self._work_out_rest(frozenset(Kind), lost=True)

    @property
    def log(self) -> Prefix[Decision]:
        """All entries so far."""
        return Prefix(self._log)

    def extend(self, entries: Iterable[Decision], places: Places) -> Changes:
        """Take the next entries of the log.

        places : the faces in the photos that the entries speak of; those of photos told of before
            may be left out.
        """
        fresh = list(entries)
        self.locator.add(places)
        self._contributions.extend(fresh)
        for entry in fresh:
            self._take(entry)
        changed = [entry for entry in fresh if not entry.contributed] + self._turned(fresh)
        touched = {region.photo for entry in changed for region in entry.faces}
        persons: set[str] = set()
        personal = [entry for entry in changed if entry.kind in PERSONAL]
        if personal:
            persons, moved = self._book.update(personal, self._held_of)
            touched |= {photo for one in moved for photo in self._photos_of.get(one, ())}
        self._look_for_missing(persons.union(*(entry.persons for entry in changed)))
        lost = not self._lost.isdisjoint(touched)
        self._alone.clear()
        faces = {face for photo in touched for face in self._settle(photo)}
        kinds = {entry.kind for entry in changed}
        kinds |= {entry.kind for photo in touched for entry, _ in self._on_photo[photo]}
        self._work_out_rest(kinds, lost=lost or not self._lost.isdisjoint(touched))
        if not kinds.isdisjoint(_LINKS):
            faces |= self._link()
        if any(entry.contributed or entry.decisions for entry in fresh):
            self._rest["contributions"] = self._contributions.open(self.holds)
        self._name(faces)
        return Changes(faces, persons)

    def state(self) -> State:
        """What holds now."""
        return State(
            people=self._book.people.snapshot(),
            merged=self._book.merged.snapshot(),
            names=self._names.snapshot(),
            rejected=self._rejected.snapshot(),
            marks=self._marks.snapshot(),
            faces_of=self._faces_of.snapshot(),
            must_link=self._linked.must_link,
            cannot_link=self._linked.cannot_link,
            conflicts=self._all_conflicts(),
            **self._rest,
        )

    def _take(self, entry: Decision) -> None:
        """Note where the log speaks of what."""
        self._place[entry.id] = len(self._log)
        self._log.append(entry)
        self._of_kind[entry.kind].append(entry)
        self.by_id[entry.id] = entry
        if "name" in entry.changes and (entry.kind.makes_a_person or not entry.contributed):
            names = self.names_suggested if entry.contributed else self.names_given
            names[entry.persons[-1]] = entry.changes["name"]
        if entry.contributed:
            return
        self._book.take(entry)
        if entry.evidence == CHECKED and entry.kind in (Kind.NAME, Kind.REJECT):
            self._checks.append(entry)
        regions: dict[str, list[Region]] = defaultdict(list)
        for region in entry.faces:
            regions[region.photo].append(region)
        for photo, there in regions.items():
            self._on_photo[photo].append((entry, there))
        for person in entry.persons:
            self._photos_of[person].update(regions)
            if entry.kind in _ON_PERSONS:
                self._naming[person].append(entry)

    def _turned(self, fresh: list[Decision]) -> list[Decision]:
        """Earlier decisions that don't hold any more, or hold again, because of the fresh ones."""
        if not any(entry.kind in (Kind.UNDO, Kind.REDO) for entry in fresh):
            return []
        before, self.holds = self.holds, holding(self._held_or_not(Kind.UNDO, Kind.REDO))
        told = {entry.id for entry in fresh}
        return [
            entry
            for entry in self._entries((before.keys() | self.holds.keys()) - told)
            if not entry.contributed
            and before.get(entry.id, True) != self.holds.get(entry.id, True)
        ]

    def _in_order(self, entries: Iterable[Decision]) -> list[Decision]:
        return sorted(entries, key=lambda entry: self._place[entry.id])

    def _held_or_not(self, *kinds: Kind) -> list[Decision]:
        return self._in_order(entry for kind in kinds for entry in self._of_kind[kind])

    def _held_of(self, entries: Iterable[Decision]) -> list[Decision]:
        """Those of the decisions that hold, in the order of the log."""
        return self._in_order(
            entry for entry in entries if not entry.contributed and self.holds.get(entry.id, True)
        )

    def _held(self, *kinds: Kind) -> list[Decision]:
        """The decisions of these kinds that hold, in the order of the log."""
        return self._held_of(self._held_or_not(*kinds))

    def _entries(self, identifiers: Iterable[str]) -> list[Decision]:
        return [self._log[self._place[one]] for one in identifiers if one in self._place]

    def _look_for_missing(self, persons: Iterable[str]) -> None:
        for person in persons:
            if self._registry.known(person) is None and person in self._naming:
                self._missing.add(person)
            else:
                self._missing.discard(person)

    def _settle(self, photo: str) -> set[int]:
        """Work out anew what holds of the faces of one photo; return those before and now."""
        former = self._faces.pop(photo, [])
        for face in former:
            self._own_names.pop(face, None)
            self._conflicts.pop(face, None)
            self._rejected.pop(face, None)
            self._marks.pop(face, None)
        entries = [one for one in self._on_photo[photo] if self.holds.get(one[0].id, True)]
        boxes = [region.box for _, there in entries for region in there]
        self._placed[photo] = placed = self.locator.place(photo, boxes)
        (self._lost.add if None in placed.values() else self._lost.discard)(photo)
        faces: dict[int, list[Decision]] = defaultdict(list)
        for entry, there in entries:
            for region in there:
                found = placed[region.box]
                if found is not None:
                    faces[found].append(entry)
        self._faces[photo] = list(faces)
        for face, told in faces.items():
            self._keep(face, self._resolved(face, told))
        return {*former, *faces}

    def _resolved(self, face: int, told: list[Decision]) -> Resolution:
        """What decisions on a face come to. Faces that one alone speaks of share its resolution."""
        known = self._alone.get(told[0].id) if len(told) == 1 else None
        if known is not None:
            return known
        verdicts = FaceDecisions()
        for entry in told:
            verdicts.take(entry, self._registry)
        settled = verdicts.settled(face, self._registry)
        if len(told) == 1 and settled.conflict is None:
            self._alone[told[0].id] = settled
        return settled

    def _keep(self, face: int, settled: Resolution) -> None:
        if settled.rejected:
            self._rejected[face] = settled.rejected
        if settled.mark is not None:
            self._marks[face] = settled.mark
        if settled.name is not None:
            self._own_names[face] = settled.name
        if settled.conflict is not None:
            self._conflicts[face] = settled.conflict

    def _link(self) -> set[int]:
        """Bring pairs and names together anew; return the faces of which that may change
        something.
        """
        links = Links()
        for entry in self._held(*_LINKS):
            places = map(self._face_at, entry.faces)
            links.take(entry, [face for face in places if face is not None])
        no_faces = {
            face for pair in links.said for face in pair if self._marks.get(face) is Kind.NOT_A_FACE
        }
        barred = self._conflicts.keys() | no_faces
        before = self._linked
        self._linked = linked(links, self._own_names, self._rejected, barred, self._registry)
        both = (before, self._linked)
        return {face for one in both for at_odds in one.conflicts for face in at_odds.faces}.union(
            *(one.names for one in both)
        )

    def _name(self, faces: Iterable[int]) -> None:
        """Note who faces are now."""
        gone: dict[str, set[int]] = defaultdict(set)
        come: dict[str, set[int]] = defaultdict(set)
        for face in faces:
            before = self._names.pop(face, None)
            now = self._own_names.get(face) or self._linked.names.get(face)
            for person in before.persons if before else ():
                gone[person].add(face)
            if now is not None:
                self._names[face] = now
                for person in now.persons:
                    come[person].add(face)
        for person in gone.keys() | come.keys():
            left = self._faces_of.pop(person, frozenset()) - gone[person] | come[person]
            if left:
                self._faces_of[person] = left

    def _work_out_rest(self, kinds: Set[Kind], lost: bool) -> None:
        """Bring the fields up to date that come from these kinds of decisions, and, where `lost`,
        from those on faces that are not found now.
        """
        rest = self._rest
        if Kind.MIXED in kinds:
            rest["mixed"] = self._mixed()
        if Kind.DATE in kinds:
            rest["dates"] = _dates(self._held(Kind.DATE))
        if Kind.BOX in kinds:
            rest["drawn"] = self._drawn()
        if Kind.NOTE in kinds:
            rest["notes"] = self._held(Kind.NOTE)
        if lost or Kind.PRESENT in kinds:
            rest["present"] = self._present()
        if lost:
            rest["unplaced"] = self._unplaced()
        if self._checks or "checks" not in rest:
            rest["checks"] = self._held_of(self._checks)
        rest.setdefault("contributions", [])

    def _all_conflicts(self) -> list[Conflict]:
        of_persons = [*self._registry.conflicts, *self._dangling()]
        of_persons.sort(
            key=lambda one: (max(map(self._place.__getitem__, one.decisions)), one.persons)
        )
        of_faces = (self._conflicts[face] for face in sorted(self._conflicts))
        return [*of_persons, *of_faces, *self._linked.conflicts]

    def _face_at(self, region: Region) -> int | None:
        return self._placed[region.photo][region.box]

    def _drawn(self) -> frozenset[int]:
        boxes = (region for entry in self._held(Kind.BOX) for region in entry.faces)
        return frozenset(face for face in map(self._face_at, boxes) if face is not None)

    def _mixed(self) -> list[list[int]]:
        said = [
            [face for region in entry.faces if (face := self._face_at(region)) is not None]
            for entry in self._held(Kind.MIXED)
        ]
        return [faces for faces in said if len(faces) > 1]

    def _present(self) -> dict[str, list[tuple[Region, str]]]:
        """Photo → places of persons without a face, and of named faces that are not found now."""
        present: dict[str, list[tuple[Region, str]]] = defaultdict(list)
        named: dict[Region, dict[str, tuple[str, ...]]] = defaultdict(dict)
        """Place → author → persons."""
        for entry in self._held(Kind.PRESENT):
            (region,) = entry.faces
            present[region.photo] += ((region, person) for person in self._now(entry))
        for entry, region in self._on_lost_faces():
            if entry.kind in _ON_WHO:
                named[region][entry.author] = self._now(entry) if entry.kind is Kind.NAME else ()
        for region, told in named.items():
            if len(set(told.values())) == 1 and len(persons := next(iter(told.values()))) == 1:
                present[region.photo].append((region, persons[0]))
        return present

    def _now(self, entry: Decision) -> tuple[str, ...]:
        return tuple(self._registry.now(person) for person in entry.persons)

    def _unplaced(self) -> list[tuple[Decision, Region]]:
        return [
            (entry, region)
            for entry, region in self._on_lost_faces()
            if entry.kind not in (Kind.NOTE, Kind.PRESENT, Kind.DATE)
        ]

    def _on_lost_faces(self) -> list[tuple[Decision, Region]]:
        """What holds of faces that are not found now, in the order of the log."""
        entries = {e.id: e for photo in self._lost for e, _ in self._on_photo[photo]}
        return [
            (entry, region)
            for entry in self._in_order(entries.values())
            if self.holds.get(entry.id, True)
            for region in entry.faces
            if region.photo in self._lost and self._face_at(region) is None
        ]

    def _dangling(self) -> list[Conflict]:
        """Decisions on persons who are not there."""
        return [
            dangling(entry, person)
            for person in self._missing
            for entry in self._held_of(self._naming[person])
        ]


def _dates(held: Iterable[Decision]) -> dict[str, str]:
    """Photo → date, as EDTF; whoever said it last is right."""
    dates: dict[str, str] = {}
    for entry in held:
        dates |= {region.photo: entry.text for region in entry.faces}
    return {photo: text for photo, text in dates.items() if text}
