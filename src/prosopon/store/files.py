"""The files of a collection: which photo is at each, which gave none, which are gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from prosopon.paths import address, file_of, separator
from prosopon.records import File, Photo
from prosopon.store.catalogue import HERE, chunks
from prosopon.store.database import now
from prosopon.store.schema import descriptions, failures, paths, photos


@dataclass(slots=True)
class Known:
    """What is known of a file that has not changed."""

    photo_ids: list[int]
    """Its photos, one for each page, without those whose pixels failed."""
    failed: bool = False
    """Whether it, or a page of it, gave no picture."""


def unchanged(connection: Connection, files: Sequence[File]) -> dict[Path, Known]:
    """Of `files`, those known with the same size and time; also those that were gone meanwhile."""
    stamps = {address(file.path): file for file in files}
    found: dict[Path, Known] = {}
    for chunk in chunks(list(stamps)):
        failed = set()
        for row in connection.execute(select(failures).where(failures.c.file.in_(chunk))):
            file = stamps[row.file]
            if (row.size, row.mtime_ns) == (file.size, file.mtime_ns):
                failed.add(row.path)
                found[file.path] = Known([], failed=True)
        for row in connection.execute(select(paths).where(paths.c.file.in_(chunk))):
            file = stamps[row.file]
            if (row.size, row.mtime_ns) == (file.size, file.mtime_ns):
                known = found.setdefault(file.path, Known([]))
                if row.path not in failed:
                    known.photo_ids.append(row.photo_id)
    return found


def add(connection: Connection, found: Sequence[tuple[File, Sequence[Photo]]]) -> list[int]:
    """Note that these photos (one for each page) are at these files; their ids, in order.

    A photo is known again by the digest of the whole file or of its picture, so that it stays the
    same when another program writes into the file what the picture shows.
    """
    drop(connection, [file.path for file, _ in found])
    pages = [(file, photo) for file, of_file in found for photo in of_file]
    known, new = _Recognised.of(connection, [photo for _, photo in pages]), []
    places = []
    for _, photo in pages:
        place = known.find(photo)
        if place is None:
            new.append(photo)
            place = -len(new)
        known.note(photo, place)
        places.append(place)
    made = _add_photos(connection, new)
    ids = [place if place > 0 else made[-place - 1] for place in places]
    for chunk in chunks([place for place in places if place > 0]):  # may say something else by now
        said = descriptions.c.photo_id.in_(chunk)
        connection.execute(delete(descriptions).where(said, descriptions.c.source == "file"))
    rows = {
        photo.path: {
            "path": photo.path,
            "file": address(file.path),
            "photo_id": photo_id,
            "sha256": photo.sha256,
            "size": file.size,
            "mtime_ns": file.mtime_ns,
        }
        for (file, photo), photo_id in zip(pages, ids, strict=True)
    }  # one file may be found by two ways
    if rows:
        connection.execute(insert(paths), list(rows.values()))
    return ids


@dataclass(slots=True)
class _Recognised:
    """Which photos are known; those yet without an id have negative numbers."""

    digests: dict[str, int]
    """SHA-256, now or at first, → photo."""
    pictures: dict[tuple[str, int], int]
    """Digest of the pixels, orientation → photo."""

    @classmethod
    def of(cls, connection: Connection, asked: Sequence[Photo]) -> "_Recognised":
        digests: dict[str, int] = {}
        for chunk in chunks([photo.sha256 for photo in asked]):
            for query in (
                select(paths.c.sha256, paths.c.photo_id).where(paths.c.sha256.in_(chunk)),
                select(photos.c.sha256, photos.c.id).where(photos.c.sha256.in_(chunk)),
            ):
                digests |= {row[0]: row[1] for row in connection.execute(query)}
        pictures: dict[tuple[str, int], int] = {}
        for chunk in chunks([photo.pixels for photo in asked if photo.pixels]):
            alike = select(photos).where(photos.c.pixels.in_(chunk)).order_by(photos.c.id.desc())
            for row in connection.execute(alike):
                pictures[row.pixels, row.orientation] = row.id
        return cls(digests, pictures)

    def find(self, photo: Photo) -> int | None:
        found = self.digests.get(photo.sha256)
        return self.pictures.get((photo.pixels, photo.orientation)) if found is None else found

    def note(self, photo: Photo, place: int) -> None:
        self.digests.setdefault(photo.sha256, place)
        if photo.pixels:
            self.pictures.setdefault((photo.pixels, photo.orientation), place)


def _add_photos(connection: Connection, new: Sequence[Photo]) -> list[int]:
    """The ids of photos that were not known."""
    if not new:
        return []
    rows = [
        {
            "sha256": photo.sha256,
            "width": photo.width,
            "height": photo.height,
            "orientation": photo.orientation,
            "taken_at": photo.taken_at,
            "pixels": photo.pixels,
        }
        for photo in new
    ]
    query = insert(photos).returning(photos.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(query, rows))


def add_failure(connection: Connection, path: str | Path, file: File, reason: str) -> None:
    """Note that the photo at address `path` in `file` can't be read, and why.

    What is known of the path otherwise stays.
    """
    name = str(path)
    connection.execute(delete(failures).where(failures.c.path == name))
    connection.execute(
        insert(failures).values(
            path=name,
            file=address(file.path),
            size=file.size,
            mtime_ns=file.mtime_ns,
            reason=reason,
        )
    )


def add_damaged(connection: Connection, photo_id: int, reason: str) -> None:
    """Note that a photo can't be decoded, at every path that it is at."""
    for row in connection.execute(select(paths).where(paths.c.photo_id == photo_id, HERE)).all():
        add_failure(connection, row.path, File(file_of(row.file), row.size, row.mtime_ns), reason)


