"""Faces, vectors and a replayed log as plain arrays in files beside the collection.

They are mapped, not read row by row.

They are copies. They are believed only while the collection says that no face came, went or changed
since they were written, and the numbers of the faces add up to the same, whoever wrote into the
database; they are written anew from it otherwise. `drop` takes them away with what is forgotten.
"""

import logging
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from prosopon.errors import ProsoponError
from prosopon.files import load_arrays, save_arrays
from prosopon.records import Embeddings
from prosopon.store import faces
from prosopon.store.database import Store, version_of_faces
from prosopon.store.faces import QUALITY, FaceTable

Arrays = Mapping[str, NDArray[Any]]
FOLDERS = "columns-*"
_LOG = "columns-log"
_PLAIN = ("ids", "photo_ids", "boxes", "landmarks", "scores")

_log = logging.getLogger(__name__)


def load_faces(store: Store, connection: Connection, detector_id: int) -> FaceTable:
    """The same as `faces.load_faces` of a detector."""
    folder = store.cache / f"columns-faces-{detector_id}"
    state = _state(connection, faces.checksum(connection, detector_id))
    try:
        arrays, about = load_arrays(folder)
        if about == state:
            plain = {name: arrays[name] for name in _PLAIN}
            return FaceTable(**plain, quality={name: arrays[name] for name in QUALITY})
    except (ProsoponError, KeyError):
        pass  # none yet, or damaged
    table = faces.load_faces(connection, detector_id=detector_id)
    arrays = {name: getattr(table, name) for name in _PLAIN} | table.quality
    _keep(store, folder, arrays, state)
    return table


def load_embeddings(
    store: Store, connection: Connection, model: str, detector_id: int
) -> Embeddings:
    """The same as `faces.load_embeddings`."""
    folder = store.cache / f"columns-vectors-{model}-{detector_id}"
    state = _state(connection, faces.checksum_of_vectors(connection, model))
    try:
        arrays, about = load_arrays(folder)
        if about == state:
            return Embeddings(arrays["face_ids"], arrays["vectors"], model)
    except (ProsoponError, KeyError, ValueError):
        pass
    found = faces.load_embeddings(connection, model, detector_id)
    _keep(store, folder, {"face_ids": found.face_ids, "vectors": found.vectors}, state)
    return found


def load_log(store: Store, connection: Connection, about: Mapping[str, Any]) -> Arrays | None:
    """What `keep_log` kept of these very faces, turns and program; None where there is nothing.

    about : as it was given to `keep_log`, but for what only that knew.
    """
    try:
        arrays, kept = load_arrays(store.cache / _LOG)
        known = {"version": version_of_faces(connection), **about}
        same = known.items() <= kept.items() and kept["sum"] == _sum(arrays)
        return arrays if same else None
    except (ProsoponError, KeyError, TypeError):
        return None


def keep_log(
    store: Store, connection: Connection, arrays: Arrays, about: Mapping[str, Any]
) -> None:
    """Keep a replayed log. about : what it was made from."""
    version = version_of_faces(connection)
    state = {"version": version, **about, "sum": _sum(arrays)}
    _keep(store, store.cache / _LOG, arrays, state)
    with store.read() as later:
        if version_of_faces(later) != version:  # something may have been forgotten meanwhile
            shutil.rmtree(store.cache / _LOG, ignore_errors=True)


def _sum(arrays: Arrays) -> int:
    """Of all bytes: files that two programs wrote at once don't go together."""
    found = 0
    for name in sorted(arrays):
        found = zlib.crc32(np.ascontiguousarray(arrays[name]).data, found)
    return found


def drop(store: Store) -> None:
    """Take all of them away: they are written again when they are next asked for."""
    for folder in store.cache.glob(FOLDERS):
        shutil.rmtree(folder)


def _state(connection: Connection, checksum: list[int]) -> dict[str, Any]:
    return {"version": version_of_faces(connection), "checksum": checksum}


def _keep(store: Store, folder: Path, arrays: Arrays, state: dict[str, Any]) -> None:
    if not store.writable:
        return
    try:
        save_arrays(folder, arrays, state)
    except OSError as error:
        _log.warning("%s: the copies are not kept: %s", folder, error)
