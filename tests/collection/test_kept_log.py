"""A log that was kept beside the collection is never believed over the log itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.people.test_growing_log import person

from prosopon import config
from prosopon.collection import Collection, following, kept_log
from prosopon.people import Decision, Kind, to_json
from prosopon.store import Store, columns, decisions, open_store

pytestmark = pytest.mark.models
OFFICE = "Ada"


@pytest.fixture
def store(collection: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A small collection whose log is kept all the same, and read from what was kept."""
    monkeypatch.setattr(kept_log, "LONG", 1)
    monkeypatch.setattr(kept_log, "FEW", 1.0)
    with open_store(str(collection), create=False) as opened:
        yield opened


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was read of the log to be replayed."""
    found: list[object] = []
    real = following.from_json

    def note(said: object) -> Decision:
        found.append(said)
        return real(said)

    monkeypatch.setattr(following, "from_json", note)
    return found


def opened(store: Store) -> Collection:
    """The collection as another program opens it."""
    return Collection(store, config.load(collection=store.name))


def decide(store: Store) -> None:
    """Name some faces, take one back, merge."""
    people = opened(store).people.by(OFFICE)
    ids = opened(store).view.faces.face_ids.tolist()
    people.name(ids[:3], "Anna")
    people.name(ids[3:5], "Bert")
    people.name(ids[5:6], "Carl")
    people.mark(ids[6:8], "same person")
    people.undo()
    people.merge("Anna", "Carl")


def assert_same(one: Collection, other: Collection) -> None:
    """Two programs see the same."""
    assert one.view.state == other.view.state
    assert list(one.view.log) == list(other.view.log)
    assert one.people.log() == other.people.log()
    assert one.people.list() == other.people.list()
    for column in ("who", "doubtful", "withheld", "set_aside"):
        ours, theirs = getattr(one.view, column), getattr(other.view, column)
        np.testing.assert_array_equal(ours, theirs, column)


def replayed(store: Store, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The collection by its log alone."""
    with monkeypatch.context() as patched:
        patched.setattr(kept_log, "load", lambda *_: None)
        found = opened(store)
        assert found.view.log
    return found


def test_only_what_came_since_is_replayed(
    store: Store, parsed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(store)
    length = opened(store).view.length  # kept now
    parsed.clear()
    assert_same(opened(store), replayed(store, monkeypatch))
    assert len(parsed) == length, "only the second has read the log"
    other = opened(store)
    people = other.people.by(OFFICE)
    faces = other.view.faces.face_ids.tolist()
    parsed.clear()
    people.name(faces[2:4], "Bert")  # that one was Anna's
    people.undo(2, 4)
    people.change("Anna", born="1871")
    added = other.view.length - length
    assert len(parsed) == added > 2
    assert_same(other, replayed(store, monkeypatch))
    parsed.clear()
    assert_same(opened(store), other)
    assert len(parsed) == 0, "it was kept anew when all was replayed"


def test_another_log_of_the_same_length_is_noticed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(store)
    before = opened(store).view.length
    with closing(sqlite3.connect(store.name)) as database:  # as an earlier backup has it
        database.execute("DELETE FROM decisions WHERE id > ?", (before - 1,))
        database.execute(
            "UPDATE sqlite_sequence SET seq = ? WHERE name = 'decisions'", (before - 1,)
        )
        database.commit()
    made = Decision(OFFICE, Kind.CREATE, persons=(person(9),), changes={"name": "Dora"})
    with store.begin(same_version=True) as connection:
        decisions.append(connection, [to_json(made)])
    view = opened(store).view
    assert view.length == before and "Dora" in [one.name for one in view.persons]


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_damaged_files_are_not_believed(
    store: Store, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(store)
    assert opened(store).view.log
    file = store.cache / "columns-log" / "said.npy"
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        wrong = content[:-30] if damage == "cut" else content.replace(b"Anna", b"Anne")
        assert wrong != content
        file.write_bytes(wrong)
    assert_same(opened(store), replayed(store, monkeypatch))


@pytest.mark.parametrize("name", ["numbers", "last", "who", "said"])
def test_files_that_hold_nothing_are_not_believed(
    name: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(store)
    assert opened(store).view.length  # kept now
    real = columns.load_log

    def emptied(*given: Any) -> columns.Arrays | None:
        arrays = real(*given)
        return arrays and {**arrays, name: arrays[name][:0]}

    with monkeypatch.context() as patched:
        patched.setattr(columns, "load_log", emptied)
        found = opened(store)
        assert found.view.length
    assert_same(found, replayed(store, monkeypatch))
