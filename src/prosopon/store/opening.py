"""Open a collection's database; make it where there is none, complete one of an earlier layout."""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import sqlalchemy
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from prosopon.errors import ProsoponError, UsageError
from prosopon.store import layout
from prosopon.store.database import VERSIONS, Store, errors_named, recall, remember, shown_name
from prosopon.store.schema import VERSION, collection, metadata

_WAIT_MS = 30_000
"""How long a statement waits for another process' transaction; those are short."""

_SMALLEST = 512
"""Bytes of a database with anything in it."""


def open_store(name: str, *, create: bool = True) -> Store:
    """Open the collection `name`: the path of an SQLite file, or an SQLAlchemy URL.

    create : make it where there is none; otherwise a missing one is an error.

    Raises ProsoponError: not a collection, made by another version, can't be written or reached.
    """
    url = _url(name)
    file = Path(url.database) if url.drivername.startswith("sqlite") and url.database else None
    if file is not None:
        _prepare(file, name, create)
    with errors_named(shown_name(name)):
        writable = file is None or _can_be_written(file)
        try:
            engine, identifier = _connected(url, file, shown_name(name), writable)
        except OperationalError as error:
            if file is None or not writable or not _has_no_room(file, error):
                raise
            writable = False
            engine, identifier = _connected(url, file, shown_name(name), writable)
    if file is not None:
        return Store(engine, name, file.with_name(file.name + ".cache"), file, writable=writable)
    return Store(
        engine, name, platformdirs.user_cache_path("prosopon") / "collections" / identifier
    )


def _url(name: str) -> sqlalchemy.URL:
    if "://" not in name:
        path = os.path.abspath(os.path.expanduser(name))  # noqa: PTH100, PTH111
        if Path(path).is_dir():
            raise UsageError(f"{name}: is a folder; a collection is a file or a database's URL")
        return sqlalchemy.URL.create("sqlite", database=path)
    try:
        url = make_url(name)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(
            f"{shown_name(name)}: not a database URL (expected dialect://user@host/name)"
        ) from error
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise UsageError(
            f"{shown_name(name)}: a collection is in a file, or in a PostgreSQL database "
            "(postgresql://user@host/name)"
        )
    return url


def _connected(
    url: sqlalchemy.URL, file: Path | None, name: str, writable: bool
) -> tuple[Engine, str]:
    """A database's engine, and the identifier of the collection in it."""
    if file is None:
        engine = sqlalchemy.create_engine(url)
    else:
        engine = sqlalchemy.create_engine(url if writable else _read_only(url, file))
        event.listen(engine, "connect", _set_up_sqlite if writable else _set_up_unwritable)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _roll_back_on_exit)
    return engine, _identifier(engine, name, writable)


def _has_no_room(file: Path, error: OperationalError) -> bool:
    """Whether a collection can't be opened because the disk has no room for the files that SQLite
    keeps beside it: it can still be read."""
    full = any(symptom in str(error.orig) for symptom in ("disk I/O error", "disk is full"))
    return full and file.exists() and file.stat().st_size > 0


def _can_be_written(file: Path) -> bool:
    return not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def _read_only(url: sqlalchemy.URL, file: Path) -> sqlalchemy.URL:
    """For a file that can't be written, or lies where nothing can (a CD, another's archive)."""
    journal = file.with_name(file.name + "-wal")
    unfinished = journal.exists() and journal.stat().st_size
    # where nobody writes there are no locks to take; they would be files
    query = {"uri": "true", "mode": "ro"} | ({} if unfinished else {"immutable": "1"})
    return url.set(database=file.absolute().as_uri(), query=query)


def _prepare(file: Path, name: str, create: bool) -> None:
    """See to it that there is a file that SQLite may open, or a folder where it may make one."""
    if file.exists() and not file.is_file():
        raise UsageError(f"{name}: is a pipe or a device; a collection is a file")
    if file.exists() and file.stat().st_size:
        if file.stat().st_size < _SMALLEST:  # SQLite would take it for an empty one
            raise ProsoponError(f"{name}: is not a collection, or is a damaged one")
        return
    journal = file.with_name(file.name + "-wal")
    if journal.exists() and journal.stat().st_size:  # SQLite would throw it away
        raise ProsoponError(
            f"{name}: {'is empty' if file.exists() else 'no such collection'}, but {journal.name} "
            "beside it holds what was written last; put the collection's file back, or restore a "
            "backup under another name"
        )
    if not create:
        raise ProsoponError(
            f"{name}: {'is an empty file' if file.exists() else 'no such collection'}; "
            f"run  prosopon index FOLDER --collection {name}"
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProsoponError(f"{file.parent}: can't be made: {error.strerror}") from error


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -64000")
    connection.execute("PRAGMA secure_delete = ON")


def _set_up_unwritable(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA cache_size = -64000")


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that means to write takes the lock at once: it can then never fail halfway
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _roll_back_on_exit(context: ExceptionContext) -> None:
    """Keep the connection after Ctrl-C, to roll its transaction back.

    SQLAlchemy would close it; but while the exception holds the cursor, SQLite keeps what is
    closed, and its lock, so that not even "interrupted" could be noted.
    """
    if not isinstance(context.original_exception, Exception):
        context.is_disconnect = False


def _identifier(engine: Engine, name: str, writable: bool) -> str:
    """The collection's own identifier; an empty database is made into a collection first."""
    with engine.connect() as connection:
        if not sqlalchemy.inspect(connection).get_table_names():
            connection.rollback()
            _make(connection.execution_options(writes=True))
        layout.require_collection(connection, name)
        if layout.missing(connection, name):
            if not writable:
                raise ProsoponError(
                    f"{name}: made by an earlier version of Prosopon, and can't be brought up to "
                    "date where it can't be written; copy it to where it can"
                )
            connection.rollback()
            with _changing(connection.execution_options(writes=True)):
                layout.complete(connection, name)
        identifier = recall(connection, "identifier")
    assert identifier is not None
    return identifier


def _make(connection: Connection) -> None:
    with _changing(connection):
        if sqlalchemy.inspect(connection).has_table(collection.name):
            return  # another process was quicker
        metadata.create_all(connection)
        remember(connection, "schema", str(VERSION))
        remember(connection, "identifier", str(uuid.uuid4()))
        for key in VERSIONS:
            remember(connection, key, uuid.uuid4().hex)


@contextmanager
def _changing(connection: Connection) -> Iterator[None]:
    """A transaction in which no other process changes the tables."""
    with connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite's transaction is a lock already
            connection.execute(text("SELECT pg_advisory_xact_lock(7770767)"))
        yield
