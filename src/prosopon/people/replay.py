"""Decisions → what holds now: names, links, marks, persons; and where decisions disagree.

Several authors work on one collection. An author's later decision on a face replaces that author's
earlier one. Between authors nothing is replaced: where they can't both be right the face has no
name and a `Conflict` says so, until one is undone or a later decision lists the ones that it
overrules. Two that can both be right are taken together: "one of these three" and "this one".
"""

from collections import defaultdict
from collections.abc import Iterable

from prosopon.people.contributions import Contributions
from prosopon.people.decisions import CHECKED, Box, Conflict, Decision, Region, holding
from prosopon.people.face_decisions import FaceDecisions, Identification, Resolution
from prosopon.people.face_locator import FaceLocator, Places
from prosopon.people.kinds import Kind
from prosopon.people.pair_constraints import Links, linked
from prosopon.people.person_registry import PersonRegistry, dangling, register
from prosopon.people.state import State

_PERSONAL = (Kind.CREATE, Kind.EDIT, Kind.MERGE, Kind.SPLIT)
_ON_PERSONS = (Kind.NAME, Kind.REJECT, Kind.PRESENT, Kind.SPLIT)
_ON_WHO = (Kind.NAME, Kind.REJECT, Kind.IGNORE, Kind.NOT_A_FACE)


def replay(log: Iterable[Decision], places: Places) -> State:
    """What holds after all decisions of `log`, told of the faces that are known now.

    Only the faces of photos that the log speaks of need be among `places`.
    """
    decision_log = DecisionLog()
    decision_log.extend(log, places)
    return decision_log.state()


