"""Thumbnails of faces: a cache in a file of its own beside the collection, made again at will."""

import contextlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)


class Thumbnails:
    """Face id → JPEG bytes. A damaged cache file is thrown away and begun anew."""

    def __init__(self, cache: Path) -> None:
        """cache : the collection's cache folder (`Store.cache`)."""
        self._file = cache / "thumbnails.sqlite"

    def put(self, pictures: Mapping[int, bytes]) -> None:
        """Keep these, replacing what was there. Where that fails, they are cut anew later."""
        if not pictures:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._put(pictures)
        except (OSError, sqlite3.OperationalError) as error:
            _log.warning("%s: thumbnails are not kept: %s", self._file, error)
        except sqlite3.DatabaseError:
            self._throw_away()
            self._put(pictures)

    def get(self, face_ids: Iterable[int]) -> dict[int, bytes]:
        """Those that are there."""
        if not self._file.exists():
            return {}
        found = {}
        try:
            with self._open() as database:
                for face in face_ids:
                    row = database.execute(
                        "SELECT jpeg FROM faces WHERE id = ?", (face,)
                    ).fetchone()
                    if row is not None:
                        found[face] = row[0]
        except sqlite3.DatabaseError:
            return {}
        return found

    def ids(self) -> list[int]:
        """The faces that there are pictures of."""
        if not self._file.exists():
            return []
        try:
            with self._open() as database:
                sought = "SELECT 1 FROM sqlite_master WHERE name = 'faces'"
                made = database.execute(sought).fetchone()
                return [row[0] for row in database.execute("SELECT id FROM faces")] if made else []
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._throw_away()
            return []

    def drop(self, face_ids: Iterable[int]) -> None:
        """Remove these so that their bytes are gone from the file; of a damaged one all are."""
        if not self.ids():
            return
        try:
            with self._open() as database:
                database.executemany("DELETE FROM faces WHERE id = ?", ((f,) for f in face_ids))
                database.commit()
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._throw_away()

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """For many `put` in turn: what is new is not moved within the file after each of them."""
        with contextlib.ExitStack() as held:
            with contextlib.suppress(OSError, sqlite3.Error):  # `put` tells of it
                self._file.parent.mkdir(parents=True, exist_ok=True)
                database = held.enter_context(self._open())
                database.execute("SELECT 1 FROM sqlite_master").fetchall()
            yield

    def _throw_away(self) -> None:
        for end in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + end).unlink(missing_ok=True)

    def _put(self, pictures: Mapping[int, bytes]) -> None:
        with self._open() as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS faces (id INTEGER PRIMARY KEY, jpeg BLOB)")
            database.executemany("INSERT OR REPLACE INTO faces VALUES (?, ?)", pictures.items())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=30)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")  # what a crash loses is cut anew
            database.execute("PRAGMA secure_delete = ON")
            yield database
