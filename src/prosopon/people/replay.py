"""Decisions → what holds now: names, links, marks, persons; and where decisions disagree.

Several authors work on one collection. An author's later decision on a face replaces that author's
earlier one. Between authors nothing is replaced: where they can't both be right the face has no
name and a `Conflict` says so, until one is undone or a later decision lists the ones that it
overrules. Two that can both be right are taken together: "one of these three" and "this one".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from prosopon.geometry.matching import match_boxes
from prosopon.people.decisions import Conflict, Decision, Kind, Region, active
from prosopon.people.links import Links, linked
from prosopon.people.register import Register, dangling, register
from prosopon.people.verdicts import Identification, Verdicts
from prosopon.persons import Person
from prosopon.records import Float32, Int64


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The faces that are known now, and where they are."""

    face_ids: Int64
    """(n,)"""
    photos: Sequence[str]
    """(n,) SHA-256."""
    boxes: Float32
    """(n, 4) x1, y1, x2, y2 as fractions of the photo's size."""


@dataclass(frozen=True, slots=True)
class State:
    """What holds after all decisions. Faces are face ids, persons identifiers."""

    people: Mapping[str, Person]
    """Without those merged into others."""
    merged: Mapping[str, str]
    """Person merged away → of whom that one is now a part."""
    names: dict[int, Identification] = field(default_factory=dict)
    rejected: dict[int, frozenset[str]] = field(default_factory=dict)
    """Persons that a face is not."""
    marks: dict[int, Kind] = field(default_factory=dict)
    """IGNORE, NOT_A_FACE or STATUE."""
    must_link: list[tuple[int, int]] = field(default_factory=list)
    cannot_link: list[tuple[int, int]] = field(default_factory=list)
    present: dict[str, list[tuple[Region, str]]] = field(default_factory=dict)
    """Photo → where persons are who show no face."""
    notes: list[Decision] = field(default_factory=list)
    unplaced: list[tuple[Decision, Region]] = field(default_factory=list)
    """Decisions on faces that are not found now, boxes drawn by hand among them."""
    conflicts: list[Conflict] = field(default_factory=list)

    def hard_labels(self) -> dict[int, str]:
        """Face → person, for what is sure."""
        return {face: who.persons[0] for face, who in self.names.items() if who.sure}


def replay(log: Iterable[Decision], places: Places) -> State:
    """What holds after all decisions of `log`, told of the faces that are known now.

    Only the faces of photos that the log speaks of need be among `places`.
    """
    decisions = active(log)
    book = register(decisions)
    state = State(book.people, book.merged, conflicts=book.conflicts)
    faces: dict[int, Verdicts] = defaultdict(Verdicts)
    links = Links()
    found = place((region for decision in decisions for region in decision.faces), places)
    for decision in decisions:
        _take_aside(decision, book, state)
        known = []
        for region in decision.faces:
            face = found[region]
            if face is not None:
                faces[face].take(decision, book)
                known.append(face)
            elif decision.kind not in (Kind.PRESENT, Kind.NOTE):
                state.unplaced.append((decision, region))
        links.take(decision, known)
    for face, verdicts in faces.items():
        _settle(face, verdicts, book, state)
    joined = linked(links, state.names, state.rejected, book)
    state.names.update(joined.names)
    state.must_link.extend(joined.must_link)
    state.cannot_link.extend(joined.cannot_link)
    state.conflicts.extend(joined.conflicts)
    return state


def place(regions: Iterable[Region], places: Places) -> dict[Region, int | None]:
    """The face at each region, None where none is."""
    wanted: dict[str, set[Region]] = defaultdict(set)
    for region in regions:
        wanted[region.photo].add(region)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, photo in enumerate(places.photos):
        if photo in wanted:
            rows[photo].append(row)
    found: dict[Region, int | None] = {}
    for photo, asked in wanted.items():
        ordered = sorted(asked)
        here = np.array(rows[photo], np.int64)
        boxes = np.array([region.box for region in ordered], np.float32)
        for region, row in zip(ordered, match_boxes(boxes, places.boxes[here]), strict=True):
            found[region] = int(places.face_ids[here[row]]) if row >= 0 else None
    return found


def _take_aside(decision: Decision, book: Register, state: State) -> None:
    """Take what is on no face in particular, and note persons who are not there."""
    if decision.kind is Kind.NOTE:
        state.notes.append(decision)
    elif decision.kind is Kind.PRESENT:
        (region,) = decision.faces
        for person in decision.persons:
            state.present.setdefault(region.photo, []).append((region, book.now(person)))
    if decision.kind in (Kind.NAME, Kind.REJECT, Kind.PRESENT, Kind.SPLIT):
        for person in decision.persons:
            if book.now(person) not in book.people:
                state.conflicts.append(dangling(decision, person))


def _settle(face: int, verdicts: Verdicts, book: Register, state: State) -> None:
    settled = verdicts.settled(face, book)
    if settled.rejected:
        state.rejected[face] = settled.rejected
    if settled.mark is not None:
        state.marks[face] = settled.mark
    if settled.name is not None:
        state.names[face] = settled.name
    if settled.conflict is not None:
        state.conflicts.append(settled.conflict)
