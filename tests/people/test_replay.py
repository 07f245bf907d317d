"""What holds after decisions, whatever their order, authors and contradictions."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from tests.people.conftest import PHOTOS, region

from prosopon.errors import UsageError
from prosopon.people import Decision, Kind, Places, Region, from_json, replay, to_json
from prosopon.persons import new_person_id

Decide = Callable[..., Decision]
Cast = tuple[list[Decision], list[str]]


def test_a_name_holds_until_its_author_changes_it(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, bob, _) = cast
    first = decide("eve", Kind.NAME, 10, 11, persons=(ann,))
    assert replay([*log, first], places).hard_labels() == {10: ann, 11: ann}
    second = decide("eve", Kind.NAME, 11, persons=(bob,))
    assert replay([*log, first, second], places).hard_labels() == {10: ann, 11: bob}


def test_two_authors_who_disagree_leave_the_face_without_a_name(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, bob, _) = cast
    one = decide("eve", Kind.NAME, 10, persons=(ann,))
    other = decide("dan", Kind.NAME, 10, persons=(bob,))
    state = replay([*log, one, other], places)
    assert state.names == {}
    (conflict,) = state.conflicts
    assert conflict.faces == (10,)
    assert set(conflict.decisions) == {one.id, other.id}
    for word in ("eve", "dan", "Ann", "Bob"):
        assert word in conflict.message


@pytest.mark.parametrize("way", ["overrule", "undo"])
def test_a_conflict_is_settled_only_knowingly(
    way: str, decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, bob, _) = cast
    log += [
        decide("eve", Kind.NAME, 10, persons=(ann,)),
        decide("dan", Kind.NAME, 10, persons=(bob,)),
    ]
    if way == "overrule":
        log.append(decide("dan", Kind.NAME, 10, persons=(bob,), decisions=(log[-2].id,)))
    else:
        log.append(decide("dan", Kind.UNDO, decisions=(log[-2].id,)))
    state = replay(log, places)
    assert state.hard_labels() == {10: bob}
    assert state.conflicts == []


def test_one_of_three_and_rejections_narrow_down(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, bob, cat) = cast
    log.append(decide("eve", Kind.NAME, 10, persons=(ann, bob, cat)))
    state = replay(log, places)
    assert set(state.names[10].persons) == {ann, bob, cat}
    assert not state.names[10].sure
    log.append(decide("dan", Kind.REJECT, 10, persons=(bob,)))
    assert set(replay(log, places).names[10].persons) == {ann, cat}
    log.append(decide("fay", Kind.NAME, 10, persons=(cat, bob), certainty=0.7))
    state = replay(log, places)
    assert state.names[10].persons == (cat,)
    assert state.names[10].certainty == 0.7
    assert state.hard_labels() == {}


def test_a_rejection_by_another_contradicts_a_name(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, *_) = cast
    log.append(decide("eve", Kind.NAME, 10, persons=(ann,)))
    log.append(decide("dan", Kind.REJECT, 10, persons=(ann,)))
    state = replay(log, places)
    assert (state.names, len(state.conflicts)) == ({}, 1)
    log.append(decide("eve", Kind.REJECT, 10, persons=(ann,)))  # convinced
    state = replay(log, places)
    assert (state.names, state.conflicts) == ({}, [])
    assert state.rejected == {10: frozenset({ann})}


def test_marks(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, *_) = cast
    log += [
        decide("eve", Kind.IGNORE, 10),
        decide("eve", Kind.NOT_A_FACE, 11),
        decide("eve", Kind.STATUE, 12),
        decide("eve", Kind.NAME, 12, persons=(ann,)),
    ]
    state = replay(log, places)
    assert state.marks == {10: Kind.IGNORE, 11: Kind.NOT_A_FACE, 12: Kind.STATUE}
    assert state.hard_labels() == {12: ann}
    log.append(decide("dan", Kind.NAME, 10, 11, persons=(ann,)))
    state = replay(log, places)
    assert state.hard_labels() == {10: ann, 12: ann}
    (conflict,) = state.conflicts
    assert conflict.faces == (11,)


def test_an_author_may_think_again_about_a_statue(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, _ = cast
    log += [decide("eve", Kind.NOT_A_FACE, 10), decide("eve", Kind.STATUE, 10)]
    assert replay(log, places).marks == {10: Kind.STATUE}
    log.append(decide("eve", Kind.NOT_A_FACE, 10))
    state = replay(log, places)
    assert (state.marks, state.conflicts) == ({10: Kind.NOT_A_FACE}, [])


def test_same_person_hands_on_the_name(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, bob, _) = cast
    same = decide("eve", Kind.SAME, 10, 11, 12)
    log += [same, decide("eve", Kind.NAME, 11, persons=(ann,))]
    state = replay(log, places)
    assert state.hard_labels() == {10: ann, 11: ann, 12: ann}
    assert state.must_link == [(10, 11), (11, 12)]
    log.append(decide("eve", Kind.NAME, 12, persons=(bob,)))
    state = replay(log, places)
    assert state.hard_labels() == {11: ann, 12: bob}
    assert state.must_link == []
    assert "several names" in state.conflicts[0].message
    assert same.id in state.conflicts[0].decisions


def test_different_persons(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, *_) = cast
    log.append(decide("eve", Kind.DIFFERENT, 10, 11, 12))
    state = replay(log, places)
    assert state.cannot_link == [(10, 11), (10, 12), (11, 12)]
    log.append(decide("dan", Kind.SAME, 10, 11))
    state = replay(log, places)
    assert state.cannot_link == [(10, 12), (11, 12)]
    assert (state.must_link, len(state.conflicts)) == ([], 1)
    log[-1] = decide("dan", Kind.NAME, 10, 11, persons=(ann,))
    state = replay(log, places)
    assert "both Ann" in state.conflicts[0].message
    assert state.cannot_link == [(10, 12), (11, 12)]


def test_a_chain_of_same_contradicts_different(decide: Decide, cast: Cast, places: Places) -> None:
    log, _ = cast
    log += [
        decide("eve", Kind.SAME, 10, 11),
        decide("eve", Kind.SAME, 11, 12),
        decide("dan", Kind.DIFFERENT, 10, 12),
    ]
    state = replay(log, places)
    assert (state.must_link, state.cannot_link) == ([], [])
    (conflict,) = state.conflicts
    assert set(conflict.decisions) == {decision.id for decision in log[-3:]}


def test_undo_redo_and_undo_of_undo(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, *_) = cast
    named = decide("eve", Kind.NAME, 10, persons=(ann,))
    undone = decide("eve", Kind.UNDO, decisions=(named.id,))
    redone = decide("eve", Kind.REDO, decisions=(named.id,))
    again = decide("eve", Kind.UNDO, decisions=(redone.id,))
    last = decide("dan", Kind.UNDO, decisions=(undone.id,))
    log.append(named)
    held = []
    for entry in (None, undone, redone, again, last):
        log += [entry] if entry else []
        held.append(bool(replay(log, places).names))
    assert held == [True, False, True, False, True]


def test_merge_split_and_taking_back(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, bob, cat) = cast
    log += [
        decide("eve", Kind.EDIT, persons=(ann,), changes={"born": "1871", "restricted": True}),
        decide("eve", Kind.NAME, 10, persons=(ann,)),
        decide("eve", Kind.NAME, 11, 12, persons=(bob,)),
        decide("eve", Kind.REJECT, 13, persons=(bob,)),
    ]
    merge = decide("eve", Kind.MERGE, persons=(ann, bob))
    state = replay([*log, merge], places)
    assert state.hard_labels() == {10: ann, 11: ann, 12: ann}
    assert state.rejected == {13: frozenset({ann})}
    assert state.merged == {bob: ann}
    assert set(state.people) == {ann, cat}
    assert state.people[ann].variants == ("Bob",)
    assert state.people[ann].restricted
    new = new_person_id()
    split = decide("dan", Kind.SPLIT, 12, persons=(ann, new), changes={"name": "Ann the younger"})
    state = replay([*log, merge, split], places)
    assert state.hard_labels() == {10: ann, 11: ann, 12: new}
    assert state.people[new].name == "Ann the younger"
    assert state.rejected[12] == frozenset({ann})
    assert state.conflicts == []
    undo = decide("eve", Kind.UNDO, decisions=(merge.id, split.id))
    assert replay([*log, merge, split, undo], places) == replay(log, places)


def test_merging_in_a_circle_ends(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, bob, _) = cast
    log += [
        decide("eve", Kind.MERGE, persons=(ann, bob)),
        decide("dan", Kind.MERGE, persons=(bob, ann)),
    ]
    state = replay(log, places)
    assert state.merged == {bob: ann}


def test_edits_by_two_authors_are_shown_as_a_conflict(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, *_) = cast
    first = decide("eve", Kind.EDIT, persons=(ann,), changes={"name": "Anna"})
    second = decide("dan", Kind.EDIT, persons=(ann,), changes={"name": "Anne"})
    state = replay([*log, first, second], places)
    assert state.people[ann].name == "Anne"
    assert set(state.conflicts[0].decisions) == {first.id, second.id}
    knowing = decide(
        "dan", Kind.EDIT, persons=(ann,), changes={"name": "Anne"}, decisions=(first.id,)
    )
    assert replay([*log, first, second, knowing], places).conflicts == []


def test_decisions_on_persons_who_are_not_there(decide: Decide, places: Places) -> None:
    ghost = new_person_id()
    log = [
        decide("eve", Kind.NAME, 10, persons=(ghost,)),
        decide("eve", Kind.EDIT, persons=(ghost,), changes={"name": "Boo"}),
        decide("eve", Kind.MERGE, persons=(ghost, new_person_id())),
    ]
    state = replay(log, places)
    assert (state.names, state.people) == ({}, {})
    assert len(state.conflicts) == 3
    assert all("not there" in conflict.message for conflict in state.conflicts)


def test_two_persons_may_have_one_name(decide: Decide, places: Places) -> None:
    ids = [new_person_id(), new_person_id()]
    log = [decide("e", Kind.CREATE, persons=(i,), changes={"name": "Jaan Tamm"}) for i in ids]
    assert set(replay(log, places).people) == set(ids)


def test_present_without_a_face_and_notes(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, *_) = cast
    whole = Region(PHOTOS[0], (0, 0, 1, 1))
    log += [
        Decision("eve", Kind.PRESENT, (whole,), (ann,)),
        Decision("eve", Kind.NOTE, (whole,), text="  <script>alert(1)</script>\r\nsecond line "),
    ]
    state = replay(log, places)
    assert state.present == {PHOTOS[0]: [(whole, ann)]}
    assert state.notes[0].text == "<script>alert(1)</script>\nsecond line"
    assert state.unplaced == []


def test_decisions_find_their_faces_after_another_detection(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, *_) = cast
    log.append(decide("eve", Kind.NAME, 10, 14, persons=(ann,)))
    shifted = np.array([0.04, 0.01, 0.02, 0.03])
    again = Places(places.face_ids[1:] + 100, places.photos[1:], places.boxes[1:] + shifted)
    state = replay(log, again)
    assert state.hard_labels() == {114: ann}
    assert [place for _, place in state.unplaced] == [region(10)]


def test_the_same_face_marked_by_two_detectors_is_one(
    decide: Decide, cast: Cast, places: Places
) -> None:
    log, (ann, bob, _) = cast
    log.append(decide("eve", Kind.NAME, 10, persons=(ann,)))
    log.append(Decision("eve", Kind.NAME, (region(10, shift=0.03),), (bob,)))
    assert replay(log, places).hard_labels() == {10: bob}


def test_json_without_loss(decide: Decide, cast: Cast) -> None:
    log, (ann, bob, _) = cast
    log += [
        decide("eve", Kind.NAME, 10, 11, persons=(ann, bob), certainty=0.5, evidence="caption"),
        decide("eve", Kind.EDIT, persons=(ann,), changes={"variants": ["A", "محمد"]}),
        decide("eve", Kind.UNDO, decisions=(log[0].id,)),
    ]
    text = json.dumps([to_json(entry) for entry in log])
    assert [from_json(values) for values in json.loads(text)] == log


@pytest.mark.parametrize(
    "values",
    [
        7,
        {"author": "eve", "kind": "dance"},
        {"author": "eve", "kind": "name"},
        {"author": "", "kind": "note", "text": "x"},
        {"author": "eve", "kind": "note", "text": " "},
        {"author": "eve", "kind": "note", "text": "x" * 30_000},
        {"author": "eve", "kind": "undo"},
        {"author": "eve", "kind": "create person", "persons": [new_person_id()]},
        {"author": "e", "kind": "create person", "persons": ["../.."], "changes": {"name": "A"}},
        {
            "author": "eve",
            "kind": "edit person",
            "persons": [new_person_id()],
            "changes": {"name": "x" * 10_000},
        },
        {"author": "e", "kind": "edit person", "persons": [new_person_id()], "changes": {"id": ""}},
        {"author": "e", "kind": "ignore", "faces": [{"photo": "a" * 64, "box": [0, 0, 1e999, 1]}]},
        {"author": "e", "kind": "ignore", "faces": [{"photo": "a" * 64, "box": [0.5, 0, 0.5, 1]}]},
        {"author": "e", "kind": "ignore", "faces": [{"photo": "../etc", "box": [0, 0, 1, 1]}]},
        {"author": "e", "kind": "note", "text": "x", "certainty": 2},
        {"author": "e", "kind": "note", "text": "x", "at": "2020-01-01T00:00:00"},
    ],
)
def test_what_is_no_decision_is_refused(values: object) -> None:
    with pytest.raises(UsageError):
        from_json(values)
