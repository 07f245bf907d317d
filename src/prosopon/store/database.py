"""Open a collection's database: make its tables, guard it, hand out transactions."""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import platformdirs
import sqlalchemy
from sqlalchemy import Connection, Engine, event, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from prosopon.errors import Busy, ProsoponError, UsageError
from prosopon.store.schema import VERSION, collection, metadata

_WAIT_MS = 30_000
"""How long a statement waits for another process' transaction; those are short."""
_VERSION_KEY = "contents"
_FACES_KEY = "faces"


class Store:
    """One collection's database. Made by `open_store`; a context manager that closes it."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        cache: Path,
        file: Path | None = None,
        *,
        writable: bool = True,
    ) -> None:
        self.address = name
        """As the user gave it: what opens it again."""
        self.name = shown_name(name)
        """The same for messages, without a password."""
        self.file = file
        """The file of an SQLite database; None for those on a server."""
        self.writable = writable
        self.cache = cache
        """A folder for what can be made again: thumbnails, neighbour graphs."""
        self._engine = engine

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout."""
        with errors_named(self.name), self._engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def begin(
        self, *, same_version: bool = False, same_faces: bool = False
    ) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, undone on any exception.

        same_version : `version` stays: nothing that others may have in memory is out of date.
        same_faces : `version_of_faces` stays: no face, vector or path of a photograph changes.
        """
        with errors_named(self.name), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection
                if not same_version:
                    keys = [_VERSION_KEY] if same_faces else [_VERSION_KEY, _FACES_KEY]
                    connection.execute(
                        update(collection)
                        .where(collection.c.key.in_(keys))
                        .values(value=uuid.uuid4().hex)
                    )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the collection for a long run of writes; the operating system frees it on a crash.

        Raises Busy if another process holds it.
        """
        busy = f"{self.name}: another run is writing to this collection; wait until it has ended"
        if self._engine.dialect.name == "sqlite":
            lock = filelock.FileLock(f"{self.file}.lock", timeout=0)
            try:
                with lock:
                    yield
            except filelock.Timeout as error:
                raise Busy(busy) from error
            except OSError as error:
                raise ProsoponError(f"{self.name}: can't be written: {error.strerror}") from error
        else:
            with self._engine.connect() as connection:
                connection.detach()  # the lock goes with the connection, not back into the pool
                free = connection.execute(text("SELECT pg_try_advisory_lock(7770766)")).scalar()
                if not free:
                    raise Busy(busy)
                yield

    def vacuum(self) -> None:
        """Rewrite the database so that nothing deleted is left in its files.

        Raises ProsoponError while another program has the collection open.
        """
        sqlite = self._engine.dialect.name == "sqlite"
        with errors_named(self.name), self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            if not sqlite:
                driver.autocommit = True  # VACUUM runs outside of transactions
            cursor = driver.cursor()
            cursor.execute("VACUUM" if sqlite else "VACUUM FULL")
            if sqlite and cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise ProsoponError(
                    f"{self.name}: another program has this collection open, so what was deleted "
                    "is still in its files; close it and run  prosopon forget  without a person"
                )
            connection.detach()


def open_store(name: str, *, create: bool = True) -> Store:
    """Open the collection `name`: the path of an SQLite file, or an SQLAlchemy URL.

    create : make it where there is none; otherwise a missing one is an error.

    Raises ProsoponError: not a collection, made by another version, can't be written or reached.
    """
    url = _url(name)
    file = Path(url.database) if url.drivername.startswith("sqlite") and url.database else None
    if file is not None and not file.exists():
        if not create:
            raise ProsoponError(
                f"{name}: no such collection; run  prosopon index FOLDER --collection {name}"
            )
        _make_parent(file)
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


def remember(connection: Connection, key: str, value: str) -> None:
    """Keep one fact about the collection itself."""
    connection.execute(collection.delete().where(collection.c.key == key))
    connection.execute(insert(collection).values(key=key, value=value))


def recall(connection: Connection, key: str) -> str | None:
    """What `remember` kept under `key`."""
    return connection.execute(
        select(collection.c.value).where(collection.c.key == key)
    ).scalar_one_or_none()


def version(connection: Connection) -> str:
    """Another whenever something was written, unless by a transaction of the `same_version`."""
    return recall(connection, _VERSION_KEY) or ""


def version_of_faces(connection: Connection) -> str:
    """Another whenever faces, vectors or paths may have changed."""
    return recall(connection, _FACES_KEY) or ""


def now() -> datetime:
    """The present in UTC, as the store keeps it: naive, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None)


def shown_name(name: str) -> str:
    """A collection's name for messages: of a URL, without its password."""
    if "://" not in name:
        return name
    try:
        return make_url(name).render_as_string(hide_password=True)
    except ArgumentError:
        return name.split("@")[-1]


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
    return engine, _identifier(engine, name)


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


def _make_parent(file: Path) -> None:
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


def _identifier(engine: Engine, name: str) -> str:
    """The collection's own identifier; an empty database is made into a collection first."""
    with engine.connect() as connection:
        if not sqlalchemy.inspect(connection).get_table_names():
            connection.rollback()
            _make(connection.execution_options(writes=True))
        _check_version(connection, name)
        identifier = recall(connection, "identifier")
    assert identifier is not None
    return identifier


def _make(connection: Connection) -> None:
    with connection.begin():
        if connection.dialect.name == "postgresql":  # SQLite's transaction is a lock already
            connection.execute(text("SELECT pg_advisory_xact_lock(7770767)"))
        if sqlalchemy.inspect(connection).has_table(collection.name):
            return  # another process was quicker
        metadata.create_all(connection)
        remember(connection, "schema", str(VERSION))
        remember(connection, "identifier", str(uuid.uuid4()))
        for key in (_VERSION_KEY, _FACES_KEY):
            remember(connection, key, uuid.uuid4().hex)


def _check_version(connection: Connection, name: str) -> None:
    if not sqlalchemy.inspect(connection).has_table(collection.name):
        raise ProsoponError(
            f"{name}: is another program's database (without a table {collection.name!r}); "
            "a collection needs a database of its own"
        )
    found = recall(connection, "schema") or "0"
    if found == str(VERSION):
        return
    newer = int(found) > VERSION
    raise ProsoponError(
        f"{name}: made by {'a newer' if newer else 'an older'} version of Prosopon (its tables are "
        f"of version {found}, this program's of version {VERSION}); "
        + ("update Prosopon" if newer else "index the photographs into a new collection")
    )


@contextmanager
def errors_named(name: str) -> Iterator[None]:
    """What the database complains about, as a sentence for the user."""
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = str(error.orig if isinstance(error, DBAPIError) else error)
        raise ProsoponError(f"{name}: {_explain(cause)}") from error
    except ModuleNotFoundError as error:
        raise ProsoponError(
            f"{name}: needs the package {error.name!r} (pip install 'prosopon-archive[postgresql]')"
        ) from error


def _explain(cause: str) -> str:
    for symptom, advice in {
        "not a database": "is not a collection; name another file",
        "disk is full": "the disk is full; what was committed is kept: free some space, run again",
        "readonly": "can't be written; check the permissions of the file and its folder, and "
        "whether the disk is full",
        "unable to open": "can't be opened; check that its folder exists and may be written",
        "malformed": "is damaged; restore a copy (SQLite says: " + cause + ")",
        "disk I/O error": "the disk can't be read or written: is it full, unplugged, its network "
        "down? What was committed is kept: see to the disk, run again",
        "locked": "is locked by another program; close it and run again",
    }.items():
        if symptom in cause:
            return advice
    return cause
