"""Photos, the paths where they are found, and the files that gave none."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, or_, select

from prosopon.records import File, Photo
from prosopon.store.schema import (
    clusterings,
    detections,
    embeddings,
    faces,
    failures,
    paths,
    photos,
)

T = TypeVar("T")


def chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Slices that fit into one IN (…) of every database."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def unchanged(connection: Connection, files: Sequence[File]) -> dict[Path, int | None]:
    """Of `files`, those known with the same size and time: path → photo id, None for a failure.

    A file whose identity is known but whose pixels failed counts as a failure.
    """
    stamps = {str(file.path): (file.size, file.mtime_ns) for file in files}
    found: dict[Path, int | None] = {}
    for chunk in chunks(list(stamps)):
        known = select(paths.c.path, paths.c.size, paths.c.mtime_ns, paths.c.photo_id)
        for path, size, mtime_ns, photo_id in connection.execute(
            known.where(paths.c.path.in_(chunk))
        ):
            if (size, mtime_ns) == stamps[path]:
                found[Path(path)] = photo_id
        failed = select(failures.c.path, failures.c.size, failures.c.mtime_ns)
        for path, size, mtime_ns in connection.execute(failed.where(failures.c.path.in_(chunk))):
            if (size, mtime_ns) == stamps[path]:
                found[Path(path)] = None
    return found


def add(connection: Connection, photo: Photo, file: File) -> int:
    """Note that `photo` is found at `file`, and return the photo's id."""
    photo_id = connection.scalar(select(photos.c.id).where(photos.c.sha256 == photo.sha256))
    if photo_id is None:
        made = connection.execute(
            insert(photos).values(
                sha256=photo.sha256,
                width=photo.width,
                height=photo.height,
                orientation=photo.orientation,
                taken_at=photo.taken_at,
            )
        )
        assert made.inserted_primary_key is not None
        photo_id = made.inserted_primary_key[0]
    drop_paths(connection, [str(file.path)])
    connection.execute(
        insert(paths).values(
            path=str(file.path), photo_id=photo_id, size=file.size, mtime_ns=file.mtime_ns
        )
    )
    return int(photo_id)


def add_failure(connection: Connection, file: File, reason: str) -> None:
    """Note that `file` gives no picture, and why. What is known of the path otherwise stays."""
    path = str(file.path)
    connection.execute(delete(failures).where(failures.c.path == path))
    connection.execute(
        insert(failures).values(path=path, size=file.size, mtime_ns=file.mtime_ns, reason=reason)
    )


def failure_reasons(connection: Connection) -> dict[str, str]:
    """The files that gave no picture, and why: path → reason, by path."""
    rows = connection.execute(select(failures.c.path, failures.c.reason).order_by(failures.c.path))
    return {row.path: row.reason for row in rows}


def paths_below(connection: Connection, root: Path) -> list[str]:
    """Every path known at or below `root`, of photos and of failures."""
    below = str(root).rstrip(os.sep) + os.sep
    return sorted(
        {
            path
            for column in (paths.c.path, failures.c.path)
            for path in connection.scalars(
                select(column).where(
                    or_(column == str(root), column.startswith(below, autoescape=True))
                )
            )
        }
    )


def drop_paths(connection: Connection, gone: Sequence[str]) -> None:
    """Forget that anything is found at these paths; photos and their faces stay."""
    for chunk in chunks(gone):
        connection.execute(delete(paths).where(paths.c.path.in_(chunk)))
        connection.execute(delete(failures).where(failures.c.path.in_(chunk)))


def unfinished(
    connection: Connection, photo_ids: Iterable[int], detector_id: int, model: str
) -> dict[int, bool]:
    """Of the photos, those with work left: photo id → whether faces have been looked for."""
    asked = list(dict.fromkeys(photo_ids))
    detected: set[int] = set()
    lacking: set[int] = set()
    for chunk in chunks(asked):
        detected.update(
            connection.scalars(
                select(detections.c.photo_id).where(
                    detections.c.photo_id.in_(chunk), detections.c.detector_id == detector_id
                )
            )
        )
        embedded = exists().where(embeddings.c.face_id == faces.c.id, embeddings.c.model == model)
        lacking.update(
            connection.scalars(
                select(faces.c.photo_id).where(
                    faces.c.photo_id.in_(chunk), faces.c.detector_id == detector_id, ~embedded
                )
            )
        )
    return {
        photo: photo in detected for photo in asked if photo not in detected or photo in lacking
    }


def find(connection: Connection, path: Path) -> tuple[int, Photo] | None:
    """The id and the photo found at `path`."""
    row = connection.execute(_SELECT.where(paths.c.path == str(path))).first()
    return None if row is None else (row.id, _photo(row))


def find_many(connection: Connection, photo_ids: Sequence[int]) -> dict[int, Photo]:
    """Photo id → photo, at one of its paths; photos that are at no path any more are left out."""
    found = {}
    for chunk in chunks(photo_ids):
        for row in connection.execute(
            _SELECT.where(photos.c.id.in_(chunk)).order_by(paths.c.path.desc())
        ):
            found[row.id] = _photo(row)
    return found


def find_digests(connection: Connection, digests: Sequence[str]) -> dict[int, Photo]:
    """The same for photos of these SHA-256 digests."""
    found = {}
    for chunk in chunks(digests):
        for row in connection.execute(
            _SELECT.where(photos.c.sha256.in_(chunk)).order_by(paths.c.path.desc())
        ):
            found[row.id] = _photo(row)
    return found


def all_paths(connection: Connection) -> list[tuple[str, int]]:
    """Every path with the id of the photo found there, by path."""
    rows = connection.execute(select(paths.c.path, paths.c.photo_id).order_by(paths.c.path))
    return [(path, photo_id) for path, photo_id in rows]


def remove(connection: Connection, digest: str) -> None:
    """Take a photo out with its paths and all that was found in it."""
    number = connection.scalar(select(photos.c.id).where(photos.c.sha256 == digest))
    known = connection.scalars(select(paths.c.path).where(paths.c.photo_id == number)).all()
    drop_paths(connection, known)
    connection.execute(delete(photos).where(photos.c.sha256 == digest))


def search(connection: Connection, text: str, limit: int) -> list[tuple[int, str]]:
    """Photos with `text` somewhere in a path, in any case: photo id and path, by path."""
    found = (
        select(paths.c.photo_id, paths.c.path)
        .where(paths.c.path.icontains(text, autoescape=True))
        .order_by(paths.c.path)
        .limit(limit)
    )
    return [(photo_id, path) for photo_id, path in connection.execute(found)]


def version(connection: Connection) -> tuple[int, int]:
    """Changes when faces or clusterings come; costs next to nothing."""
    newest = (connection.scalar(select(func.max(table.c.id))) for table in (faces, clusterings))
    last_face, last_run = (number or 0 for number in newest)
    return last_face, last_run


def counts(connection: Connection) -> dict[str, int]:
    """Photos that are at some path, paths, and failures."""
    count = func.count
    return {
        "photos": connection.scalar(select(count(paths.c.photo_id.distinct()))) or 0,
        "paths": connection.scalar(select(count()).select_from(paths)) or 0,
        "failures": connection.scalar(select(count()).select_from(failures)) or 0,
    }


_SELECT: Select[Any] = select(photos, paths.c.path).join(paths, paths.c.photo_id == photos.c.id)


def _photo(row: Row[Any]) -> Photo:
    return Photo(row.sha256, row.path, row.width, row.height, row.orientation, row.taken_at)
