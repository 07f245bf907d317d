"""Forgetting: what is left of the log, and the bytes of a collection's files."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.people.conftest import region
from typer.testing import CliRunner

import prosopon
from prosopon import config
from prosopon.cli.app import app, load_verbs
from prosopon.collection import Collection, kept_log
from prosopon.collection.selection import FaceSelection
from prosopon.errors import ProsoponError, UsageError
from prosopon.people import Decision, Kind, Places, Region, replay
from prosopon.people.forgetting import forget
from prosopon.persons import new_person_id
from prosopon.store import Store, faces, forgotten, open_store
from prosopon.store.current import current
from prosopon.store.database import recall
from prosopon.store.thumbnails import Thumbnails

Decide = Callable[..., Decision]
Cast = tuple[list[Decision], list[str]]
NAME = "Anna-Liisa Õunapuu"


def after(
    log: list[Decision], person: str, *gone: Region, names: tuple[str, ...] = ()
) -> list[Decision]:
    changed = forget(log, {person}, lambda place: place in gone, names)
    assert all(identifier == left.id for identifier, left in changed.items())
    return [changed.get(entry.id, entry) for entry in log]


def test_of_the_log_only_the_others_are_left(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, bob, cat) = cast
    log += [
        decide("eve", Kind.NAME, 10, 11, persons=(ann,), evidence="Ann's album"),
        decide("eve", Kind.NAME, 12, persons=(bob,), evidence="beside ANN on the bench"),
        decide("eve", Kind.REJECT, 17, persons=(ann, cat)),
        decide("eve", Kind.NAME, 13, persons=(ann, bob)),
        decide("eve", Kind.SAME, 10, 11, 14, 15),
        decide("eve", Kind.DIFFERENT, 10, 14),
        decide("eve", Kind.EDIT, persons=(ann,), changes={"name": "Anne"}),
        decide("eve", Kind.NOTE, 12, text="ann: with hat"),
        decide("eve", Kind.NOTE, 12, text="annual meeting"),
        decide("eve", Kind.IGNORE, 11, 16),
        decide("eve", Kind.MERGE, persons=(bob, cat)),
    ]
    left = after(log, ann, region(10), region(11), names=("Ann",))
    text = repr(left)
    assert ann not in text
    assert "Ann" not in text and "ANN" not in text and "with hat" not in text
    assert repr(region(10)) not in text and repr(region(11)) not in text
    assert [(entry.id, entry.author, entry.at) for entry in left] == [
        (entry.id, entry.author, entry.at) for entry in log
    ]
    state = replay(left, places)
    assert set(state.people) == {bob}
    assert state.hard_labels() == {12: bob}
    assert 13 not in state.names  # "Ann or Bob" does not become "Bob"
    assert state.rejected == {17: frozenset({bob})}  # cat is bob now
    assert state.must_link == [(14, 15)]
    assert state.marks == {16: Kind.IGNORE}
    assert [note.text for note in state.notes] == ["annual meeting"]


def test_whoever_was_split_off_stays(decide: Decide, cast: Cast, places: Places) -> None:
    log, (ann, *_) = cast
    new = new_person_id()
    log += [
        decide("eve", Kind.NAME, 10, 11, persons=(ann,)),
        decide("eve", Kind.SPLIT, 11, persons=(ann, new), changes={"name": "Mari"}),
    ]
    state = replay(after(log, ann, region(10)), places)
    assert state.hard_labels() == {11: new}
    assert (state.conflicts, new in state.people) == ([], True)
    state = replay(after(log, new, region(11)), places)
    assert state.hard_labels() == {10: ann}


@pytest.fixture
def store(collection: Path) -> Iterator[Store]:
    with open_store(str(collection), create=False) as opened:
        yield opened


@pytest.fixture
def opened(store: Store) -> Collection:
    return Collection(store, config.load(collection=store.name))


def bytes_of(store: Store) -> bytes:
    """Of every file of the collection."""
    database = Path(store.name)
    files = [file for file in database.parent.glob(f"{database.name}*") if file.is_file()]
    files += [file for file in store.cache.rglob("*") if file.is_file()]
    assert database in files
    return b"".join(file.read_bytes() for file in files)


def stored(store: Store, faces_wanted: list[int]) -> list[bytes]:
    """Vectors, and the middles of thumbnails, as they are in the files."""
    with store.read() as connection:
        chosen = current(store, connection)
        vectors = faces.load_embeddings(connection, chosen.embedder, chosen.detector_id)
    rows = np.isin(vectors.face_ids, faces_wanted)
    pictures = Thumbnails(store.cache).get(faces_wanted)
    middles = [jpeg[len(jpeg) // 2 :][:40] for jpeg in pictures.values()]
    return [vector.tobytes() for vector in vectors.vectors[rows]] + middles


def boxes_of(store: Store) -> list[str]:
    """As they stand in the log."""
    with closing(sqlite3.connect(store.name)) as database:
        log = [json.loads(row[0]) for row in database.execute("SELECT content FROM decisions")]
    return [json.dumps(face["box"])[1:-1] for entry in log for face in entry.get("faces", ())]


def fill(opened: Collection) -> tuple[str, list[int], list[int]]:
    """Name some faces; gives the person's identifier, the faces, and others."""
    ids = opened.view.faces.face_ids.tolist()
    mine, others = ids[:4], ids[4:]
    anna = opened.people.by("Ada").name(FaceSelection(mine, others[:1]), NAME).person
    opened.people.by("Ada").change(
        anna, **{"variants": ("Änni 'the quick'",), "born": "1871-02-03"}
    )
    opened.people.by("Ada").name(others[:2], "Bob")
    opened.people.by("Ben").mark([*mine[:2], others[3]], Kind.SAME)
    opened.people.by("Ben").note(mine[:1], "in the garden, 1899")
    opened.thumbnails(ids)
    opened.cluster()
    return anna, mine, others


