"""Which models looked at which photos, the faces found, and their embeddings."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, delete, func, insert, select

from prosopon.errors import ProsoponError
from prosopon.records import Embeddings, Faces, Float32, Int64, ModelCard
from prosopon.store.catalogue import BY_HAND, HERE, chunks, found_by, superseded
from prosopon.store.schema import detections, detectors, embeddings, faces, models, paths, photos

_VECTOR = np.dtype("<f4")
_STREAMED = {"yield_per": 20_000}
"""So many rows are in memory as rows."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTable:
    """Faces of many photos, column by column, by face id."""

    ids: Int64
    """(n,)"""
    photo_ids: Int64
    """(n,)"""
    boxes: Float32
    """(n, 4) x1, y1, x2, y2 in pixels of the upright photo."""
    landmarks: Float32
    """(n, 5, 2) in pixels; NaN where the model gives none."""
    scores: Float32
    """(n,)"""
    quality: dict[str, Float32]
    """sharpness, yaw, pitch, roll: (n,) each, NaN where not known."""

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, which: NDArray[np.generic]) -> Self:
        """Some of the faces, by mask or by row."""
        return replace(
            self,
            quality={name: values[which] for name, values in self.quality.items()},
            **{
                name: getattr(self, name)[which]
                for name in ("ids", "photo_ids", "boxes", "landmarks", "scores")
            },
        )


QUALITY = ("sharpness", "yaw", "pitch", "roll")


def use_model(connection: Connection, card: ModelCard) -> None:
    """Note that rows of this collection come from `card`.

    Raises ProsoponError if its weights differ from those that made earlier rows.
    """
    known = connection.scalar(select(models.c.sha256).where(models.c.id == card.id))
    if known is None:
        connection.execute(insert(models).values(id=card.id, sha256=card.sha256, card=asdict(card)))
    elif known != card.sha256:
        raise ProsoponError(
            f"model {card.id!r}: its weights (sha256 {card.sha256[:12]}…) are not those that this "
            f"collection was indexed with ({known[:12]}…); add them under another id"
        )


def use_detector(connection: Connection, card: ModelCard, settings: Mapping[str, Any]) -> int:
    """The id of this detector with these settings, noted on first use."""
    use_model(connection, card)
    text = json.dumps(settings, sort_keys=True)
    found = connection.scalar(
        select(detectors.c.id).where(detectors.c.model == card.id, detectors.c.settings == text)
    )
    if found is not None:
        return int(found)
    made = connection.execute(insert(detectors).values(model=card.id, settings=text))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def use_hand(connection: Connection) -> int:
    """The id of the detector whose faces people drew."""
    found = connection.scalar(select(detectors.c.id).where(detectors.c.model == BY_HAND))
    if found is not None:
        return int(found)
    connection.execute(insert(models).values(id=BY_HAND, sha256="", card={}))
    made = connection.execute(insert(detectors).values(model=BY_HAND, settings="{}"))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def drawn(connection: Connection) -> list[int]:
    """The faces that people drew."""
    by_hand = select(detectors.c.id).where(detectors.c.model == BY_HAND)
    query = select(faces.c.id).where(faces.c.detector_id.in_(by_hand))
    return list(connection.scalars(query.order_by(faces.c.id)))


def detector_model(connection: Connection, detector_id: int) -> str:
    """The card id of a detector."""
    return str(
        connection.execute(
            select(detectors.c.model).where(detectors.c.id == detector_id)
        ).scalar_one()
    )


def embedders(connection: Connection) -> list[str]:
    """The embedders whose vectors this collection holds."""
    return list(connection.scalars(select(embeddings.c.model).distinct()))


def add_detections(
    connection: Connection,
    detector_id: int,
    found: Sequence[tuple[int, Faces, Mapping[str, Float32]]],
) -> list[int]:
    """Note what a detector found in some photos (id, faces, perhaps none, and their quality), and
    return the new faces' ids, photo after photo."""
    if found:
        connection.execute(
            insert(detections),
            [{"photo_id": photo_id, "detector_id": detector_id} for photo_id, _, _ in found],
        )
    return add(connection, detector_id, found)


