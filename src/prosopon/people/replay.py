"""Decisions → what holds now: names, links, marks, persons; and where decisions disagree.

Several authors work on one collection. An author's later decision on a face replaces that author's
earlier one. Between authors nothing is replaced: where they can't both be right the face has no
name and a `Conflict` says so, until one is undone or a later decision lists the ones that it
overrules. Two that can both be right are taken together: "one of these three" and "this one".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from prosopon.people.contributions import Contributions
from prosopon.people.decisions import CHECKED, Box, Conflict, Decision, Region, holding
from prosopon.people.face_decisions import FaceDecisions, Resolution
from prosopon.people.face_locator import FaceLocator, Places
from prosopon.people.growing import Prefix
from prosopon.people.kinds import Kind
from prosopon.people.log_index import LogIndex
from prosopon.people.outcome import Outcome
from prosopon.people.pair_constraints import Links, linked
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

    def __init__(
        self,
        index: LogIndex | None = None,
        outcome: Outcome | None = None,
        locator: FaceLocator | None = None,
    ) -> None:
        """index, outcome : of what is taken already; see `people.kept_log`."""
        self._index = index or LogIndex()
        self.outcome = outcome or Outcome()
        self.locator = locator or FaceLocator()
        self._book = PersonBook(self.outcome, self._index.on_person)
        self._registry = self._book.registry
        self._contributions = Contributions(self.outcome, self._index.entries)
        self._placed: dict[str, dict[Box, int | None]] = {}
        """Photo → the face at each box that decisions speak of."""
        self._faces: dict[str, list[int]] = {}
        """Photo → faces that decisions speak of."""
        self._alone: dict[str, Resolution] = {}
        """Decision → what it comes to for a face of which nothing else speaks."""
        if outcome is None:
            self._work_out_rest(frozenset(Kind), lost=True, checks=True)

    @property
    def log(self) -> Prefix[Decision]:
        """All entries so far."""
        return Prefix(self._index.entries)

    @property
    def by_id(self) -> Mapping[str, Decision]:
        """The same by identifier."""
        return self._index.by_id

    def extend(self, entries: Iterable[Decision], places: Places) -> Changes:
        """Take the next entries of the log.

        places : the faces in the photos that the entries speak of; those of photos told of before
            may be left out.
        """
        fresh = list(entries)
        self.locator.add(places)
        for entry in fresh:
            self._take(entry)
        changed = [entry for entry in fresh if not entry.contributed] + self._turned(fresh)
        touched = {region.photo for entry in changed for region in entry.faces}
        persons: set[str] = set()
        personal = [entry for entry in changed if entry.kind in PERSONAL]
        if personal:
            persons, moved = self._book.update(personal, self._held_of)
            told = (entry for one in moved for entry in self._index.on_person(one))
            touched.update(region.photo for entry in told for region in entry.faces)
        self._look_for_missing(persons.union(*(entry.persons for entry in changed)))
        lost = not self.outcome.lost.isdisjoint(touched)
        self.locator.look_up(touched)
        self._alone.clear()
        faces = {face for photo in touched for face in self._settle(photo)}
        kinds = {entry.kind for entry in changed}
        kinds |= {entry.kind for photo in touched for entry, _ in self._index.on_photo(photo)}
        lost = lost or not self.outcome.lost.isdisjoint(touched)
        self._work_out_rest(kinds, lost, checks=any(map(_is_check, changed)))
        if not kinds.isdisjoint(_LINKS):
            faces |= self._link()
        if any(entry.contributed or entry.decisions for entry in fresh):
            self.outcome.rest["contributions"] = self._contributions.open()
        self._name(faces)
        return Changes(faces, persons)

    def state(self) -> State:
        """What holds now."""
        out = self.outcome
        return State(
            people=out.people.snapshot(),
            merged=out.merged.snapshot(),
            names=out.names.snapshot(),
            rejected=out.rejected.snapshot(),
            marks=out.marks.snapshot(),
            faces_of=out.faces_of.snapshot(),
            must_link=out.linked.must_link,
            cannot_link=out.linked.cannot_link,
            conflicts=self._all_conflicts(),
            **out.rest,
        )

    def _take(self, entry: Decision) -> None:
        """Note where the log speaks of what."""
        self._contributions.take(entry, len(self._index.entries))
        self._index.add(entry)
        if "name" in entry.changes and (entry.kind.makes_a_person or not entry.contributed):
            out = self.outcome
            names = out.names_suggested if entry.contributed else out.names_given
            names[entry.persons[-1]] = entry.changes["name"]
        if _is_check(entry):
            self.outcome.checks.append(self._index.place(entry.id))

    def _turned(self, fresh: list[Decision]) -> list[Decision]:
        """Earlier decisions that don't hold any more, or hold again, because of the fresh ones."""
        if not any(entry.kind in (Kind.UNDO, Kind.REDO) for entry in fresh):
            return []
        out, index = self.outcome, self._index
        before, out.holds = out.holds, holding(index.of_kinds(Kind.UNDO, Kind.REDO))
        told = {entry.id for entry in fresh}
        turned = (
            index.by_id.get(one)
            for one in (before.keys() | out.holds.keys()) - told
            if before.get(one, True) != out.holds.get(one, True)
        )
        return [entry for entry in turned if entry is not None and not entry.contributed]

    def _held_of(self, entries: Iterable[Decision]) -> list[Decision]:
        """Those of the decisions that hold, in the order of the log."""
        holds = self.outcome.holds
        return self._index.in_order(
            entry for entry in entries if not entry.contributed and holds.get(entry.id, True)
        )

    def _held(self, *kinds: Kind) -> list[Decision]:
        """The decisions of these kinds that hold, in the order of the log."""
        return self._held_of(self._index.of_kinds(*kinds))

    def _look_for_missing(self, persons: Iterable[str]) -> None:
        for person in persons:
            if self._registry.known(person) is None and self._on_who_is_there(person):
                self.outcome.missing.add(person)
            else:
                self.outcome.missing.discard(person)

    def _on_who_is_there(self, person: str) -> list[Decision]:
        """Decisions that only make sense while a person is there."""
        return [entry for entry in self._index.on_person(person) if entry.kind in _ON_PERSONS]

    def _settle(self, photo: str) -> set[int]:
        """Work out anew what holds of the faces of one photo; return those before and now."""
        out = self.outcome
        former = self._faces.pop(photo, None)
        if former is None:  # nothing was decided yet; or it is kept, but not of which faces
            former = self.locator.faces_in(photo) if self._index.is_kept else []
        for face in former:
            out.own_names.pop(face, None)
            out.conflicts.pop(face, None)
            out.rejected.pop(face, None)
            out.marks.pop(face, None)
        self._placed.pop(photo, None)
        placed = self._placed_in(photo)
        (out.lost.add if None in placed.values() else out.lost.discard)(photo)
        faces: dict[int, list[Decision]] = defaultdict(list)
        for entry, there in self._held_on(photo):
            for region in there:
                found = placed[region.box]
                if found is not None:
                    faces[found].append(entry)
        self._faces[photo] = list(faces)
        for face, told in faces.items():
            self._keep(face, self._resolved(face, told))
        return {*former, *faces}

    def _held_on(self, photo: str) -> list[tuple[Decision, list[Region]]]:
        holds = self.outcome.holds
        return [one for one in self._index.on_photo(photo) if holds.get(one[0].id, True)]

    def _placed_in(self, photo: str) -> dict[Box, int | None]:
        """The face at each box of a photo that decisions speak of."""
        if photo not in self._placed:
            boxes = [region.box for _, there in self._held_on(photo) for region in there]
            self._placed[photo] = self.locator.place(photo, boxes)
        return self._placed[photo]

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
        out = self.outcome
        if settled.rejected:
            out.rejected[face] = settled.rejected
        if settled.mark is not None:
            out.marks[face] = settled.mark
        if settled.name is not None:
            out.own_names[face] = settled.name
        if settled.conflict is not None:
            out.conflicts[face] = settled.conflict

    def _link(self) -> set[int]:
        """Bring pairs and names together anew; return the faces of which that may change
        something.
        """
        links, out = Links(), self.outcome
        for entry in self._held(*_LINKS):
            places = map(self._face_at, entry.faces)
            links.take(entry, [face for face in places if face is not None])
        spoken = {face for pair in links.said for face in pair}
        no_faces = {face for face in spoken if out.marks.get(face) is Kind.NOT_A_FACE}
        barred = out.conflicts.keys() | no_faces
        before = out.linked
        out.linked = linked(links, out.own_names, out.rejected, barred, self._registry)
        both = (before, out.linked)
        return {face for one in both for at_odds in one.conflicts for face in at_odds.faces}.union(
            *(one.names for one in both)
        )

    def _name(self, faces: Iterable[int]) -> None:
        """Note who faces are now."""
        out = self.outcome
        gone: dict[str, set[int]] = defaultdict(set)
        come: dict[str, set[int]] = defaultdict(set)
        for face in faces:
            before = out.names.pop(face, None)
            now = out.own_names.get(face) or out.linked.names.get(face)
            for person in before.persons if before else ():
                gone[person].add(face)
            if now is not None:
                out.names[face] = now
                for person in now.persons:
                    come[person].add(face)
        for person in gone.keys() | come.keys():
            left = out.faces_of.pop(person, frozenset()) - gone[person] | come[person]
            if left:
                out.faces_of[person] = left

    def _work_out_rest(self, kinds: Set[Kind], lost: bool, checks: bool) -> None:
        """Bring the fields up to date that come from these kinds of decisions, and, where `lost`,
        from those on faces that are not found now; where `checks`, what was drawn at random.
        """
        rest = self.outcome.rest
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
        if checks:
            entries = self._index.entries
            rest["checks"] = self._held_of(entries[place] for place in self.outcome.checks)
        rest.setdefault("contributions", [])

    def _all_conflicts(self) -> list[Conflict]:
        of_persons = [*self.outcome.at_odds, *self._dangling()]
        of_persons.sort(key=lambda one: (max(map(self._index.place, one.decisions)), one.persons))
        of_faces = (self.outcome.conflicts[face] for face in sorted(self.outcome.conflicts))
        return [*of_persons, *of_faces, *self.outcome.linked.conflicts]

    def _face_at(self, region: Region) -> int | None:
        return self._placed_in(region.photo)[region.box]

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
        entries = {e.id: e for photo in self.outcome.lost for e, _ in self._index.on_photo(photo)}
        return [
            (entry, region)
            for entry in self._index.in_order(entries.values())
            if self.outcome.holds.get(entry.id, True)
            for region in entry.faces
            if region.photo in self.outcome.lost and self._face_at(region) is None
        ]

    def _dangling(self) -> list[Conflict]:
        """Decisions on persons who are not there."""
        return [
            dangling(entry, person)
            for person in self.outcome.missing
            for entry in self._held_of(self._on_who_is_there(person))
        ]


def _is_check(entry: Decision) -> bool:
    named = entry.kind in (Kind.NAME, Kind.REJECT)
    return named and entry.evidence == CHECKED and not entry.contributed


def _dates(held: Iterable[Decision]) -> dict[str, str]:
    """Photo → date, as EDTF; whoever said it last is right."""
    dates: dict[str, str] = {}
    for entry in held:
        dates |= {region.photo: entry.text for region in entry.faces}
    return {photo: text for photo, text in dates.items() if text}
