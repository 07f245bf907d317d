"""A log that is followed decision by decision comes to the same as one that is read whole."""

import uuid
from collections.abc import Collection
from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.people.conftest import region

from prosopon.people import Decision, DecisionLog, Kind, Places, Region, State, replay
from prosopon.people.decisions import CHECKED, MACHINE
from prosopon.people.face_locator import FaceLocator
from prosopon.people.growing import Growing, Prefix
from prosopon.people.kept_log import from_arrays, to_arrays

FACES = range(10, 18)
KINDS = [kind for kind in Kind if kind is not Kind.FORGET]
EDITS = ({"note": "x"}, {"name": "E"}, {"born": "1871"}, {"born": "1872"}, {"restricted": True})


def person(number: int) -> str:
    """The same identifier each time, so that what fails once fails again."""
    return str(uuid.UUID(int=number))


@st.composite
def logs(draw: st.DrawFn) -> list[Decision]:
    """Decisions of all kinds by several authors on eight faces and four persons."""
    ids = [person(number) for number in range(4)]
    log = [
        Decision("setup", Kind.CREATE, persons=(one,), changes={"name": name})
        for one, name in zip(ids, ("A", "B", "C"), strict=False)  # the last comes later
    ]
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=16)):
        log.append(decision(draw, kind, ids, log))
    return log


def decision(draw: st.DrawFn, kind: Kind, ids: list[str], log: list[Decision]) -> Decision:
    """Some decision of this kind."""
    one, other = draw(st.lists(st.sampled_from(ids), min_size=2, max_size=2, unique=True))
    on = st.lists(st.sampled_from(FACES), min_size=2, max_size=3, unique=True)
    faces = tuple(region(face, draw(st.sampled_from([0.0, 0.03]))) for face in draw(on))
    said: dict[str, Any] = {
        "author": draw(st.sampled_from(["eve", "dan", MACHINE])),
        "kind": kind,
        "contributed": draw(st.integers(0, 9)) == 0 and kind not in (Kind.UNDO, Kind.REDO),
    }
    earlier = (draw(st.sampled_from(log)).id,)
    overruled = earlier if draw(st.integers(0, 4)) == 0 else ()
    match kind:
        case Kind.UNDO | Kind.REDO | Kind.DECLINE:
            return Decision(**said, decisions=earlier)
        case Kind.CREATE:
            return Decision(**said, persons=(one,), changes={"name": "D"})
        case Kind.EDIT:
            changes = draw(st.sampled_from(EDITS))
            return Decision(**said, persons=(one,), changes=changes, decisions=overruled)
        case Kind.MERGE:
            return Decision(**said, persons=(one, other))
        case Kind.SPLIT:
            split = {"name": "split"}
            return Decision(
                **said, faces=faces, persons=(one, person(100 + len(log))), changes=split
            )
        case Kind.NAME | Kind.REJECT:
            persons = (one, other)[: draw(st.integers(1, 2))]
            certainty, evidence = draw(st.sampled_from([(1.0, ""), (0.5, ""), (1.0, CHECKED)]))
            told = {"certainty": certainty, "evidence": evidence, "decisions": overruled}
            return Decision(**said, faces=faces, persons=persons, **told)
        case Kind.PRESENT:
            return Decision(**said, faces=faces[:1], persons=(one,))
        case Kind.DATE:
            return Decision(**said, faces=faces, text=draw(st.sampled_from(["", "1900", "1901"])))
        case Kind.NOTE:
            return Decision(**said, faces=faces[:1], text="a note")
        case _:
            return Decision(**said, faces=faces, decisions=overruled)


@st.composite
def albums(draw: st.DrawFn) -> Places:
    """The faces that are found now: perhaps not all of them."""
    found = draw(st.lists(st.sampled_from(FACES), min_size=4, unique=True).map(sorted))
    regions: list[Region] = [region(face) for face in found]
    boxes = np.array([place.box for place in regions])
    return Places(np.array(found), [place.photo for place in regions], boxes)


@settings(max_examples=120, deadline=None)
@given(logs(), albums(), st.integers(1, 3))
def test_it_comes_to_the_same_as_one_read_whole(
    log: list[Decision], album: Places, step: int
) -> None:
    growing = DecisionLog()
    before = growing.state()
    for start in range(0, len(log), step):
        changes = growing.extend(log[start : start + step], album)
        now = growing.state()
        assert now == replay(log[: start + step], album)
        for mapping in ("names", "rejected", "marks"):
            assert differing(before, now, mapping) <= changes.faces
        assert differing(before, now, "people") <= changes.persons
        before = now
    assert [entry.id for entry in growing.log] == [entry.id for entry in log]