def add(
    connection: Connection,
    detector_id: int,
    found: Sequence[tuple[int, Faces, Mapping[str, Float32]]],
) -> list[int]:
    """Add faces of some photos (id, faces and their quality); returns the faces' ids."""
    rows = [
        {
            "photo_id": photo_id,
            "detector_id": detector_id,
            "landmarks": of_photo.landmarks[row].astype(_VECTOR).tobytes(),
            "score": float(of_photo.scores[row]),
            **dict(zip(("x1", "y1", "x2", "y2"), of_photo.boxes[row].tolist(), strict=True)),
            **{name: _number(quality[name][row]) for name in QUALITY},
        }
        for photo_id, of_photo, quality in found
        for row in range(len(of_photo))
    ]
    query = insert(faces).returning(faces.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(query, rows)) if rows else []


def add_embeddings(
    connection: Connection, face_ids: Sequence[int], model: str, vectors: Iterable[Float32]
) -> None:
    """Keep one vector for each face; those that have one keep it."""
    known = {
        face
        for chunk in chunks(face_ids)
        for face in connection.scalars(
            select(embeddings.c.face_id).where(
                embeddings.c.model == model, embeddings.c.face_id.in_(chunk)
            )
        )
    }
    if len(known) < len(face_ids):
        connection.execute(
            insert(embeddings),
            [
                {"face_id": face, "model": model, "vector": vector.astype(_VECTOR).tobytes()}
                for face, vector in zip(face_ids, vectors, strict=True)
                if face not in known
            ],
        )


def load_embeddings(connection: Connection, model: str, detector_id: int) -> Embeddings:
    """All vectors of one model for the faces of one detector, and those drawn by hand, in photos
    that are still at a path."""
    query = (
        select(embeddings.c.face_id, embeddings.c.vector)
        .join(faces, faces.c.id == embeddings.c.face_id)
        .where(embeddings.c.model == model, found_by(detector_id), _present())
        .order_by(embeddings.c.face_id)
    )
    ids, vectors, width = [np.empty(0, np.int64)], [], 0
    for rows in connection.execute(query, execution_options=_STREAMED).partitions():
        face_ids, packed = zip(*rows, strict=True)
        width = width or len(packed[0]) // _VECTOR.itemsize
        ids.append(np.array(face_ids, np.int64))
        vectors.append(_packed(packed, width, face_ids, f"vector of face {{face}} by {model} is"))
    numbered = np.concatenate(ids)
    table = np.frombuffer(b"".join(vectors), _VECTOR).reshape(len(numbered), width or 1)
    if not np.isfinite(table).all():
        face = numbered[~np.isfinite(table).all(axis=1)][0]
        raise ProsoponError(
            f"the vector of face {face} by {model} is damaged (not numbers); restore a backup, or "
            "index into a new collection"
        )
    return Embeddings(numbered, table, model)


def load_faces(
    connection: Connection,
    *,
    detector_id: int | None = None,
    photo_id: int | None = None,
    face_ids: Sequence[int] | None = None,
) -> FaceTable:
    """Faces of photos that are still at a path: of one detector with those drawn by hand, of one
    photo, or those named."""
    query = select(faces).where(_present()).order_by(faces.c.id)
    if detector_id is not None:
        query = query.where(found_by(detector_id))
    if photo_id is not None:
        query = query.where(faces.c.photo_id == photo_id)
    if face_ids is None:
        return _table(connection, [query])
    return _table(connection, (query.where(faces.c.id.in_(c)) for c in chunks(sorted(face_ids))))


def checksum(connection: Connection, detector_id: int) -> list[int]:
    """How many faces of a detector there are, and the sums of their numbers and photos' numbers."""
    sums = (func.count(), func.sum(faces.c.id), func.sum(faces.c.photo_id))
    found = connection.execute(select(*sums).where(found_by(detector_id))).one()
    return [int(number or 0) for number in found]


def checksum_of_vectors(connection: Connection, model: str) -> list[int]:
    """How many vectors of a model there are, and the sum of the faces' numbers."""
    sums = (func.count(), func.sum(embeddings.c.face_id))
    found = connection.execute(select(*sums).where(embeddings.c.model == model)).one()
    return [int(number or 0) for number in found]


def photos_of(connection: Connection, face_ids: Int64) -> Int64:
    """(n,) the photo id of each face; `face_ids` (n,) ascending, all in the store."""
    rows = connection.execute(select(faces.c.id, faces.c.photo_id).order_by(faces.c.id)).all()
    table = np.array([tuple(row) for row in rows], np.int64).reshape(len(rows), 2)
    photo_ids: Int64 = table[np.searchsorted(table[:, 0], face_ids), 1]
    return photo_ids


@dataclass(frozen=True, slots=True)
class Place:
    """Where one detector found one face."""

    face: int
    photo: str
    """SHA-256."""
    detector: int
    box: tuple[float, float, float, float]
    """x1, y1, x2, y2 in pixels."""
    size: tuple[int, int]
    """Width and height of the photo."""


