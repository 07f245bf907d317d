"""What a collection holds, and what went wrong."""

from dataclasses import dataclass

from prosopon.collection.collection import Collection
from prosopon.collection.copies import copies as find_copies
from prosopon.collection.files import told_of_gone
from prosopon.stage_timer import StageStats
from prosopon.store import Connection, catalogue, clusterings, faces, files, runs
from prosopon.store.database import recall
from prosopon.tables import Result, Table


@dataclass(frozen=True, slots=True)
class Status(Result):
    """A collection in numbers."""

    collection: str
    photos: int
    paths: int
    examined: int
    """Photographs in which faces were looked for with the current detector."""
    faces: int
    detector: str | None
    embedder: str | None
    clusterings: list[clusterings.Run]
    without_faces: list[str]
    """Paths of the photographs in which no face was found."""
    copies: dict[str, str] | None
    """Path → path of the photograph that it is a re-saved or resized copy of; None where that was
    not looked for."""
    gone: int
    """Paths at which nothing is any more."""
    folders_gone: list[str]
    """What to do about folders that are not there, as after a move."""
    failures: dict[str, str]
    """Path → reason."""


COPIES_UP_TO = 20_000
"""Photographs up to which copies are looked for unasked: each is compared with each."""


def status(collection: Collection, *, copies: bool | None = None) -> Status:
    """What the collection holds, and which files could not be used.

    copies : whether to look for copies; by default up to `COPIES_UP_TO` photographs.
    """
    with collection.store.read() as connection:
        counts = catalogue.counts(connection)
    same = None
    if copies if copies is not None else counts["photos"] <= COPIES_UP_TO:
        same = find_copies(collection)
    folders_gone = told_of_gone(collection.store)
    with collection.store.read() as connection:
        detector_id = recall(connection, "detector")
        found = {"examined": 0, "faces": 0}
        if detector_id is not None:
            found = faces.counts(connection, int(detector_id))
        return Status(
            collection=collection.name,
            photos=counts["photos"],
            paths=counts["paths"],
            **found,
            detector=None
            if detector_id is None
            else faces.detector_model(connection, int(detector_id)),
            embedder=recall(connection, "embedder"),
            clusterings=clusterings.list_runs(connection),
            without_faces=catalogue.without_faces(connection, int(detector_id or 0)),
            copies=None if same is None else _paths(connection, same),
            gone=counts["gone"],
            folders_gone=folders_gone,
            failures=files.failure_reasons(connection),
        )


def _paths(connection: Connection, same: dict[int, int]) -> dict[str, str]:
    found = catalogue.find_many(connection, sorted({*same, *same.values()}))
    return {found[copy].path: found[first].path for copy, first in same.items()}


@dataclass(frozen=True, slots=True)
class StageProfile:
    """One row of the profile."""

    stage: str
    hits: int
    average_ms: float
    total_s: float
    memory_mb: float
    """By how much the process' resident memory grew in the stage, all its hits together, in the run
    where that was most. What one hit took, the next mostly finds free."""


def profile(collection: Collection) -> Table[StageProfile]:
    """Where the time went, over all runs of index and cluster: the table of the National Archives'
    thesis."""
    sums: dict[str, StageStats] = {}
    with collection.store.read() as connection:
        done = [run for verb in ("index", "cluster") for run in runs.list_runs(connection, verb)]
    for run in done:
        for stage, lap in run.figures.get("stages", {}).items():
            total = sums.setdefault(stage, StageStats())
            total.add(StageStats(lap["hits"], lap["seconds"]))
            total.memory = max(total.memory, lap.get("memory", 0))
    return Table(
        StageProfile(stage, of.hits, 1000 * of.seconds / of.hits, of.seconds, of.memory / 1e6)
        for stage, of in sums.items()
        if of.hits
    )
