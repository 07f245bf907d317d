"""Attribute probabilities of faces, by the model that gave them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select

from prosopon.errors import UsageError
from prosopon.records import Float32, Int64
from prosopon.store.catalogue import HERE, chunks, found_by
from prosopon.store.database import recall, remember
from prosopon.store.schema import attribute_values, faces, paths

_VALUE = np.dtype("<f4")


@dataclass(frozen=True, slots=True, eq=False)
class AttributeTable:
    """What one attribute model says of many faces."""

    face_ids: Int64
    """(n,) ascending."""
    names: tuple[str, ...]
    values: Float32
    """(n, a) probabilities, columns as `names`."""
    thresholds: Float32
    """(a,) from which each attribute counts as present."""

    def __len__(self) -> int:
        return len(self.face_ids)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(n, a) whether each attribute counts as present."""
        decided: NDArray[np.bool_] = self.values >= self.thresholds
        return decided

    def columns(self, names: Sequence[str]) -> list[int]:
        """Where these attributes stand. Raises UsageError naming those that are not there."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise UsageError(
                f"{', '.join(missing)}: not among the attributes of this collection: "
                f"{', '.join(self.names)}"
            )
        return [self.names.index(name) for name in names]

    def of(self, face_ids: Int64) -> Self:
        """Only these faces, those of them that are here."""
        rows = np.isin(self.face_ids, face_ids)
        return replace(self, face_ids=self.face_ids[rows], values=self.values[rows])


def use(
    connection: Connection, model: str, names: Sequence[str], thresholds: Sequence[float]
) -> None:
    """Note which columns the probabilities of `model` have, and its thresholds."""
    facts = {"names": list(names), "thresholds": [float(value) for value in thresholds]}
    remember(connection, _key(model), json.dumps(facts))
    remember(connection, "attributes", model)


def current(connection: Connection) -> str | None:
    """The attribute model that was last used; None if none was."""
    return recall(connection, "attributes")


def add(connection: Connection, face_ids: Sequence[int], model: str, values: Float32) -> None:
    """Keep the probabilities (n, a) of these faces, in place of what `model` said before."""
    if len(face_ids):
        mine, these = attribute_values.c.model == model, attribute_values.c.face_id
        for part in chunks([int(face) for face in face_ids]):
            connection.execute(attribute_values.delete().where(mine, these.in_(part)))
        connection.execute(
            insert(attribute_values),
            [
                {
                    "face_id": int(face),
                    "model": model,
                    "probabilities": row.astype(_VALUE).tobytes(),
                }
                for face, row in zip(face_ids, values, strict=True)
            ],
        )


def load(connection: Connection, model: str, detector_id: int) -> AttributeTable:
    """All that `model` said of the faces of one detector in photos that are still at a path."""
    facts = json.loads(recall(connection, _key(model)) or '{"names": [], "thresholds": []}')
    rows = connection.execute(
        select(attribute_values.c.face_id, attribute_values.c.probabilities)
        .join(faces, faces.c.id == attribute_values.c.face_id)
        .where(
            attribute_values.c.model == model,
            found_by(detector_id),
            faces.c.photo_id.in_(select(paths.c.photo_id).where(HERE)),
        )
        .order_by(attribute_values.c.face_id)
    ).all()
    values = np.frombuffer(b"".join(row[1] for row in rows), _VALUE)
    return AttributeTable(
        np.fromiter((row[0] for row in rows), np.int64, len(rows)),
        tuple(facts["names"]),
        values.reshape(len(rows), len(facts["names"])),
        np.array(facts["thresholds"], np.float32),
    )


def unfinished(connection: Connection, model: str, detector_id: int) -> list[int]:
    """The photos, still at a path, with faces of which `model` has said nothing yet."""
    done = select(attribute_values.c.face_id).where(attribute_values.c.model == model)
    query = (
        select(faces.c.photo_id)
        .where(
            found_by(detector_id),
            faces.c.id.not_in(done),
            faces.c.photo_id.in_(select(paths.c.photo_id).where(HERE)),
        )
        .distinct()
        .order_by(faces.c.photo_id)
    )
    return list(connection.scalars(query))


def drop(connection: Connection, model: str) -> None:
    """Forget all that `model` said."""
    connection.execute(attribute_values.delete().where(attribute_values.c.model == model))


def _key(model: str) -> str:
    return f"attributes:{model}"