def places_in(connection: Connection, digests: Sequence[str]) -> list[Place]:
    """The faces of all detectors in these photos, also of those whose files are gone."""
    query = select(faces, photos.c.sha256, photos.c.width, photos.c.height).join(photos)
    return [
        Place(
            row.id,
            row.sha256,
            row.detector_id,
            (row.x1, row.y1, row.x2, row.y2),
            (row.width, row.height),
        )
        for chunk in chunks(digests)
        for row in connection.execute(query.where(photos.c.sha256.in_(chunk)))
    ]


def vectors_of(connection: Connection, face_ids: Sequence[int]) -> list[bytes]:
    """The vectors and landmarks of faces as they stand in the database."""
    found: list[bytes] = []
    for chunk in chunks(face_ids):
        for table, column in (
            (embeddings.c.face_id, embeddings.c.vector),
            (faces.c.id, faces.c.landmarks),
        ):
            found += connection.scalars(select(column).where(table.in_(chunk)))
    return found


def remove(connection: Connection, face_ids: Sequence[int]) -> None:
    """Take faces out with their vectors and attributes; see `clusterings.remove_faces` too."""
    for chunk in chunks(face_ids):
        connection.execute(delete(faces).where(faces.c.id.in_(chunk)))


def remove_superseded(connection: Connection) -> tuple[int, list[int]]:
    """Take out what was found in photos that another program has turned; see `catalogue.turned`.

    They are looked at anew where they are turned back. Returns how many photos these were, and the
    faces, which are to leave the clusterings, too.
    """
    looked_at = select(detections.c.photo_id)
    old = {row.id for row in superseded(connection)}
    found = sorted(old & set(connection.scalars(looked_at))) if old else []
    gone: list[int] = []
    for chunk in chunks(found):
        gone += connection.scalars(select(faces.c.id).where(faces.c.photo_id.in_(chunk)))
        for table in (faces, detections):
            connection.execute(delete(table).where(table.c.photo_id.in_(chunk)))
    return len(found), gone


def counts(connection: Connection, detector_id: int) -> dict[str, int]:
    """Photos that a detector looked at, and faces that it found in them."""
    looked = select(func.count()).where(detections.c.detector_id == detector_id)
    found = select(func.count()).where(found_by(detector_id), _present())
    return {
        "examined": connection.scalar(looked) or 0,
        "faces": connection.scalar(found) or 0,
    }


def _present() -> Any:
    return faces.c.photo_id.in_(select(paths.c.photo_id).where(HERE))


_NUMBERS = ("x1", "y1", "x2", "y2", "score", *QUALITY)


def _table(connection: Connection, queries: Iterable[Select[Any]]) -> FaceTable:
    """The faces that the queries select, `_AT_ONCE` rows at a time."""
    ids, numbers, landmarks = [np.empty((2, 0), np.int64)], [np.empty((9, 0), np.float32)], []
    columns = [faces.c[name] for name in ("id", "photo_id", "landmarks", *_NUMBERS)]
    for query in queries:
        found = connection.execute(query.with_only_columns(*columns), execution_options=_STREAMED)
        for rows in found.partitions():
            numbered, photo_ids, points, *others = zip(*rows, strict=True)
            ids.append(np.array([numbered, photo_ids], np.int64))
            numbers.append(np.array(others, np.float32))  # None becomes NaN
            landmarks.append(_packed(points, 10, numbered, "landmarks of face {face} are"))
    known, plain = np.concatenate(ids, axis=1), np.concatenate(numbers, axis=1)
    marks = np.frombuffer(b"".join(landmarks), _VECTOR).reshape(-1, 5, 2)
    return FaceTable(
        known[0],
        known[1],
        plain[:4].T.copy(),
        marks,
        plain[4],
        dict(zip(QUALITY, plain[5:], strict=True)),
    )


def _packed(values: Sequence[bytes], count: int, face_ids: Sequence[int], what: str) -> bytes:
    """The values, each of `count` numbers, one after the other. Raises ProsoponError."""
    size = count * _VECTOR.itemsize
    for face, value in zip(face_ids, values, strict=True):
        if len(value) != size:
            raise ProsoponError(
                f"the {what.format(face=face)} damaged ({len(value)} bytes, not {size}); "
                "restore a backup, or index into a new collection"
            )
    return b"".join(values)


def _number(value: np.float32) -> float | None:
    """SQL has no NaN."""
    return None if np.isnan(value) else float(value)
