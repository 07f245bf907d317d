"""A replayed log as arrays, to be kept in files; and the `DecisionLog` that goes on from there.

What faces have is columns of numbers, which are mapped and looked up one by one; all else is text
in JSON. Nothing here is trusted over the log: whoever keeps it notes of which log it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from prosopon.people.decisions import Conflict, Decision, Region
from prosopon.people.face_decisions import Identification
from prosopon.people.face_locator import FaceLocator
from prosopon.people.growing import Chosen, Growing, Stored
from prosopon.people.kinds import kind_of
from prosopon.people.log_index import Arrays, KeptIndex, LogIndex, Read
from prosopon.people.outcome import Outcome
from prosopon.people.pair_constraints import Linked
from prosopon.people.replay import DecisionLog
from prosopon.persons import Person

V = TypeVar("V")
LAYOUT = 1
"""Raised by one whenever a log comes to something else, or that is kept in another way."""
_PLAIN = ("holds", "names_given", "names_suggested", "contributed", "settled_by", "checks")
"""Fields of `Outcome` that JSON can hold as they are."""
_ENTRIES = ("notes", "checks", "contributions")
"""Fields of `State` that are entries of the log."""


def to_arrays(log: DecisionLog) -> dict[str, NDArray[Any]]:
    """All that a log comes to, and where it speaks of what."""
    out = log.outcome
    theirs = [sorted(faces) for faces in out.faces_of.values()]
    said = {
        "plain": {name: getattr(out, name) for name in _PLAIN},
        "people": [_without_empty(asdict(person)) for person in out.people.values()],
        "merged": dict(out.merged),
        "at_odds": [_from_conflict(one) for one in out.at_odds],
        "missing": sorted(out.missing),
        "lost": sorted(out.lost),
        "named": [*out.faces_of],
        "conflicts": [[face, _from_conflict(one)] for face, one in out.conflicts.items()],
        "linked": _from_linked(out.linked),
        "rest": _from_rest(out.rest, {entry.id: place for place, entry in enumerate(log.log)}),
    }
    return {
        **KeptIndex.arrays(log.log),
        **_from_faces("names", out.own_names, _from_identification),
        **_from_faces("rejected", out.rejected, sorted),
        **_from_faces("marks", out.marks, str),
        "faces_of_starts": np.cumsum([0, *map(len, theirs)], dtype=np.int64),
        "faces_of": np.array([face for faces in theirs for face in faces], np.int64),
        "said": _text(said),
    }


def from_arrays(arrays: Arrays, read: Read, locator: FaceLocator) -> DecisionLog:
    """The log that `to_arrays` was given.

    read : gives the entries at places of it. locator : finds faces of photos told of before.

    Raises KeyError, TypeError, ValueError or UsageError for what is damaged.
    """
    index = LogIndex(KeptIndex.loaded(arrays, read))
    said = _said(arrays["said"])
    persons = [Person(**_with_tuples(values)) for values in said["people"]]
    own_names = _to_faces(arrays, "names", _to_identification)
    linked = _to_linked(said["linked"])
    names = Growing(own_names)
    names.update({f: who for f, who in linked.names.items() if f not in own_names})
    outcome = Outcome(
        **said["plain"],
        people=Growing({person.id: person for person in persons}),
        merged=Growing(said["merged"]),
        at_odds=list(map(_to_conflict, said["at_odds"])),
        missing=set(said["missing"]),
        lost=set(said["lost"]),
        own_names=Growing(own_names),
        names=names,
        rejected=Growing(_to_faces(arrays, "rejected", frozenset)),
        marks=Growing(_to_faces(arrays, "marks", kind_of)),
        faces_of=Growing(_faces_of(arrays, said["named"])),
        conflicts={face: _to_conflict(one) for face, one in said["conflicts"]},
        linked=linked,
        rest=_to_rest(said["rest"], index.entries),
    )
    return DecisionLog(index, outcome, locator)


def _text(value: object) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def _said(text: NDArray[np.uint8]) -> Any:
    return json.loads(text.tobytes())


def _from_faces(
    name: str, of_faces: Mapping[int, V], to_json: Callable[[V], object]
) -> dict[str, NDArray[Any]]:
    """Faces, and which of the distinct values each has."""
    found = sorted(of_faces.items(), key=lambda one: one[0])
    distinct = list({id(value): value for _, value in found}.values())
    numbers = {id(value): number for number, value in enumerate(distinct)}
    return {
        f"{name}_faces": np.array([face for face, _ in found], np.int64),
        f"{name}_values": np.array([numbers[id(value)] for _, value in found], np.int32),
        f"{name}_distinct": _text([to_json(value) for value in distinct]),
    }


def _to_faces(arrays: Arrays, name: str, made: Callable[[Any], V]) -> Stored[int, V]:
    faces, which, text = (arrays[f"{name}_{part}"] for part in ("faces", "values", "distinct"))

    @cache
    def distinct() -> list[V]:
        return [made(value) for value in _said(text)]

    def find(face: int) -> V | None:
        row = int(np.searchsorted(faces, face))
        return distinct()[which[row]] if row < len(faces) and faces[row] == face else None

    def everything() -> dict[int, V]:
        values = distinct()
        return dict(zip(faces.tolist(), (values[one] for one in which.tolist()), strict=True))

    return Stored(len(faces), find, everything)


def _faces_of(arrays: Arrays, persons: Sequence[str]) -> Stored[str, frozenset[int]]:
    number = {person: place for place, person in enumerate(persons)}
    starts, faces = arrays["faces_of_starts"], arrays["faces_of"]

    def find(person: str) -> frozenset[int] | None:
        place = number.get(person)
        if place is None:
            return None
        return frozenset(faces[starts[place] : starts[place + 1]].tolist())

    def everything() -> dict[str, frozenset[int]]:
        return {one: find(one) or frozenset() for one in persons}

    return Stored(len(persons), find, everything)


def _from_identification(who: Identification) -> object:
    return who.persons, who.certainty, who.decisions, who.by_machine


def _to_identification(said: Sequence[Any]) -> Identification:
    persons, certainty, decisions, by_machine = said
    return Identification(tuple(persons), certainty, tuple(decisions), by_machine)


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", (), False)}


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}


def _from_conflict(one: Conflict) -> dict[str, Any]:
    return _without_empty(asdict(one))


def _to_conflict(said: Mapping[str, Any]) -> Conflict:
    values = _with_tuples(said)
    told = ((author, kind_of(kind), tuple(names)) for author, kind, names in said.get("said", ()))
    return Conflict(**{**values, "said": tuple(told)})


def _from_linked(linked: Linked) -> dict[str, Any]:
    return {
        "must_link": linked.must_link,
        "cannot_link": linked.cannot_link,
        "names": [[face, _from_identification(who)] for face, who in linked.names.items()],
        "conflicts": [_from_conflict(one) for one in linked.conflicts],
    }


def _to_linked(said: Mapping[str, Any]) -> Linked:
    return Linked(
        [(one, other) for one, other in said["must_link"]],
        [(one, other) for one, other in said["cannot_link"]],
        {face: _to_identification(who) for face, who in said["names"]},
        list(map(_to_conflict, said["conflicts"])),
    )


def _from_rest(rest: Mapping[str, Any], place: Mapping[str, int]) -> dict[str, Any]:
    return {
        **{name: [place[entry.id] for entry in rest[name]] for name in _ENTRIES},
        "mixed": rest["mixed"],
        "dates": rest["dates"],
        "drawn": sorted(rest["drawn"]),
        "present": [
            [photo, [[region.box, person] for region, person in found]]
            for photo, found in rest["present"].items()
        ],
        "unplaced": [
            [place[entry.id], entry.faces.index(region)] for entry, region in rest["unplaced"]
        ],
    }


def _to_rest(said: Mapping[str, Any], entries: Sequence[Decision]) -> dict[str, Any]:
    def chosen(places: Sequence[int]) -> Chosen[Decision]:
        return Chosen(len(places), lambda number: entries[places[number]])

    def unplaced(number: int) -> tuple[Decision, Region]:
        place, face = said["unplaced"][number]
        return entries[place], entries[place].faces[face]

    return {
        **{name: chosen(said[name]) for name in _ENTRIES},
        "mixed": said["mixed"],
        "dates": said["dates"],
        "drawn": frozenset(said["drawn"]),
        "present": {
            photo: [(Region(photo, tuple(box)), person) for box, person in found]
            for photo, found in said["present"]
        },
        "unplaced": Chosen(len(said["unplaced"]), unplaced),
    }
