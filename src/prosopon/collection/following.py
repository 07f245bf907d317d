"""A collection's log is followed decision by decision: what is decided of the faces, up to now."""

from collections.abc import Mapping, Sequence

import numpy as np

from prosopon.collection import kept_log
from prosopon.collection.faces import FaceIndex
from prosopon.collection.view import CollectionView
from prosopon.people import Decision, DecisionLog, Kind, Places, from_json
from prosopon.people.turning import Turn, follow
from prosopon.store import Connection, catalogue, decisions


class Following:
    """What was read of the log, and the collection after it."""

    def __init__(self, faces: FaceIndex, turns: Mapping[str, Turn]) -> None:
        """turns : photographs that other programs turned, by SHA-256."""
        self._faces = faces
        self._turns = turns
        self._log = DecisionLog()
        self._read = 0
        """The number of the entry that was read last."""
        self._view: CollectionView | None = None

    def on(self, faces: FaceIndex, turns: Mapping[str, Turn]) -> "Following":
        """The same with faces that were loaded anew, perhaps in other clusters."""
        if turns != self._turns or not np.array_equal(faces.face_ids, self._faces.face_ids):
            return Following(faces, turns)
        self._faces, self._view = faces, None
        return self

    def view(self, connection: Connection) -> CollectionView:
        """The collection after all that was decided up to now."""
        if not self._read:
            self._recall(connection)
        fresh = self._new_entries(connection)
        if self._log.log and any(entry.kind is Kind.FORGET for entry in fresh.values()):
            # entries that were read before have lost their content
            self._log, self._read, self._view = DecisionLog(), 0, None
            fresh = self._new_entries(connection)
        if not fresh and self._view:
            return self._view
        whole = not self._log.log
        entries = list(fresh.values())
        spoken = {region.photo for entry in entries for region in entry.faces}
        changes = self._log.extend(entries, self._places(connection, sorted(spoken)))
        if self._view:
            self._view = self._view.after(self._log, changes)
        else:
            self._view = CollectionView.of(self._faces, self._log)
        if whole:
            kept_log.keep(connection, self._log, self._view, self._turns, list(fresh))
        return self._view

    def _recall(self, connection: Connection) -> None:
        """Begin with what was kept of an earlier replay, where that still holds."""

        def find(photos: Sequence[str]) -> Places:
            with self._faces.store.read() as own:
                return self._places(own, photos)

        kept = kept_log.load(connection, self._faces, self._turns, find)
        if kept:
            self._log, self._view, self._read = kept

    def _new_entries(self, connection: Connection) -> dict[int, Decision]:
        """What the log has beyond what was read before, by number."""
        rows = decisions.load_after(connection, self._read)
        self._read = rows[-1][0] if rows else self._read
        return {number: follow(from_json(said), self._turns) for number, said in rows}

    def _places(self, connection: Connection, digests: Sequence[str]) -> Places:
        """Where the faces are in photographs."""
        photos = catalogue.find_digests(connection, digests)
        rows = self._faces.rows_in(sorted(photos))
        of_rows = [photos[photo] for photo in self._faces.photo_ids[rows].tolist()]
        sizes = np.array([(p.width, p.height) * 2 for p in of_rows], np.float64).reshape(-1, 4)
        boxes = self._faces.boxes[rows] / sizes
        return Places(self._faces.face_ids[rows], [p.sha256 for p in of_rows], boxes)
