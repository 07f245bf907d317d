"""Opening, making, guarding."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from prosopon.errors import ProsoponError, UsageError
from prosopon.store import Store, copies, open_store
from prosopon.store.database import recall, remember
from prosopon.store.schema import VERSION
from prosopon.store.thumbnails import Thumbnails


def test_a_collection_keeps_its_identifier(tmp_path: Path) -> None:
    name = str(tmp_path / "deep" / "a.prosopon")
    identifiers = []
    for _ in range(2):
        with open_store(name) as store, store.read() as connection:
            identifiers.append(connection.exec_driver_sql("SELECT * FROM collection").all())
    assert identifiers[0] == identifiers[1] != []


def test_two_processes_may_make_a_collection_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(open_store, [str(tmp_path / "a.prosopon")] * 8))
    identifiers = set()
    for store in stores:
        with store, store.read() as connection:
            identifiers.add(recall(connection, "identifier"))
    assert len(identifiers) == 1


def test_ctrl_c_within_a_transaction_frees_the_collection(tmp_path: Path) -> None:
    def interrupted(cursor: sqlite3.Cursor, statement: str, parameters: Any, _: Any) -> None:
        if "RETURNING" in statement:
            cursor.execute(statement, parameters)
            raise KeyboardInterrupt

    event.listen(Engine, "do_execute", interrupted)
    try:
        with open_store(str(tmp_path / "a.prosopon")) as store:
            _interrupted_write(store)
    finally:
        event.remove(Engine, "do_execute", interrupted)


def _interrupted_write(store: Store) -> None:
    try:
        with store.begin() as connection:
            remember(connection, "lost", "yes")
            connection.exec_driver_sql("UPDATE collection SET value = 1 RETURNING value")
    except KeyboardInterrupt:  # which holds the cursor, as it does on its way through a run
        with store.begin() as connection:
            assert recall(connection, "lost") is None
            assert recall(connection, "identifier")


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir, " * 1000)
    with pytest.raises(ProsoponError, match=r"letter\.txt: is not a collection"):
        open_store(str(tmp_path / "letter.txt"))
    assert (tmp_path / "letter.txt").read_text().startswith("Dear Sir, ")
    with pytest.raises(UsageError, match="is a folder"):
        open_store(str(tmp_path))
    with pytest.raises(ProsoponError, match="no such collection"):
        open_store(str(tmp_path / "none.prosopon"), create=False)
    assert not (tmp_path / "none.prosopon").exists()
    with pytest.raises(UsageError, match="not a database URL"):
        open_store("what://is this")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (f"UPDATE collection SET value = '{VERSION + 1}' WHERE key = 'schema'", "a newer version"),
        (
            "UPDATE collection SET value = '0' WHERE key = 'schema'",
            "an older version .* a new collection",
        ),
        ("DROP TABLE collection", "another program's database"),
    ],
)
def test_other_schemas_are_refused_and_left_alone(
    tmp_path: Path, change: str, message: str
) -> None:
    name = str(tmp_path / "a.prosopon")
    open_store(name).__exit__()
    with sqlite3.connect(name) as database:
        database.execute(change)
    database.close()
    before = Path(name).read_bytes()
    with pytest.raises(ProsoponError, match=message):
        open_store(name)
    assert Path(name).read_bytes() == before


def test_a_read_only_collection_can_be_read_but_says_so_on_writing(tmp_path: Path) -> None:
    name = str(tmp_path / "a.prosopon")
    with open_store(name) as store, store._engine.connect() as raw:
        raw.exec_driver_sql("PRAGMA query_only = ON")
        raw.rollback()
        with pytest.raises(ProsoponError, match="can't be written"), store.begin() as writing:
            writing.exec_driver_sql("PRAGMA query_only = ON")
            writing.exec_driver_sql("INSERT INTO collection VALUES ('a', 'b')")


def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "a.prosopon")) as store:
        with store.begin() as connection:
            connection.exec_driver_sql("INSERT INTO collection VALUES ('kept', 'yes')")
        with pytest.raises(ProsoponError, match="disk is full"), store.begin() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            for number in range(10_000):
                connection.exec_driver_sql(
                    "INSERT INTO collection VALUES (?, ?)", (str(number), "x" * 1000)
                )
        with store.read() as connection:
            keys = connection.exec_driver_sql("SELECT key FROM collection ORDER BY key").all()
    assert keys == [("contents",), ("faces",), ("identifier",), ("kept",), ("schema",)]


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "a.prosopon")) as store:
        with pytest.raises(RuntimeError), store.begin() as connection:
            connection.exec_driver_sql("INSERT INTO collection VALUES ('a', 'b')")
            raise RuntimeError
        with store.read() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM collection WHERE key = 'a'").all()
    assert rows == []


def test_nothing_deleted_is_left_after_scrubbing(store: Store) -> None:
    with store.begin() as connection:
        remember(connection, "secret", "a trace to be looked for")
        remember(connection, "kept", "something that stays")
    with store.begin() as connection:
        remember(connection, "secret", "")
    store.vacuum()
    with store.read() as connection:
        assert recall(connection, "kept") == "something that stays"
    files = list(Path(store.name).parent.glob(f"{Path(store.name).name}*"))
    assert not any(b"a trace" in file.read_bytes() for file in files if file.is_file())


def test_a_collection_that_cant_be_written_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = tmp_path / "a.prosopon"
    with open_store(str(name)) as store, store.begin() as connection:
        remember(connection, "key", "value")
    monkeypatch.setattr("os.access", lambda *_: False)
    before = {path.name for path in tmp_path.iterdir()}
    with open_store(str(name)) as store:
        with store.read() as connection:
            assert recall(connection, "key") == "value"
        with pytest.raises(ProsoponError, match="can't be written"), store.begin() as connection:
            remember(connection, "key", "other")
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_cache_that_cant_be_kept_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    thumbnails = Thumbnails(tmp_path / "cache")
    thumbnails.put({1: b"jpeg"})
    assert thumbnails.get([1]) == {}


def test_a_damaged_cache_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "thumbnails.sqlite").write_bytes(b"no database" * 100)
    thumbnails = Thumbnails(tmp_path)
    assert thumbnails.get([1]) == {}
    thumbnails.put({1: b"jpeg"})
    assert thumbnails.get([1]) == {1: b"jpeg"}


@pytest.mark.parametrize(
    "name",
    [
        "postgresql://ada:secret@127.0.0.1:1/people",
        "postgresql+psycopg://ada:secret@127.0.0.1:1/people",
        "nothing-known://ada:secret@127.0.0.1/people",
    ],
)
def test_a_password_is_in_no_message(name: str) -> None:
    with pytest.raises(ProsoponError) as told:
        open_store(name)
    assert "secret" not in str(told.value) and "people" in str(told.value)


def _where_nothing_fits(name: str) -> str:
    """What a process that can't write a single byte reads of a collection."""
    program = (
        "import resource, signal, sys\n"
        "from prosopon.store import open_store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "with open_store(sys.argv[1], create=False) as store, store.read() as connection:\n"
        "    found = connection.exec_driver_sql('SELECT key FROM collection ORDER BY key').all()\n"
        "    print(store.writable, [key for key, in found], file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program, name]
    return subprocess.run(command, stderr=subprocess.PIPE, check=True, text=True).stderr.strip()


def test_a_collection_on_a_full_disk_can_be_read(tmp_path: Path) -> None:
    name = str(tmp_path / "a.prosopon")
    open_store(name).__exit__()
    assert _where_nothing_fits(name) == "False ['contents', 'faces', 'identifier', 'schema']"


def test_a_collection_that_cant_be_written_can_be_backed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(tmp_path / "a.prosopon")
    open_store(name).__exit__()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with open_store(name) as store:
        copies.back_up(store, tmp_path / "b" / "b.prosopon")
        assert not store.writable
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.prosopon", "b"]
    monkeypatch.undo()
    with open_store(str(tmp_path / "b" / "b.prosopon"), create=False) as copy:
        assert copy.writable
