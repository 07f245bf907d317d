"""Photos, and where they are; only paths whose files are there count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from prosopon.paths import address, located
from prosopon.records import Photo
from prosopon.store.schema import (
    detections,
    detectors,
    embeddings,
    faces,
    failures,
    paths,
    photos,
)

T = TypeVar("T")

HERE = paths.c.gone_at.is_(None)
"""Paths whose file was there when it was last looked for."""


BY_HAND = "by-hand"
"""What stands for a model where people drew the faces."""


def found_by(detector_id: int) -> Any:
    """The condition that a face is one of this detector's, or drawn by hand."""
    by_hand = select(detectors.c.id).where(detectors.c.model == BY_HAND)
    return or_(faces.c.detector_id == detector_id, faces.c.detector_id.in_(by_hand))


def chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Slices that fit into one IN (…) of every database."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


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
                    faces.c.photo_id.in_(chunk), found_by(detector_id), ~embedded
                )
            )
        )
    return {
        photo: photo in detected for photo in asked if photo not in detected or photo in lacking
    }


def find(connection: Connection, path: Path) -> tuple[int, Photo] | None:
    """The id and the photo found at `path`, which may be the address of a page."""
    names = {address(path), address(*located(path))}
    row = connection.execute(_SELECT.where(paths.c.path.in_(names))).first()
    return None if row is None else (row.id, _photo(row))


def find_many(connection: Connection, photo_ids: Sequence[int]) -> dict[int, Photo]:
    """Photo id → photo, at the first of its paths; photos that are at no path are left out."""
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


def superseded(connection: Connection) -> list[Any]:
    """Photos at no path whose picture is at one, turned another way: id, SHA-256 and orientation,
    then SHA-256 and orientation of the photo in their place."""
    living = connection.scalar(select(func.count(paths.c.photo_id.distinct())).where(HERE))
    if living == connection.scalar(select(func.count()).select_from(photos)):
        return []  # which is quickly told
    there = exists().where(paths.c.photo_id == photos.c.id, HERE)
    lost = list(connection.scalars(select(photos.c.id).where(~there, photos.c.pixels != "")))
    old, new = photos.alias("old"), photos.alias("new")
    query = (
        select(old.c.id, old.c.sha256, old.c.orientation, new.c.sha256, new.c.orientation)
        .join(new, new.c.pixels == old.c.pixels)
        .where(old.c.orientation != new.c.orientation)
        .where(exists().where(paths.c.photo_id == new.c.id, HERE))
        .order_by(new.c.id.desc())
    )
    return [
        row
        for chunk in chunks(lost)
        for row in connection.execute(query.where(old.c.id.in_(chunk)))
    ]


def turned(connection: Connection) -> dict[str, tuple[int, str, int]]:
    """SHA-256 of each photo that another program turned → orientation then, SHA-256 and orientation
    of the photo in its place."""
    rows = superseded(connection)
    return {old: (before, new, after) for _, old, before, new, after in rows}


def without_faces(connection: Connection, detector_id: int) -> list[str]:
    """Paths of the photos that this detector looked at and found no face in."""
    found = exists().where(faces.c.photo_id == detections.c.photo_id, found_by(detector_id))
    query = (
        select(paths.c.path)
        .join(detections, detections.c.photo_id == paths.c.photo_id)
        .where(HERE, detections.c.detector_id == detector_id, ~found)
        .order_by(paths.c.path)
    )
    return list(connection.scalars(query))


def not_examined(connection: Connection, detector_id: int) -> int:
    """How many photos this detector has not looked at, without those that can't be read."""
    seen = select(detections.c.photo_id).where(detections.c.detector_id == detector_id)
    failed = select(failures.c.path)
    query = select(func.count(paths.c.photo_id.distinct())).where(
        HERE, paths.c.photo_id.not_in(seen), paths.c.path.not_in(failed)
    )
    return connection.scalar(query) or 0


def set_perceptual_hashes(connection: Connection, codes: Mapping[int, bytes]) -> None:
    """Keep what tells copies of photos: photo id → code; see `prosopon.photos.copies`."""
    if codes:
        connection.execute(
            update(photos)
            .where(photos.c.id == bindparam("photo"))
            .values(perceptual_hash=bindparam("code")),
            [{"photo": photo_id, "code": code} for photo_id, code in codes.items()],
        )


def perceptual_hashes(connection: Connection) -> list[tuple[int, bytes, int, int]]:
    """Photo id, perceptual hash, width and height of the photos that have one, by id."""
    query = (
        select(photos.c.id, photos.c.perceptual_hash, photos.c.width, photos.c.height)
        .where(photos.c.perceptual_hash.is_not(None))
        .where(photos.c.id.in_(select(paths.c.photo_id).where(HERE)))
        .order_by(photos.c.id)
    )
    return [
        (row.id, row.perceptual_hash, row.width, row.height) for row in connection.execute(query)
    ]


def all_paths(connection: Connection) -> list[tuple[str, int]]:
    """Every path with the id of the photo found there, by path."""
    rows = connection.execute(
        select(paths.c.path, paths.c.photo_id).where(HERE).order_by(paths.c.path)
    )
    return [(path, photo_id) for path, photo_id in rows]


def remove(connection: Connection, digest: str) -> None:
    """Take a photo out with its paths and all that was found in it, also before it was turned."""
    row = connection.execute(select(photos).where(photos.c.sha256 == digest)).one()
    known = select(paths.c.path).where(paths.c.photo_id == row.id)
    connection.execute(delete(failures).where(failures.c.path.in_(known)))
    connection.execute(delete(paths).where(paths.c.photo_id == row.id))
    connection.execute(delete(photos).where(photos.c.id == row.id))
    if row.pixels:
        connection.execute(
            delete(photos).where(
                photos.c.pixels == row.pixels, photos.c.id.not_in(select(paths.c.photo_id))
            )
        )


def counts(connection: Connection) -> dict[str, int]:
    """Photos that are at some path, paths, paths that are gone, and failures."""
    count = func.count
    return {
        "photos": connection.scalar(select(count(paths.c.photo_id.distinct())).where(HERE)) or 0,
        "paths": connection.scalar(select(count()).select_from(paths).where(HERE)) or 0,
        "gone": connection.scalar(select(count()).select_from(paths).where(~HERE)) or 0,
        "failures": connection.scalar(select(count()).select_from(failures)) or 0,
    }


_SELECT: Select[Any] = (
    select(photos, paths.c.path).join(paths, paths.c.photo_id == photos.c.id).where(HERE)
)


def _photo(row: Row[Any]) -> Photo:
    return Photo(
        row.sha256, row.path, row.width, row.height, row.orientation, row.taken_at, row.pixels
    )
