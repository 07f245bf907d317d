"""Collections of earlier days, of other programs, and what is left of damaged ones."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy
from sqlalchemy import insert

from prosopon.errors import ProsoponError, UsageError
from prosopon.store import Store, clusterings, copies, open_store
from prosopon.store.catalogue import HERE
from prosopon.store.schema import metadata, paths, photos

_FIRST_DAYS = """
    ALTER TABLE photos DROP COLUMN pixels;
    ALTER TABLE photos DROP COLUMN perceptual_hash;
    ALTER TABLE paths DROP COLUMN file;
    ALTER TABLE paths DROP COLUMN sha256;
    ALTER TABLE paths DROP COLUMN gone_at;
    ALTER TABLE failures DROP COLUMN file;
    DROP TABLE descriptions;
    DROP TABLE users;
    DROP TABLE leases;
    DROP TABLE forgotten;
    DROP TABLE clustering_arrays;
    DELETE FROM collection WHERE key IN ('schema', 'contents', 'faces');
    CREATE INDEX ix_paths_photo_id ON paths (photo_id);
    CREATE TABLE assignments (clustering_id BIGINT NOT NULL, face_id BIGINT NOT NULL,
        label INTEGER NOT NULL, strength FLOAT NOT NULL);
    CREATE TABLE clusters (clustering_id BIGINT NOT NULL, label INTEGER NOT NULL,
        identifier BIGINT NOT NULL, size INTEGER NOT NULL, quality FLOAT);
    INSERT INTO assignments VALUES (1, 12, -1, 0), (1, 11, 1, 0.75), (1, 10, 0, 0.5);
    INSERT INTO clusters VALUES (1, 0, 7, 1, 0.25), (1, 1, 9, 1, NULL)
"""
"""From today's tables to those of the first days (22 November 2026), with a clustering."""
_INDEXES = (
    "ix_photos_pixels ix_paths_file ix_paths_sha256 ix_paths_photo_id_gone_at ix_failures_file"
)


def _fill(store: Store) -> None:
    recipe = {"algorithm": "adaptive", "parameters": {}, "model": "m", "graph": {}}
    with store.begin() as connection:
        for number in (1, 2):
            size = {"width": 60, "height": 40, "orientation": 1}
            made = {"sha256": f"{number:064d}", "pixels": "x", **size}
            connection.execute(insert(photos).values(**made))
            connection.execute(
                insert(paths).values(
                    path=f"/a/{number}.jpg", file=f"/a/{number}.jpg", photo_id=number, size=9,
                    mtime_ns=1, sha256=f"{number:064d}",
                )
            )  # fmt: skip
        connection.execute(
            insert(metadata.tables["clusterings"]).values(
                made_at=datetime(2026, 11, 22), recipe=recipe, model="m", faces=3, clusters=2
            )
        )


def _run(name: str, statements: str) -> None:
    """Change a collection's database behind its back."""
    url = (
        name.replace("postgresql:", "postgresql+psycopg:") if "://" in name else f"sqlite:///{name}"
    )
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for statement in statements.split(";"):
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_collection_of_the_first_days_is_brought_up_to_date(store: Store) -> None:
    _fill(store)
    if store.file is not None:  # SQLite keeps columns that an index is on
        _run(store.address, ";".join(f"DROP INDEX {index}" for index in _INDEXES.split()))
    _run(store.address, _FIRST_DAYS)
    with open_store(store.address) as opened, opened.read() as connection:
        rows = connection.execute(paths.select().where(HERE).order_by(paths.c.path)).all()
        assert [(row.path, row.file, row.sha256[-1]) for row in rows] == [
            ("/a/1.jpg", "/a/1.jpg", "1"),
            ("/a/2.jpg", "/a/2.jpg", "2"),
        ]
        clustering = clusterings.load(connection, 1)
        assert clustering.face_ids.tolist() == [10, 11, 12]
        assert clustering.labels.tolist() == [0, 1, -1]
        assert clustering.membership.tolist() == [0.5, 0.75, 0]
        table = clusterings.load_clusters(connection, 1)
        assert table.identifiers.tolist() == [7, 9]
        np.testing.assert_array_equal(table.qualities, np.array([0.25, np.nan], np.float32))
        found = sqlalchemy.inspect(connection)
        assert {"assignments", "clusters"}.isdisjoint(found.get_table_names())
        new = {
            index for of in found.get_multi_indexes().values() for index in (i["name"] for i in of)
        }
        assert set(_INDEXES.split()) <= new
    with open_store(store.address) as again, again.begin() as connection:
        connection.execute(
            insert(photos).values(sha256="z", width=1, height=1, orientation=1, pixels="")
        )


@pytest.mark.parametrize("table", [table for table in metadata.tables if table != "collection"])
def test_a_table_that_is_missing_is_made(tmp_path: Path, table: str) -> None:
    name = str(tmp_path / "a.prosopon")
    with open_store(name) as store:
        _fill(store)
    with closing(sqlite3.connect(name)) as database:
        database.execute(f"DROP TABLE {table}")
    with open_store(name) as store, store.read() as connection:
        kept = connection.scalars(sqlalchemy.select(paths.c.path)).all()
        assert len(kept) == (0 if table == "paths" else 2)
        connection.execute(metadata.tables[table].select()).all()


