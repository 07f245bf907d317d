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
    query = select(faces.c.id).join(detectors).where(detectors.c.model == BY_HAND)
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
    rows = connection.execute(
        select(embeddings.c.face_id, embeddings.c.vector)
        .join(faces, faces.c.id == embeddings.c.face_id)
        .where(embeddings.c.model == model, found_by(detector_id), _present())
        .order_by(embeddings.c.face_id)
    ).all()
    ids = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    width = len(rows[0][1]) // _VECTOR.itemsize if rows else 1
    for face, vector in rows:
        if len(vector) != width * _VECTOR.itemsize:
            raise ProsoponError(
                f"the vector of face {face} by {model} is damaged ({len(vector)} bytes, not "
                f"{width * _VECTOR.itemsize}); restore a backup, or index into a new collection"
            )
    vectors = np.frombuffer(b"".join(row[1] for row in rows), _VECTOR)
    if not np.isfinite(vectors).all():
        face = ids[~np.isfinite(vectors.reshape(len(rows), width)).all(axis=1)][0]
        raise ProsoponError(
            f"the vector of face {face} by {model} is damaged (not numbers); restore a backup, or "
            "index into a new collection"
        )
    return Embeddings(ids, vectors.reshape(len(rows), width), model)


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
        return _table(connection, query)
    rows = [
        row
        for chunk in chunks(sorted(face_ids))
        for row in connection.execute(query.where(faces.c.id.in_(chunk)))
    ]
    return _from_rows(rows)


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
    """Take faces out with all that hangs on them: vectors, attributes, places in clusterings."""
    for chunk in chunks(face_ids):
        connection.execute(delete(faces).where(faces.c.id.in_(chunk)))


def remove_superseded(connection: Connection) -> int:
    """Take out what was found in photos that another program has turned; see `catalogue.turned`.

    They are looked at anew where they are turned back. Returns how many photos these were.
    """
    looked_at = select(detections.c.photo_id)
    old = {row.id for row in connection.execute(superseded())}
    found = sorted(old & set(connection.scalars(looked_at))) if old else []
    for chunk in chunks(found):
        for table in (faces, detections):
            connection.execute(delete(table).where(table.c.photo_id.in_(chunk)))
    return len(found)


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


def _table(connection: Connection, query: Select[Any]) -> FaceTable:
    return _from_rows(list(connection.execute(query)))


def _from_rows(rows: Sequence[Any]) -> FaceTable:
    n = len(rows)
    for row in rows:
        if len(row.landmarks) != 10 * _VECTOR.itemsize:
            raise ProsoponError(
                f"the landmarks of face {row.id} are damaged ({len(row.landmarks)} bytes, not "
                "40); restore a backup, or index into a new collection"
            )

    def column(name: str, dtype: Any) -> NDArray[Any]:
        values = (getattr(row, name) for row in rows)
        return np.fromiter((np.nan if v is None else v for v in values), dtype, n)

    return FaceTable(
        ids=column("id", np.int64),
        photo_ids=column("photo_id", np.int64),
        boxes=np.array([(r.x1, r.y1, r.x2, r.y2) for r in rows], np.float32).reshape(n, 4),
        landmarks=np.frombuffer(b"".join(r.landmarks for r in rows), _VECTOR).reshape(n, 5, 2),
        scores=column("score", np.float32),
        quality={name: column(name, np.float32) for name in QUALITY},
    )


def _number(value: np.float32) -> float | None:
    """SQL has no NaN."""
    return None if np.isnan(value) else float(value)
