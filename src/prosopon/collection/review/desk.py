"""A collection that is open for review: what pages need again and again, kept in memory."""

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from sqlalchemy import Connection

from prosopon.collection.current import current
from prosopon.collection.decided import places, read_log
from prosopon.collection.review.hints import Hints
from prosopon.collection.review.snapshot import Snapshot, Stock
from prosopon.config import Settings
from prosopon.errors import UsageError
from prosopon.people import Decision, Kind, Ledger, Region, to_json
from prosopon.people.placing import Atlas
from prosopon.records import Int64, Photo
from prosopon.store import Store, catalogue, clusterings, decisions, faces


class Desk:
    """One collection under review. Several threads may use it at a time.

    What was found and grouped is loaded at the start and again when there are other faces or
    another clustering; the log is followed decision by decision, also those of other processes.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._lock = threading.Lock()
        self._version: tuple[int, ...] = ()
        self._stock: Stock | None = None
        self._ledger = Ledger()
        self._atlas = Atlas()
        self._snapshot: Snapshot | None = None
        self.put_off: set[str] = set()
        """Questions that are not to be asked again until the next start."""
        self.hints = Hints()
        """What is suggested; replaced as a whole, perhaps a little later than what is decided."""
        self.changed = threading.Event()
        """Set when there is something new to make suggestions from."""

    def snapshot(self) -> Snapshot:
        """The collection as it stands."""
        with self._lock, self.store.read() as connection:
            stock = self._stock
            if stock is None or catalogue.version(connection) != self._version:
                stock = self._begin_anew(connection)
            fresh = read_log(connection, len(self._ledger.log))
            if self._snapshot is not None and any(e.kind is Kind.FORGET for e in fresh):
                # faces have gone, and entries that were read before have lost their content
                stock = self._begin_anew(connection)
                fresh = read_log(connection, len(self._ledger.log))
            if fresh or self._snapshot is None:
                found = places(connection, stock.face_ids, stock.photo_ids, stock.boxes, fresh)
                self._ledger.extend(fresh, found)
                self._atlas.add(found)
                state = self._ledger.state()
                self._snapshot = Snapshot(len(self._ledger.log), stock, state)
                self.changed.set()
            return self._snapshot

    def decide(self, made: Sequence[Decision]) -> None:
        """Add decisions to the log, all or none."""
        with self.store.begin() as connection:
            decisions.append(connection, [to_json(entry) for entry in made])
        self.changed.set()

    def _begin_anew(self, connection: Connection) -> Stock:
        """Load faces and clusters, and forget all that was made from the log."""
        self._version = catalogue.version(connection)
        self._stock = stock = _stock(self.store, connection)
        self._ledger, self._atlas, self._snapshot = Ledger(), Atlas(), None
        return stock

    @property
    def log(self) -> Sequence[Decision]:
        """All decisions as of the last snapshot, the oldest first; not to be changed."""
        return self._ledger.log

    def regions(self, now: Snapshot, face_ids: Iterable[int]) -> list[Region]:
        """Where faces are, as decisions hold it. Raises UsageError for one that is not there."""
        wanted = list(dict.fromkeys(face_ids))
        rows = now.stock.rows(wanted)
        rows = rows[~now.hidden[rows]]
        if len(rows) < len(wanted):
            raise UsageError("some of these faces are not there any more: load the page again")
        photos = self.photos_of(np.unique(now.stock.photo_ids[rows]).tolist())
        return [
            Region(photo.sha256, _fractions(photo, now.stock.boxes[row].tolist()))
            for row in rows.tolist()
            if (photo := photos.get(int(now.stock.photo_ids[row]))) is not None
        ]

    def rows_of(self, now: Snapshot, regions: Iterable[Region]) -> Int64:
        """Rows of the faces that are now at these places."""
        with self._lock:
            found = [self._atlas.place(place.photo, [place.box])[place.box] for place in regions]
        return now.stock.rows(face for face in found if face is not None)

    def photo(self, identifier: int) -> Photo | None:
        """A photograph, None if it is not there."""
        return self.photos_of([identifier]).get(identifier)

    def photos_of(self, identifiers: Sequence[int]) -> dict[int, Photo]:
        """Photographs by identifier; those whose files are gone are left out."""
        with self.store.read() as connection:
            return catalogue.find_many(connection, identifiers)

    def named_last(self, count: int) -> list[str]:
        """Persons whose names were given last, the latest first."""
        return [
            person
            for entry in reversed(self._ledger.log[-200:])
            if entry.kind in (Kind.NAME, Kind.SPLIT)
            for person in entry.persons[-1:]
        ][:count]


def _stock(store: Store, connection: Connection) -> Stock:
    """Load faces and the last clustering."""
    table = faces.load_faces(connection, detector_id=current(store, connection).detector_id)
    run = clusterings.find(connection)
    labels = np.full(len(table), -1, np.int32)
    strengths = np.zeros(len(table), np.float32)
    identifiers = np.empty(0, np.int64)
    if run is not None:
        made = clusterings.load(connection, run.id)
        _, here, there = np.intersect1d(table.ids, made.face_ids, return_indices=True)
        labels[here], strengths[here] = made.labels[there], made.strengths[there]
        clusters = clusterings.load_clusters(connection, run.id)
        identifiers = np.zeros(int(clusters.labels.max(initial=-1)) + 1, np.int64)
        identifiers[clusters.labels] = clusters.identifiers
    return Stock(
        face_ids=table.ids,
        photo_ids=table.photo_ids,
        boxes=table.boxes,
        labels=labels,
        strengths=strengths,
        identifiers=identifiers,
        photos=catalogue.counts(connection)["photos"],
    )


def _fractions(photo: Photo, box: Sequence[float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    return x1 / photo.width, y1 / photo.height, x2 / photo.width, y2 / photo.height