_COLUMNS = [column for table in metadata.tables.values() for column in table.columns]


@pytest.mark.parametrize("column", [str(c) for c in _COLUMNS if c.nullable])
def test_a_column_that_may_be_empty_is_made(tmp_path: Path, column: str) -> None:
    name, (table, named) = str(tmp_path / "a.prosopon"), column.split(".")
    open_store(name).__exit__()
    with closing(sqlite3.connect(name)) as database:
        for (index,) in database.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'ix_%'"
        ).fetchall():
            database.execute(f"DROP INDEX {index}")
        database.execute(f"ALTER TABLE {table} DROP COLUMN {named}")
    with open_store(name) as store, store.read() as connection:
        connection.execute(metadata.tables[table].select()).all()


_OTHERS = {
    "a table of the same name": (
        "DROP TABLE collection; CREATE TABLE collection (id INTEGER, name TEXT)",
        "another program's database",
    ),
    "facts of another program": ("DELETE FROM collection", "another program's database"),
    "no facts at all": ("DROP TABLE collection", "another program's database"),
    "another's faces": (
        "DROP TABLE leases; CREATE TABLE leases (holder TEXT, tenant TEXT)",
        "'leases' has no column 'until'",
    ),
    "a column to come": (
        "ALTER TABLE photos ADD COLUMN depth INTEGER NOT NULL; DROP TABLE users",
        "newer version.*'photos'.*'depth'.*update Prosopon",
    ),
    "a version that is no number": (
        "UPDATE collection SET value = '2.0-beta' WHERE key = 'schema'",
        "newer version.*update Prosopon",
    ),
    "a version to come": (
        "UPDATE collection SET value = '10' WHERE key = 'schema'; DROP TABLE users",
        "newer version.*update Prosopon",
    ),
}


@pytest.mark.parametrize("kind", _OTHERS)
def test_what_is_of_others_is_told_and_left_alone(store: Store, kind: str) -> None:
    change, message = _OTHERS[kind]
    if store.file is not None and "NOT NULL" in change:  # SQLite adds none to a table
        change = (
            "DROP TABLE users; DROP TABLE leases; CREATE TABLE leases (holder TEXT, until TEXT, "
        )
        change += "faces TEXT, depth INTEGER NOT NULL)"
        message = message.replace("photos", "leases")
    _run(store.address, change)
    store.__exit__()
    before = store.file and store.file.read_bytes()
    with pytest.raises(ProsoponError, match=message):
        open_store(store.address)
    assert (store.file and store.file.read_bytes()) == before


def test_what_cant_be_written_is_not_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(tmp_path / "a.prosopon")
    open_store(name).__exit__()
    _run(name, "DROP TABLE users")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ProsoponError, match="an earlier version.*copy it to where it can"):
        open_store(name)


def test_a_backup_of_earlier_days_is_restored(tmp_path: Path) -> None:
    name, backup = str(tmp_path / "a.prosopon"), tmp_path / "b.prosopon"
    with open_store(name) as store:
        _fill(store)
        copies.back_up(store, backup)
    _run(str(backup), "DROP TABLE users; DROP TABLE forgotten")
    copies.restore(backup, str(tmp_path / "c.prosopon"))
    with open_store(str(tmp_path / "c.prosopon")) as store, store.read() as connection:
        assert len(connection.execute(paths.select()).all()) == 2
        assert connection.execute(metadata.tables["users"].select()).all() == []


@pytest.mark.parametrize("kept", [1, 50, 100, 512, 4096, 5000])
def test_what_is_cut_off_is_told(tmp_path: Path, kept: int) -> None:
    name = tmp_path / "a.prosopon"
    with open_store(str(name)) as store:
        _fill(store)
    whole = name.read_bytes()
    name.write_bytes(whole[:kept])
    with (
        pytest.raises(ProsoponError, match="damaged"),
        open_store(str(name)) as store,
        store.read() as connection,
    ):
        for table in metadata.sorted_tables:
            connection.execute(table.select()).all()


def test_an_empty_file_is_made_a_collection_only_by_who_makes_one(tmp_path: Path) -> None:
    name = tmp_path / "a.prosopon"
    name.touch()
    with pytest.raises(ProsoponError, match="is an empty file; run  prosopon index"):
        open_store(str(name), create=False)
    assert name.stat().st_size == 0
    open_store(str(name)).__exit__()
    open_store(str(name), create=False).__exit__()


def test_a_journal_without_its_collection_is_not_thrown_away(tmp_path: Path) -> None:
    journal = tmp_path / "a.prosopon-wal"
    journal.write_bytes(b"what was written last")
    for name in (tmp_path / "a.prosopon", tmp_path / "a.prosopon"):
        with pytest.raises(ProsoponError, match="a.prosopon-wal beside it holds"):
            open_store(str(name))
        name.touch()
    assert journal.read_bytes() == b"what was written last"


@pytest.mark.parametrize("name", ["sqlite://", "mysql://ada@127.0.0.1/people", "postgresql://h"])
def test_other_databases_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="in a file, or in a PostgreSQL database"):
        open_store(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is a pipe or a device"):
        open_store(str(tmp_path / "pipe"))