class DecisionLog:
    """A log that grows. A new decision costs the photos and persons that it is on, not the log."""

    def __init__(self) -> None:
        self.log: list[Decision] = []
        self.holds: dict[str, bool] = {}
        """See `holding`; never changed, but replaced."""
        self.by_id: dict[str, Decision] = {}
        self._checks: list[Decision] = []
        self._place: dict[str, int] = {}
        """Entry → its place in the log."""
        self._of_kind: dict[Kind, list[Decision]] = defaultdict(list)
        self.locator = FaceLocator()
        self._on_photo: dict[str, list[Decision]] = defaultdict(list)
        self._on_person: dict[str, set[str]] = defaultdict(set)
        """Person → photos where decisions speak of that one."""
        self._naming: dict[str, list[Decision]] = defaultdict(list)
        """Person → decisions that only make sense while that one is there."""
        self._placed: dict[str, dict[Box, int | None]] = {}
        """Photo → the face at each box that decisions speak of."""
        self._lost: set[str] = set()
        """Photos in which decisions speak of faces that are not found now."""
        self._faces: dict[str, list[int]] = {}
        """Photo → faces that decisions speak of."""
        self._book = PersonRegistry()
        self._names: dict[int, Identification] = {}
        self._rejected: dict[int, frozenset[str]] = {}
        self._marks: dict[int, Kind] = {}
        self._conflicts: dict[int, Conflict] = {}
        self._contributions = Contributions()

    def extend(self, entries: Iterable[Decision], places: Places) -> None:
        """Take the next entries of the log.

        places : the faces in the photos that the entries speak of; those of photos told of before
            may be left out.
        """
        fresh = list(entries)
        self.locator.add(places)
        self._contributions.extend(fresh)
        for entry in fresh:
            self._take(entry)
        changed = [entry for entry in fresh if not entry.contributed]
        if any(entry.kind in (Kind.UNDO, Kind.REDO) for entry in fresh):
            before, self.holds = self.holds, holding(self._held_or_not(Kind.UNDO, Kind.REDO))
            told = {entry.id for entry in fresh}
            changed += [
                entry
                for entry in self._entries((before.keys() | self.holds.keys()) - told)
                if not entry.contributed
                and before.get(entry.id, True) != self.holds.get(entry.id, True)
            ]
        touched = {region.photo for entry in changed for region in entry.faces}
        personal = [entry for entry in changed if entry.kind in _PERSONAL]
        if personal:
            touched |= self._update_persons(personal)
        for photo in touched:
            self._settle(photo)

    def state(self) -> State:
        """What holds now."""
        no_faces = {face for face, mark in self._marks.items() if mark is Kind.NOT_A_FACE}
        barred = self._conflicts.keys() | no_faces
        joined = linked(self._links(), self._names, self._rejected, barred, self._book)
        return State(
            people=dict(self._book.people),
            merged=dict(self._book.merged),
            names={**self._names, **joined.names},
            rejected=dict(self._rejected),
            marks=dict(self._marks),
            must_link=joined.must_link,
            cannot_link=joined.cannot_link,
            mixed=self._mixed(),
            present=self._present(),
            dates=_dates(self._held(Kind.DATE)),
            drawn=self._drawn(),
            notes=self._held(Kind.NOTE),
            checks=[entry for entry in self._checks if self.holds.get(entry.id, True)],
            unplaced=self._unplaced(),
            conflicts=[
                *self._book.conflicts,
                *self._dangling(),
                *(self._conflicts[face] for face in sorted(self._conflicts)),
                *joined.conflicts,
            ],
            contributions=self._contributions.open(self.holds),
        )

    def _take(self, entry: Decision) -> None:
        """Note where the log speaks of what."""
        self._place[entry.id] = len(self.log)
        self.log.append(entry)
        self._of_kind[entry.kind].append(entry)
        self.by_id[entry.id] = entry
        if entry.contributed:
            return
        if entry.evidence == CHECKED and entry.kind in (Kind.NAME, Kind.REJECT):
            self._checks.append(entry)
        for photo in {region.photo for region in entry.faces}:
            self._on_photo[photo].append(entry)
            for person in entry.persons:
                self._on_person[person].add(photo)
        if entry.kind in _ON_PERSONS:
            for person in entry.persons:
                self._naming[person].append(entry)

    def _in_order(self, entries: Iterable[Decision]) -> list[Decision]:
        return sorted(entries, key=lambda entry: self._place[entry.id])

    def _held_or_not(self, *kinds: Kind) -> list[Decision]:
        return self._in_order(entry for kind in kinds for entry in self._of_kind[kind])

    def _held(self, *kinds: Kind) -> list[Decision]:
        """The decisions of these kinds that hold, in the order of the log."""
        return [
            entry
            for entry in self._held_or_not(*kinds)
            if not entry.contributed and self.holds.get(entry.id, True)
        ]

    def _entries(self, identifiers: Iterable[str]) -> list[Decision]:
        return [self.log[self._place[one]] for one in identifiers if one in self._place]

    def _update_persons(self, changed: list[Decision]) -> set[str]:
        """Bring the register up to date; return the photos where that may change something."""
        before = self._book
        if all(entry.kind is Kind.CREATE and entry.id not in self.holds for entry in changed):
            affected = {entry.persons[0] for entry in changed}
            for entry in changed:
                before.create(entry)
        else:
            self._book = register(self._held(*_PERSONAL))
            after = self._book
            affected = {
                person
                for person in self._on_person
                if before.known(person) != after.known(person)
                or before.called(person) != after.called(person)  # which messages repeat
            }
        return {photo for person in affected for photo in self._on_person.get(person, ())}

    def _settle(self, photo: str) -> None:
        """Work out anew what holds of the faces of one photo."""
        for former in self._faces.pop(photo, ()):
            for kept in (self._names, self._rejected, self._marks, self._conflicts):
                kept.pop(former, None)
        entries = [entry for entry in self._on_photo[photo] if self.holds.get(entry.id, True)]
        regions = {entry.id: [r for r in entry.faces if r.photo == photo] for entry in entries}
        boxes = [region.box for found in regions.values() for region in found]
        self._placed[photo] = placed = self.locator.place(photo, boxes)
        (self._lost.add if None in placed.values() else self._lost.discard)(photo)
        faces: dict[int, FaceDecisions] = defaultdict(FaceDecisions)
        for entry in entries:
            for region in regions[entry.id]:
                face = placed[region.box]
                if face is not None:
                    faces[face].take(entry, self._book)
        self._faces[photo] = list(faces)
        for face, verdicts in faces.items():
            self._keep(face, verdicts.settled(face, self._book))

    def _keep(self, face: int, settled: Resolution) -> None:
        if settled.rejected:
            self._rejected[face] = settled.rejected
        if settled.mark is not None:
            self._marks[face] = settled.mark
        if settled.name is not None:
            self._names[face] = settled.name
        if settled.conflict is not None:
            self._conflicts[face] = settled.conflict

    def _face_at(self, region: Region) -> int | None:
        return self._placed[region.photo][region.box]

    def _drawn(self) -> frozenset[int]:
        boxes = (region for entry in self._held(Kind.BOX) for region in entry.faces)
        return frozenset(face for face in map(self._face_at, boxes) if face is not None)

    def _links(self) -> Links:
        links = Links()
        for entry in self._held(Kind.SAME, Kind.DIFFERENT):
            faces = map(self._face_at, entry.faces)
            links.take(entry, [face for face in faces if face is not None])
        return links

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
        return tuple(self._book.now(person) for person in entry.persons)

    def _unplaced(self) -> list[tuple[Decision, Region]]:
        return [
            (entry, region)
            for entry, region in self._on_lost_faces()
            if entry.kind not in (Kind.NOTE, Kind.PRESENT, Kind.DATE)
        ]

    def _on_lost_faces(self) -> list[tuple[Decision, Region]]:
        """What holds of faces that are not found now, in the order of the log."""
        entries = {e.id: e for photo in self._lost for e in self._on_photo[photo]}
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
            for person, entries in self._naming.items()
            if self._book.known(person) is None
            for entry in entries
            if self.holds.get(entry.id, True)
        ]


def _dates(held: Iterable[Decision]) -> dict[str, str]:
    """Photo → date, as EDTF; whoever said it last is right."""
    dates: dict[str, str] = {}
    for entry in held:
        dates |= {region.photo: entry.text for region in entry.faces}
    return {photo: text for photo, text in dates.items() if text}
