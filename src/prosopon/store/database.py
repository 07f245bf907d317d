"""A collection's database: its transactions, its lock, facts about it, and what went wrong."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock
from sqlalchemy import Connection, Engine, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from prosopon.errors import Busy, ProsoponError
from prosopon.store.schema import collection

_VERSION_KEY = "contents"
_FACES_KEY = "faces"
VERSIONS = (_VERSION_KEY, _FACES_KEY)
"""Facts that every collection has: what `version` and `version_of_faces` read."""


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
                    keys = [_VERSION_KEY] if same_faces else VERSIONS
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
        "not a database": "is not a collection, or is a damaged one; name another file, or "
        "restore a backup",
        "disk is full": "the disk is full; what was committed is kept: free some space, run again",
        "readonly": "can't be written; check the permissions of the file and its folder, and "
        "whether the disk is full",
        "unable to open": "can't be opened; check that its folder exists and may be written",
        "malformed": "is damaged; run  prosopon restore  with a backup (SQLite says: "
        + cause
        + ")",
        "disk I/O error": "the disk can't be read or written: is it full, unplugged, its network "
        "down? What was committed is kept: see to the disk, run again",
        "locked": "is locked by another program; close it and run again",
    }.items():
        if symptom in cause:
            return advice
    return cause
