"""A long log is replayed once, and what it comes to kept beside the collection.

It is believed only for the very faces it was made with, and while the log begins as it did then:
entries are only ever added, and whatever is forgotten makes all copies void. What came since is
replayed on top; where that is much, everything is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from prosopon.collection.faces import FaceIndex
from prosopon.collection.standing import Standing
from prosopon.collection.view import CollectionView
from prosopon.errors import ProsoponError
from prosopon.people import Decision, DecisionLog, Places, from_json, kept_log
from prosopon.people.face_locator import FaceLocator
from prosopon.people.turning import Turn, follow
from prosopon.store import Connection, columns, decisions
from prosopon.version import __version__

LONG = 5_000
"""Entries from which a log is kept."""
FEW = 0.02
"""So many more entries, as a share of those kept, are replayed on top."""
_STANDING = ("who", "doubtful", "withheld", "set_aside")


def load(
    connection: Connection,
    faces: FaceIndex,
    turns: Mapping[str, Turn],
    find: Callable[[Sequence[str]], Places],
) -> tuple[DecisionLog, CollectionView, int] | None:
    """The log so far, the collection after it, and the number of the last entry in it; None where
    nothing is kept that still holds.

    find : gives the faces in photographs.
    """
    arrays = columns.load_log(faces.store, connection, _about(faces, turns))
    if arrays is None:
        return None
    try:
        return _load(connection, faces, arrays, turns, find)
    except (LookupError, TypeError, ValueError, RecursionError, ProsoponError):
        return None  # files of something else


def _load(
    connection: Connection,
    faces: FaceIndex,
    arrays: columns.Arrays,
    turns: Mapping[str, Turn],
    find: Callable[[Sequence[str]], Places],
) -> tuple[DecisionLog, CollectionView, int] | None:
    store, numbers = faces.store, arrays["numbers"]
    last, length = int(numbers[-1]), len(numbers)
    fresh = decisions.count_after(connection, last)
    standing = Standing(*(arrays[name] for name in _STANDING))
    if (
        fresh > FEW * length
        or decisions.count(connection) != length + fresh
        or decisions.identifier_of(connection, last) != arrays["last"].tobytes().decode()
        or any(arrays[name].shape != faces.face_ids.shape for name in _STANDING)
    ):
        return None

    def read(which: range) -> list[Decision]:
        first, until = int(numbers[which.start]), int(numbers[which.stop - 1])
        with store.read() as own:
            rows = decisions.load_between(own, first, until)
        if [number for number, _ in rows] != numbers[which.start : which.stop].tolist():
            raise ProsoponError(f"{store.name}: the log has lost entries; open it again")
        return [follow(from_json(content), turns) for _, content in rows]

    log = kept_log.from_arrays(arrays, read, FaceLocator(find))
    return log, CollectionView.kept(faces, log, standing), last


def keep(
    connection: Connection,
    log: DecisionLog,
    view: CollectionView,
    turns: Mapping[str, Turn],
    numbers: Sequence[int],
) -> None:
    """Keep a log that was replayed from its beginning, and the collection after it.

    numbers : of its entries.
    """
    faces = view.faces
    if len(numbers) < LONG or not faces.store.writable:
        return
    arrays = {
        **kept_log.to_arrays(log),
        **{name: getattr(view.standing, name) for name in _STANDING},
        "numbers": np.array(numbers, np.int64),
        "last": np.frombuffer(log.log[-1].id.encode(), np.uint8),
    }
    columns.keep_log(faces.store, connection, arrays, _about(faces, turns))


def _about(faces: FaceIndex, turns: Mapping[str, Turn]) -> dict[str, Any]:
    """What else it depends on how a log is replayed."""
    ids, photos = faces.face_ids, faces.photo_ids
    return {
        "program": __version__,
        "layout": kept_log.LAYOUT,
        "detector": faces.detector_id,
        "faces": [len(ids), int(ids.sum()), int(photos.sum())],
        "turns": sorted([one, turn.before, turn.photo, turn.after] for one, turn in turns.items()),
    }