def differing(before: State, now: State, mapping: str) -> set[Any]:
    """Keys of which something else holds now."""
    one, other = getattr(before, mapping), getattr(now, mapping)
    return {key for key in {*one, *other} if one.get(key) != other.get(key)}


def kept(log: DecisionLog, places: Places) -> DecisionLog:
    """The same log, as it is after it was kept in files: nothing is read until it is asked for."""
    entries = list(log.log)

    return from_arrays(
        to_arrays(log),
        lambda which: entries[which.start : which.stop],
        FaceLocator(lambda photos: of_photos(places, photos)),
    )


def of_photos(places: Places, photos: Collection[str]) -> Places:
    """The faces in some photos."""
    rows = [row for row, photo in enumerate(places.photos) if photo in photos]
    there = [places.photos[row] for row in rows]
    return Places(places.face_ids[rows], there, places.boxes[rows])


@settings(max_examples=150, deadline=None)
@given(logs(), albums(), st.integers(0, 20), st.integers(1, 4))
def test_a_log_that_was_kept_goes_on_as_one_that_was_read(
    log: list[Decision], album: Places, length: int, step: int
) -> None:
    read = DecisionLog()
    read.extend(log[:length], album)
    going_on = kept(read, album)
    assert going_on.state() == read.state()
    for start in range(min(length, len(log)), len(log), step):
        before, fresh = going_on.state(), log[start : start + step]
        spoken = {region.photo for entry in fresh for region in entry.faces}
        changes = going_on.extend(fresh, of_photos(album, spoken))
        read.extend(fresh, album)
        now = going_on.state()
        assert now == read.state() == replay(log[: start + step], album)
        for mapping in ("names", "rejected", "marks"):
            assert differing(before, now, mapping) <= changes.faces
    assert list(going_on.log) == log
    for name in ("holds", "names_given", "names_suggested"):
        assert getattr(going_on.outcome, name) == getattr(read.outcome, name)
    assert {entry.id: going_on.by_id[entry.id] for entry in log} == dict(read.by_id)


@settings(max_examples=60, deadline=None)
@given(logs(), albums())
def test_a_state_stays_as_it_was_while_the_log_grows(log: list[Decision], album: Places) -> None:
    growing, kept = DecisionLog(), []
    for number, entry in enumerate(log):
        growing.extend([entry], album)
        kept.append((growing.state(), growing.log, number + 1))
    for state, entries, length in kept:
        assert state == replay(log[:length], album)
        assert list(entries) == log[:length]


@settings(max_examples=60, deadline=None)
@given(logs(), albums())
def test_whatever_is_decided_names_contradict_nothing(log: list[Decision], album: Places) -> None:
    state = replay(log, album)
    disputed = {c.faces[0] for c in state.conflicts if c.message.startswith("face ")}
    for face, who in state.names.items():
        assert set(who.persons) <= set(state.people)
        assert not set(who.persons) & state.rejected.get(face, frozenset())
        assert state.marks.get(face) is not Kind.NOT_A_FACE
        assert face not in disputed
        assert all(face in state.faces_of[person] for person in who.persons)
    assert sum(map(len, state.faces_of.values())) == sum(
        len(who.persons) for who in state.names.values()
    )


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(-100, 500)), max_size=400))
def test_snapshots_of_a_growing_mapping(steps: list[tuple[int, int]]) -> None:
    growing: Growing[int, int] = Growing()
    plain: dict[int, int] = {}
    kept = []
    for key, value in steps:
        if value < 0:
            assert growing.pop(key, None) == plain.pop(key, None)
        else:
            growing[key] = plain[key] = value
        kept.append((growing.snapshot(), dict(plain)))
    assert growing == plain
    assert all(snapshot == then and len(snapshot) == len(then) for snapshot, then in kept[::7])


def test_a_prefix_is_what_a_list_was() -> None:
    whole = list(range(5))
    prefix = Prefix(whole)
    whole.append(9)
    assert prefix == (0, 1, 2, 3, 4)
    assert (prefix[-1], prefix[1:3], prefix[-2:], prefix[::-1][0]) == (4, [1, 2], [3, 4], 4)
    assert list(reversed(prefix)) == [4, 3, 2, 1, 0]


def test_all_fields_are_compared() -> None:
    assert all(field.compare for field in fields(State))