def failure_reasons(connection: Connection) -> dict[str, str]:
    """The files that gave no picture, and why: path → reason, by path."""
    rows = connection.execute(select(failures.c.path, failures.c.reason).order_by(failures.c.path))
    return {row.path: row.reason for row in rows}


def drop_unlisted(connection: Connection, root: Path) -> None:
    """Take out what a walk below `root` could not list or open: the next walk finds it again."""
    connection.execute(
        delete(failures).where(_below(failures.c.file, root), failures.c.mtime_ns == 0)
    )


def below(connection: Connection, root: Path, *, also_gone: bool = False) -> list[Path]:
    """Every file known at or below `root`, of photos and of failures."""
    there = _below(paths.c.file, root) if also_gone else _below(paths.c.file, root) & HERE
    known = set(connection.scalars(select(paths.c.file).where(there)))
    known.update(connection.scalars(select(failures.c.file).where(_below(failures.c.file, root))))
    return [file_of(file) for file in sorted(known)]


def stamps_below(connection: Connection, root: Path) -> list[tuple[File, str]]:
    """Every file of photos known at or below `root`, gone or not, and its SHA-256; by path."""
    first = paths.c.path == paths.c.file  # one row a file, not one for each of its pages
    rows = connection.execute(
        select(paths).where(_below(paths.c.file, root), first).order_by(paths.c.path)
    )
    return [(File(file_of(row.file), row.size, row.mtime_ns), row.sha256) for row in rows]


def _below(column: ColumnElement[str], root: Path) -> ColumnElement[bool]:
    name, between = address(root), separator(root)
    return or_(column == name, column.startswith(name.rstrip(between) + between, autoescape=True))


def elsewhere(connection: Connection, photo_ids: Sequence[int]) -> list[str]:
    """The addresses at which these photos are, as far as known."""
    found: set[str] = set()
    for chunk in chunks(photo_ids):
        found.update(
            connection.scalars(select(paths.c.path).where(paths.c.photo_id.in_(chunk), HERE))
        )
    return sorted(found)


def mark_gone(connection: Connection, gone: Sequence[Path]) -> tuple[int, int]:
    """Note that nothing is at these paths any more.

    Returns how many of them moved (their photos are elsewhere too) and how many are gone for good.
    """
    names = [address(path) for path in gone]
    ids: dict[str, set[int]] = {}
    for chunk in chunks(names):
        for row in connection.execute(select(paths).where(paths.c.file.in_(chunk), HERE)):
            ids.setdefault(row.file, set()).add(row.photo_id)
        connection.execute(update(paths).where(paths.c.file.in_(chunk), HERE).values(gone_at=now()))
        connection.execute(delete(failures).where(failures.c.file.in_(chunk)))
    living: set[int] = set()
    for some in chunks(sorted(set().union(*ids.values()))):
        living.update(
            connection.scalars(select(paths.c.photo_id).where(paths.c.photo_id.in_(some), HERE))
        )
    moved = sum(of <= living for of in ids.values())
    return moved, len(ids) - moved


def mark_here(connection: Connection, there: Iterable[Path]) -> None:
    """Note that the files at these paths are there (again)."""
    for chunk in chunks([address(path) for path in there]):
        connection.execute(
            update(paths)
            .where(paths.c.file.in_(chunk), paths.c.gone_at.is_not(None))
            .values(gone_at=None)
        )


def drop(connection: Connection, files: Sequence[Path]) -> None:
    """Forget that anything is found at these paths; photos and their faces stay."""
    for chunk in chunks([address(path) for path in files]):
        connection.execute(delete(paths).where(paths.c.file.in_(chunk)))
        connection.execute(delete(failures).where(failures.c.file.in_(chunk)))


def move(connection: Connection, old: Path, new: File) -> None:
    """Note that the file known at `old`, with all its pages, is now `new`."""
    before, after = address(old), address(new.path)
    drop(connection, [new.path])
    for row in connection.execute(select(paths).where(paths.c.file == before)).all():
        connection.execute(
            update(paths)
            .where(paths.c.path == row.path)
            .values(
                path=after + row.path[len(before) :],
                file=after,
                size=new.size,
                mtime_ns=new.mtime_ns,
                gone_at=None,
            )
        )
    connection.execute(delete(failures).where(failures.c.file == before))
