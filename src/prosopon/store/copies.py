"""Whole copies of a collection: to an SQLite file that stands for itself, and back.

A copy is of one moment, also while others write; it appears whole or not at all, and is read once
from end to end before it counts.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, func, insert, select, text

from prosopon.errors import ProsoponError
from prosopon.files import replacing
from prosopon.store.database import Store, errors_named
from prosopon.store.opening import open_store
from prosopon.store.schema import metadata

_ROWS = 5000
"""Rows that are copied at a time between databases of different kinds."""


def back_up(store: Store, target: Path) -> None:
    """Write a copy of the collection as it stands into the SQLite file `target`.

    Raises ProsoponError where it can't be written, or does not read back whole.
    """
    with replacing(target) as partial:
        if store.file is None:
            with open_store(str(partial)) as copy:
                _copy_tables(store, copy)
        else:
            with store.read() as connection, closing(sqlite3.connect(partial)) as copy:
                source = connection.connection.driver_connection
                assert isinstance(source, sqlite3.Connection)
                with errors_named(str(target)):  # what lacks room is the copy
                    source.backup(copy)
        _stand_alone(partial, target)


def restore(backup: Path, name: str) -> None:
    """Make the collection `name`, which is not there yet, from what `back_up` wrote.

    Raises ProsoponError where there is one already, or the copy is damaged or none.
    """
    if not backup.is_file():
        raise ProsoponError(f"{backup}: no such file")
    _check(backup, backup)
    if "://" in name:
        with open_store(str(backup), create=False) as copy, open_store(name) as store:
            _require_empty(store)
            _copy_tables(copy, store)
        return
    target = Path(name).expanduser()
    if target.exists() or target.with_name(target.name + "-wal").exists():
        raise ProsoponError(
            f"{name}: there is a collection already; name another with -c, or move it away first"
        )
    with replacing(target) as partial:
        with (
            errors_named(str(backup)),
            closing(sqlite3.connect(backup.absolute().as_uri() + "?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
        _stand_alone(partial, target)


def _stand_alone(file: Path, name: Path) -> None:
    """Fold the journal into the file, and check it."""
    with errors_named(str(name)), closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    _check(file, name)


def _check(file: Path, name: Path) -> None:
    """Read the whole file. Raises ProsoponError where something in it does not fit."""
    with (
        errors_named(str(name)),
        closing(sqlite3.connect(file.absolute().as_uri() + "?mode=ro", uri=True)) as database,
    ):
        (found,) = database.execute("PRAGMA integrity_check").fetchone()
        loose = database.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok" or loose:
        raise ProsoponError(
            f"{name}: is damaged ({found if found != 'ok' else loose}); take an earlier backup"
        )


def _require_empty(store: Store) -> None:
    with store.read() as connection:
        for table in metadata.sorted_tables:
            if table.name != "collection" and connection.scalar(
                select(func.count()).select_from(table)
            ):
                raise ProsoponError(
                    f"{store.name}: there is a collection already; name another with -c"
                )


def _copy_tables(source: Store, target: Store) -> None:
    """All rows of all tables, as of one moment."""
    with source.read() as reading, target.begin() as writing:
        for table in reversed(metadata.sorted_tables):
            writing.execute(table.delete())
        for table in metadata.sorted_tables:
            for rows in _rows(reading, table):
                writing.execute(insert(table), rows)
            _number_on(writing, table)


def _rows(connection: Connection, table: sqlalchemy.Table) -> Iterator[list[dict[str, object]]]:
    found = connection.execution_options(yield_per=_ROWS).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for part in found.partitions():
        yield [dict(row._mapping) for row in part]


def _number_on(connection: Connection, table: sqlalchemy.Table) -> None:
    """PostgreSQL counts rows beside the table: have it go on after the highest number."""
    if connection.dialect.name != "postgresql" or "id" not in table.columns:
        return
    if not isinstance(table.columns["id"].type, sqlalchemy.BigInteger):
        return
    highest = connection.scalar(select(func.max(table.columns["id"])))
    if highest is not None:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :highest)"),
            {"table": table.name, "highest": highest},
        )
