"""Take in what lies in folders: index, then cluster; once, or whenever something arrives."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon import photos
from prosopon.collection.cluster import Clustered, cluster, last_run
from prosopon.collection.collection import Collection
from prosopon.collection.index import Indexed, index
from prosopon.errors import Busy, UsageError
from prosopon.paths import address, from_root, is_remote
from prosopon.tables import Result


@dataclass(frozen=True, slots=True)
class TakenIn(Result):
    """What one look at the folders came to."""

    indexed: Indexed
    clustered: Clustered | None
    """None where no face came or went."""

    def __bool__(self) -> bool:
        """Whether anything was new."""
        done = self.indexed
        came = done.examined or done.moved or done.vanished or done.reoriented
        return bool(came or self.clustered)


def take_in(collection: Collection, *folders: str | Path) -> TakenIn:
    """Index the folders and bring the clusters up to date. Raises what these raise."""
    indexed = index(collection, *folders)
    found = collection.view.faces
    if not len(found.face_ids):
        return TakenIn(indexed, None)
    known = found.run is not None and found.run.recipe.model == found.embedder
    if known and np.array_equal(found.embeddings.face_ids, last_run(collection).face_ids):
        return TakenIn(indexed, None)
    return TakenIn(indexed, cluster(collection, update=known))


def watch(
    collection: Collection, *folders: str | Path, settle: float = 10.0, every: float = 900.0
) -> Iterator[TakenIn]:
    """Take in what is in the folders, then what arrives there, until the caller stops.

    Yields what came of each look that found something new. It may be interrupted at any moment and
    goes on from there the next time; while another run writes to the collection, it waits.

    settle : seconds without a change in the folders before they are looked at.
    every : seconds after which they are looked at in any case (network drives tell of no change).

    Raises UsageError for what is no folder, or times that are not above 0; else as `index`.
    """
    roots = [from_root(folder) for folder in folders]
    for root in roots:
        if not (photos.is_there(root) if is_remote(root) else root.is_dir()):
            raise UsageError(
                f"{address(root)}: no such folder; give a folder of photographs to watch"
            )
    if not (settle > 0 and every > 0):
        raise UsageError(f"settle {settle}, every {every}: expected seconds above 0")
    while taken := _patiently(collection, roots, settle):  # what came during a long first look
        yield taken
    for _ in photos.changes(roots, settle, every):
        if taken := _patiently(collection, roots, settle):
            yield taken


def _patiently(collection: Collection, roots: list[Path], pause: float) -> TakenIn:
    while True:
        try:
            return take_in(collection, *roots)
        except Busy:
            time.sleep(pause)