@pytest.mark.models
@pytest.mark.parametrize("restricted", [False, True])
def test_no_byte_of_a_person_is_left(
    restricted: bool, opened: Collection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, mine, others = fill(opened)
    if restricted:
        opened.people.by("Ada").change(anna, **{"restricted": True})
    monkeypatch.setattr(kept_log, "LONG", 1)  # as where much was decided
    assert Collection(store, opened.settings).view.log
    (kept,) = store.cache.glob("columns-log/said.npy")
    assert anna.encode() in kept.read_bytes()
    traces = stored(store, mine)
    linked = others[3]  # said to be the same person, hence named
    traces += stored(store, [linked])
    texts = [NAME, json.dumps(NAME)[1:-1], anna, "the quick", "1871-02-03", "in the garden"]
    traces += [text.encode() for text in texts]
    traces += [box.encode() for box in boxes_of(store)[:4]]
    before = bytes_of(store)
    assert sum(trace in before for trace in traces) >= len(traces) - 1  # one spelling of the name
    stay = stored(store, others[4:])
    dry = opened.forget(anna, author="Eve", dry_run=True)
    assert bytes_of(store) == before
    done = opened.forget(anna, author="Eve")
    assert done.faces == dry.faces == 5
    assert done.searched > 10
    left = bytes_of(store)
    assert [trace for trace in traces if trace in left] == []
    assert all(trace in left for trace in stay)
    now = opened.view  # the one that was open meanwhile
    assert [person.name for person in now.persons] == ["Bob"]
    assert not set(now.faces.face_ids.tolist()) & {*mine, linked}
    kinds = [entry.kind for entry in opened.decisions]
    assert kinds.count(Kind.FORGET) >= 3
    assert opened.decisions[-1].author == "Eve"
    opened.cluster()
    assert now.state.conflicts == []


@pytest.mark.models
def test_no_byte_of_a_photograph_is_left(opened: Collection, store: Store, tmp_path: Path) -> None:
    fill(opened)
    found = opened.view.faces
    photo = opened.view.photo(int(found.photo_ids[0]))
    assert photo is not None
    inside = found.face_ids[found.photo_ids == found.photo_ids[0]].tolist()
    opened.people.by("Ada").present("Bob", int(found.photo_ids[0]))
    traces = [*stored(store, inside), photo.sha256.encode(), photo.path.encode()]
    assert all(trace in bytes_of(store) for trace in traces)
    done = opened.forget(photo=Path(photo.path), author="Eve")
    assert done.faces == len(inside)
    assert not any(trace in bytes_of(store) for trace in traces)
    assert Path(photo.path).exists()
    opened.report(tmp_path / "report.html")
    with pytest.raises(UsageError, match="not a photograph"):
        opened.forget(photo=Path(photo.path), author="Eve")


@pytest.mark.models
def test_other_detections_of_the_same_face_go_as_well(opened: Collection, store: Store) -> None:
    anna, mine, _ = fill(opened)
    with store.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO detectors (id, model, settings) SELECT 77, model, 'other' FROM detectors"
        )
        connection.exec_driver_sql(
            "INSERT INTO faces (photo_id, detector_id, x1, y1, x2, y2, landmarks, score) "
            "SELECT photo_id, 77, x1 + 2, y1 - 1, x2 + 1, y2, landmarks, score FROM faces "
            f"WHERE id IN ({mine[0]}, {mine[-1] + 2})"
        )
    assert opened.forget(anna, author="Eve").faces == 6
    with store.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM faces WHERE detector_id = 77")
        assert left.scalar() == 1


