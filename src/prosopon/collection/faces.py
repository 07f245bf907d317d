"""What was found and grouped: every face by id, and the clusters of one run.

Row numbers are positions in `FaceIndex.face_ids`. A run's labels stay in here: what leaves a
collection calls a cluster by its lasting identifier.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from prosopon.collection.copies import copies_in, perceptual_hashes
from prosopon.collection.files import PhotoDays, PhotoFiles, read_dates
from prosopon.errors import ProsoponError
from prosopon.geometry import turns_of_picture
from prosopon.geometry.matching import match_boxes
from prosopon.metadata import Date
from prosopon.people.quality import background, clarity, poor
from prosopon.protocols import Engine
from prosopon.records import Embeddings, Float32, Int32, Int64, NeighbourGraph, Photo
from prosopon.store import Connection, Store, catalogue, clusterings, columns, faces
from prosopon.store.clusterings import Run
from prosopon.store.current import current
from prosopon.store.faces import FaceTable

if TYPE_CHECKING:
    from prosopon.clustering import EstimatedThreshold
    from prosopon.photos import Places

NEIGHBOURS = 80
"""Neighbours of each face in the graph."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class FaceIndex:
    """The faces that the current detector found, by id, and the clusters that they are in.

    Loaded once and never changed, so several threads may read it; vectors, graph and threshold are
    loaded or worked out when they are first asked for.
    """

    store: Store
    detector_id: int
    embedder: str
    table: FaceTable
    """All faces, those too that may not be shown."""
    by_hand: NDArray[np.bool_]
    """(n,) faces that people drew and the detector did not find."""
    run: Run | None
    """The clustering; None where nothing has been clustered yet."""
    labels: Int32
    """(n,) cluster, -1 for none."""
    membership: Float32
    """(n,) 0 to 1, how firmly each face belongs to its cluster."""
    identifiers: Int64
    """(clusters,) what a cluster is called, by label; they outlast the run."""
    qualities: Float32
    """(clusters,) 0 to 1, NaN where not known."""
    background_too: bool = False
    """Whether faces in the background are wanted like all others."""

    @classmethod
    def load(
        cls,
        store: Store,
        connection: Connection,
        embedder: str | None = None,
        background_too: bool = False,
    ) -> Self:
        """Load the faces, with the last clustering.

        embedder : whose vectors; by default those last indexed.
        background_too : faces in the background are wanted like all others.

        Raises ProsoponError if nothing is indexed yet, or not with that embedder.
        """
        chosen = current(store, connection, embedder)
        table = columns.load_faces(store, connection, chosen.detector_id)
        by_hand = np.isin(table.ids, faces.drawn(connection))
        if by_hand.any():
            kept = ~_found_too(table, by_hand)
            table, by_hand = table.of(kept), by_hand[kept]
        run = clusterings.find(connection)
        groups = _groups(connection, table.ids, run)
        return cls(
            store,
            chosen.detector_id,
            chosen.embedder,
            table,
            by_hand,
            run,
            *groups,
            background_too=background_too,
        )

    def of_run(self, run: int) -> Self:
        """The same faces in the clusters of another run. Raises ProsoponError if there is none."""
        with self.store.read() as connection:
            found = clusterings.find(connection, run)
            labels, membership, identifiers, qualities = _groups(connection, self.face_ids, found)
        return replace(
            self,
            run=found,
            labels=labels,
            membership=membership,
            identifiers=identifiers,
            qualities=qualities,
        )

    @property
    def face_ids(self) -> Int64:
        """(n,) ascending."""
        return self.table.ids

    @property
    def photo_ids(self) -> Int64:
        """(n,)"""
        return self.table.photo_ids

    @property
    def boxes(self) -> Float32:
        """(n, 4) x1, y1, x2, y2 in pixels."""
        return self.table.boxes

    @cached_property
    def background(self) -> NDArray[np.bool_]:
        """(n,) faces that probably nobody wants to name; see `people.quality.background`."""
        return background(self.boxes, self.photo_ids, self.table.quality)

    @cached_property
    def unwanted(self) -> NDArray[np.bool_]:
        """(n,) faces that are grouped last and shown last: the background's, unless the setting
        `background_faces` brings them in."""
        return np.zeros_like(self.background) if self.background_too else self.background

    @cached_property
    def by_clarity(self) -> Int64:
        """(n,) rows, the faces that can be known best first; see `people.quality.clarity`."""
        return np.argsort(-clarity(self.boxes, self.table.quality), kind="stable")

    @cached_property
    def photos_with_faces(self) -> Int64:
        """Photographs, ascending."""
        return np.unique(self.photo_ids)

    @cached_property
    def photo_count(self) -> int:
        """Photographs there are, with faces or without."""
        with self.store.read() as connection:
            return catalogue.counts(connection)["photos"]

    @cached_property
    def embeddings(self) -> Embeddings:
        """The vectors of all faces that have one, by id."""
        with self.store.read() as connection:
            found = columns.load_embeddings(self.store, connection, self.embedder, self.detector_id)
        if len(found) == len(self.face_ids) and np.array_equal(found.face_ids, self.face_ids):
            return found
        known = np.isin(found.face_ids, self.face_ids)  # others may have come since
        return Embeddings(found.face_ids[known], found.vectors[known], found.model)

    @cached_property
    def graph(self) -> NeighbourGraph:
        """The neighbours of all faces that have a vector: built once, kept beside the collection,
        extended when faces come. Raises ProsoponError where there are no faces."""
        return self._find_neighbours()

    def find_neighbours(self, engine: Engine) -> None:
        """Have an engine look for what `graph` gives. engine : as of `prosopon.graph.build`."""
        self.__dict__["graph"] = self._find_neighbours(engine)  # as a cached property is kept

    def _find_neighbours(self, engine: Engine | None = None) -> NeighbourGraph:
        from prosopon import graph

        if not len(self.embeddings):
            name = self.store.name
            raise ProsoponError(f"{name}: no faces to cluster; index photographs with faces first")
        folder = self.store.cache / f"graph-{self.embedder}-{NEIGHBOURS}"
        ids = self.embeddings.face_ids
        try:
            kept = graph.load(folder)
            known = kept.face_ids
        except ProsoponError:  # none yet, or damaged
            known = ids[:0]
        if np.array_equal(known, ids):
            return kept
        if len(known) and np.array_equal(known, ids[: len(known)]):
            made = graph.extend(kept, self.embeddings)
        else:
            unfinished = folder.with_name(f"{folder.name}-unfinished")
            made = graph.build(self.embeddings, NEIGHBOURS, None, unfinished, engine)
        try:
            graph.save(made, folder)
        except OSError as error:
            _log.warning("%s: the neighbours are not kept: %s", folder, error)
            return made
        return graph.load(folder)  # mapped: the memory is free for the clusters

    @cached_property
    def threshold(self) -> float:
        """The cosine that tells people apart in this collection."""
        return self.estimated_threshold.cosine

    @cached_property
    def estimated_threshold(self) -> "EstimatedThreshold":
        """The same, with how sure it is."""
        from prosopon import clustering, zoo

        rows = np.searchsorted(self.face_ids, self.embeddings.face_ids)
        photos = np.where(self.weak, -1, self.photo_ids)[rows]
        card, same = zoo.card(self.embedder).threshold, self._places.same
        return clustering.estimate_threshold(self.embeddings, self.graph, card, same, photos)

    @cached_property
    def pictures(self) -> Int32:
        """(m,) number of the picture that each face with a vector shows: copies share one."""
        from prosopon import clustering

        duplicate = self.estimated_threshold.duplicate
        return clustering.near_duplicates(self.graph, duplicate, self._places.same)

    @cached_property
    def _places(self) -> "Places":
        """Where the faces with a vector are, in which photographs."""
        from prosopon.photos import HASH_BYTES, Places

        rows = np.searchsorted(self.face_ids, self.embeddings.face_ids)
        with self.store.read() as connection:
            known = [
                (one, code, width, height)
                for one, code, width, height in catalogue.perceptual_hashes(connection)
                if len(code) == HASH_BYTES
            ]
        codes = np.zeros((len(known) + 1, HASH_BYTES), np.uint8)  # the last is for those without
        sides = np.ones((len(known) + 1, 2), np.float32)
        if known:
            codes[:-1] = np.frombuffer(b"".join(code for _, code, *_ in known), np.uint8).reshape(
                -1, HASH_BYTES
            )
            sides[:-1] = [given[2:] for given in known]
        ids = np.array([one for one, *_ in known], np.int64)
        here = np.isin(self.photo_ids[rows], ids)
        place = np.where(here, np.searchsorted(ids, self.photo_ids[rows]), len(known))
        shares = np.divide(self.boxes[rows], np.tile(sides[place], 2), dtype=np.float32)
        return Places(codes[place], shares)

    @cached_property
    def weak(self) -> NDArray[np.bool_]:
        """(n,) faces that join people and make none."""
        return poor(self.boxes, self.table.quality, self.table.scores) | self.unwanted

    @cached_property
    def files(self) -> "PhotoFiles":
        """Where the photographs are."""
        with self.store.read() as connection:
            return PhotoFiles.of(catalogue.all_paths(connection))

    @cached_property
    def dates(self) -> dict[int, Date]:
        """When photographs were taken, by what was read of them; see `read_dates`."""
        return read_dates(self.store, self.files.first)

    @cached_property
    def days(self) -> PhotoDays:
        """The same as numbers, to sort and compare."""
        places = self.files.places_of(self.dates)
        return PhotoDays.of(places, self.dates.values(), len(self.files.order))

    @cached_property
    def photo_places(self) -> Int64:
        """(n,) where in `files.order` each face's photograph stands."""
        return self.files.places_of(self.photo_ids)

    @cached_property
    def copies(self) -> dict[int, int]:
        """Which photographs are copies of which; see `copies_in`."""
        with self.store.read() as connection:
            return copies_in(*perceptual_hashes(connection))

    @cached_property
    def _all_copies(self) -> dict[int, list[int]]:
        """The first photograph of a picture → all of that picture."""
        found: dict[int, list[int]] = {}
        for copy, first in self.copies.items():
            found.setdefault(first, [first]).append(copy)
        return found

    def twins(self, face_ids: Iterable[int]) -> list[int]:
        """The same faces in copies of their photographs: those at the same place there."""
        rows = self.rows(face_ids)
        found: set[int] = set()
        for one in np.unique(self.photo_ids[rows]).tolist():
            here = rows[self.photo_ids[rows] == one]
            for other in self._all_copies.get(self.copies.get(one, one), ()):
                there = self.rows_in([] if other == one else [other])
                same = match_boxes(self._in_fractions(here), self._in_fractions(there))
                found.update(self.face_ids[there[same[same >= 0]]].tolist())
        return sorted(found - set(self.face_ids[rows].tolist()))

    def _in_fractions(self, rows: Int64) -> Float32:
        """(r, 4) boxes of faces of one photograph as parts of its width and height."""
        photo = self.photos_of(self.photo_ids[rows[:1]].tolist())
        width, height = next(((one.width, one.height) for one in photo.values()), (1, 1))
        size = np.array([width, height, width, height], np.float32)
        return np.asarray(self.boxes[rows] / size, np.float32)

    def rows(self, face_ids: Iterable[int]) -> Int64:
        """Rows of those of the faces that are here, ascending."""
        wanted = np.array(sorted(set(face_ids)), np.int64)
        places = np.searchsorted(self.face_ids, wanted)
        inside = places < len(self.face_ids)
        places, wanted = places[inside], wanted[inside]
        found: Int64 = places[self.face_ids[places] == wanted]
        return found

    def label(self, identifier: int) -> int | None:
        """The label of a cluster; None where there is none of that name."""
        found = np.flatnonzero(self.identifiers == identifier)
        return int(found[0]) if len(found) else None

    def members(self, label: int) -> Int64:
        """Rows of a cluster's faces, those that belong most firmly first."""
        ends = np.array([label, label + 1], self._sorted_labels.dtype)
        start, end = np.searchsorted(self._sorted_labels, ends)
        return self._order[start:end]

    def rows_in(self, photos: Sequence[int]) -> Int64:
        """Rows of all faces of some photographs, ascending."""
        order, sorted_photos = self._by_photo
        wanted = np.array(photos, sorted_photos.dtype)
        starts = np.searchsorted(sorted_photos, wanted, side="left").tolist()
        ends = np.searchsorted(sorted_photos, wanted, side="right").tolist()
        found = [order[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.sort(np.concatenate([order[:0], *found]))

    def of_photo(self, photo: int) -> Int64:
        """Rows of a photograph's faces, from left to right as it is shown."""
        rows = self.rows_in([photo])
        x1, y1, x2, y2 = self.boxes[rows].T
        left = (x1, y1, -x2, -y2)[turns_of_picture(self.table.quality["roll"][rows])]
        return rows[np.argsort(left, kind="stable")]

    def turns_of(self, photo: int) -> int:
        """Quarters by which `numpy.rot90` turns a photograph to be shown upright."""
        return turns_of_picture(self.table.quality["roll"][self.rows_in([photo])])

    def photos_of(self, identifiers: Sequence[int]) -> dict[int, Photo]:
        """Photographs by identifier; those whose files are gone are left out."""
        with self.store.read() as connection:
            return catalogue.find_many(connection, identifiers)

    @cached_property
    def _by_photo(self) -> tuple[Int64, Int64]:
        """(n,) rows by photograph, and the photographs in that order."""
        order = np.argsort(self.photo_ids, kind="stable")
        return order, self.photo_ids[order]

    @cached_property
    def _order(self) -> Int64:
        return np.lexsort((self.face_ids, -self.membership, self.labels))

    @cached_property
    def _sorted_labels(self) -> Int32:
        return self.labels[self._order]


def _found_too(table: FaceTable, by_hand: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) faces drawn by hand that the detector has found, too."""
    found = np.zeros(len(table), bool)
    for photo in np.unique(table.photo_ids[by_hand]).tolist():
        here = table.photo_ids == photo
        drawn, others = np.flatnonzero(here & by_hand), np.flatnonzero(here & ~by_hand)
        found[drawn] = match_boxes(table.boxes[drawn], table.boxes[others]) >= 0
    return found


def _groups(
    connection: Connection, face_ids: Int64, run: Run | None
) -> tuple[Int32, Float32, Int64, Float32]:
    """Labels and membership of the faces; identifiers and qualities of the clusters, by label."""
    labels = np.full(len(face_ids), -1, np.int32)
    membership = np.zeros(len(face_ids), np.float32)
    if run is None:
        return labels, membership, np.empty(0, np.int64), np.empty(0, np.float32)
    made = clusterings.load(connection, run.id)
    places = np.minimum(np.searchsorted(made.face_ids, face_ids), max(len(made) - 1, 0))
    here = made.face_ids[places] == face_ids if len(made) else np.zeros(len(face_ids), np.bool_)
    labels[here], membership[here] = made.labels[places[here]], made.membership[places[here]]
    table = clusterings.load_clusters(connection, run.id)
    count = int(table.labels.max(initial=-1)) + 1
    identifiers, qualities = np.zeros(count, np.int64), np.full(count, np.nan, np.float32)
    identifiers[table.labels], qualities[table.labels] = table.identifiers, table.qualities
    return labels, membership, identifiers, qualities