KILLED = """
import os, signal, sys
import prosopon
from prosopon.store import forgotten
forgotten.finish = lambda store: os.kill(os.getpid(), signal.SIGKILL)
prosopon.open(sys.argv[1]).forget(sys.argv[2], author="Eve")
"""


@pytest.mark.models
def test_killed_after_the_commit_it_is_finished_at_the_next_opening(
    opened: Collection, store: Store
) -> None:
    anna, mine, _ = fill(opened)
    pictures = stored(store, mine)[len(mine) :]
    assert len(pictures) == 4
    with open_store(store.name):  # as one program leaves it to the next
        pass
    store.__exit__()
    command = [sys.executable, "-c", KILLED, store.name, anna]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert all(picture in bytes_of(store) for picture in pictures)  # what has to be finished
    with prosopon.open(store.name) as after:
        left = bytes_of(store)
        assert not any(picture in left for picture in [*pictures, anna.encode()])
        assert not list(store.cache.glob("graph-*"))
        assert not set(after.view.faces.face_ids.tolist()) & set(mine)
    with store.read() as connection:
        assert recall(connection, forgotten.UNFINISHED) is None


@pytest.mark.models
def test_pictures_that_came_late_are_found_and_taken_out(opened: Collection, store: Store) -> None:
    anna, mine, _ = fill(opened)
    opened.forget(anna, author="Eve")
    Thumbnails(store.cache).put({mine[0]: b"late " * 100})  # by a page that was open meanwhile
    assert opened.forget().mended == 1
    assert b"late late" not in bytes_of(store) and opened.forget().mended == 0


@pytest.mark.models
def test_another_detector_does_not_bring_a_face_back(
    opened: Collection, store: Store, tmp_path: Path
) -> None:
    anna, *_ = fill(opened)
    taken = opened.forget(anna, author="Eve").faces
    before = len(opened.all_faces.ids)
    again = prosopon.open(store.name, look="quick", detector="mtcnn")
    done = again.index(tmp_path / "images")
    assert taken - 1 <= done.forgotten <= taken and done.faces >= before - 2
    other = prosopon.open(store.name, look="quick", detector="mtcnn", score_threshold=0.61)
    asked = other.index(tmp_path / "images", with_forgotten=True)
    assert asked.forgotten == 0 and asked.faces >= done.faces + taken - 2


@given(
    st.floats(40, 400), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(0.85, 1.15), st.data()
)
def test_a_fingerprint_fits_the_face_and_no_neighbour(
    side: float, right: float, down: float, larger: float, data: st.DataObject
) -> None:
    x, y = data.draw(st.floats(0, 3000)), data.draw(st.floats(0, 3000))

    def square(x: float, y: float, side: float) -> list[float]:
        return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]

    kept = forgotten._cell(square(x, y, side))
    alike = square(x + right * side, y + down * side, side * larger)
    assert kept in set(forgotten._around(alike))
    beside = square(x + side * data.draw(st.floats(1, 5)), y, side * larger)
    assert kept not in set(forgotten._around(beside))


@pytest.mark.models
def test_a_name_that_stands_elsewhere_is_reported(opened: Collection, store: Store) -> None:
    ids = opened.view.faces.face_ids.tolist()
    opened.people.by("Ada").name(ids[:1], "Anna")
    opened.people.by("Ada").name(ids[1:2], "Anna Tamm")
    done = opened.forget("Anna", author="Eve")
    assert "'Anna' still stands" in done.remarks[0]
    assert [person.name for person in opened.view.persons] == ["Anna Tamm"]


@pytest.mark.models
def test_not_while_the_collection_is_in_use(opened: Collection, store: Store) -> None:
    anna, *_ = fill(opened)
    with store.writing(), pytest.raises(ProsoponError, match="another run is writing"):
        opened.forget(anna, author="Eve")
    with open_store(store.name) as other, other.read() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM faces").scalar()  # a snapshot held open
        shutil.copy(store.name, f"{store.name}.kept")
        with pytest.raises(ProsoponError, match="another program|locked"):
            with store.begin() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout = 200")
            opened.forget(anna, author="Eve")
    opened.forget()
    assert anna.encode() not in Path(store.name).read_bytes()


@pytest.mark.models
def test_the_verb(opened: Collection, collection: Path) -> None:
    fill(opened)
    load_verbs()

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["forget", *arguments, "-c", str(collection)])
        return f"{result.exit_code} {result.output}"

    assert "would be taken out" in run(NAME)
    assert run(NAME, "--photo", "x").startswith("2")
    assert run("Nobody", "--yes").startswith("2")
    assert "none is left" in run(NAME, "--yes")
    assert run(NAME).startswith("2")
    assert "rewritten" in run()
