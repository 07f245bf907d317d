"""Find, align and embed every face in folders of photographs.

Photographs are known by the SHA-256 of their bytes, files by path, size and time of change. What is
left to do is read off the store, batch by batch, so a run that was killed goes on where it stopped,
and a run on an unchanged folder opens no file.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from prosopon import engines, photos, zoo
from prosopon.collection.current import Current, choose
from prosopon.collection.describe import describe
from prosopon.collection.examine import Examination, Examiner, Task
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.photos import UnreadablePhoto
from prosopon.progress import Stage, stage
from prosopon.records import File, Photo
from prosopon.stopwatch import Stopwatch
from prosopon.store import Store, catalogue, faces, runs
from prosopon.store.thumbnails import Thumbnails

_SCANNED_TOGETHER = 256
_EXAMINED_TOGETHER = 8
"""Photographs to a batch: their chips are embedded in one go, and saved in one transaction."""


@dataclass(slots=True)
class Indexed:
    """What an index run did."""

    files: int = 0
    """Photographs found in the folders."""
    unchanged: int = 0
    """Files known already and not opened."""
    examined: int = 0
    """Photographs whose pixels were looked at in this run."""
    faces: int = 0
    """Faces found in them."""
    vanished: int = 0
    """Files that were there before and are gone."""
    failures: dict[str, str] = field(default_factory=dict)
    """Path → reason, of every file in the collection that gives no picture."""
    remarks: list[str] = field(default_factory=list)
    """Sidecars that could not be read, and why."""


def index(
    store: Store, roots: Sequence[Path], settings: Settings, *, retry: bool = False
) -> Indexed:
    """Bring the collection up to date with the photographs below `roots`.

    retry : try again the files that failed before, though they have not changed.

    Raises ProsoponError: a root is missing, another run is writing, a model can't be had.
    """
    return _Run(store, settings, retry).index([_absolute(root) for root in roots])


class _Run:
    """One run: the store, the models in force, and the counts so far."""

    def __init__(self, store: Store, settings: Settings, retry: bool) -> None:
        self.store = store
        self.settings = settings
        self.retry = retry
        self.examiner = Examiner.of(settings)
        self.thumbnails = Thumbnails(store.cache)
        self.done = Indexed()
        self.stopwatch = Stopwatch()
        self.in_flight: set[int] = set()

    def index(self, roots: list[Path]) -> Indexed:
        for root in roots:
            if not root.exists():
                raise ProsoponError(f"{root}: no such file or folder; give a folder of photographs")
        with self.store.writing():
            self.detector_id, run = self._begin(roots)
            try:
                with stage("looking for photographs") as progress:
                    total = sum(1 for _ in _counted(photos.walk(roots), progress))
                with stage("indexing photographs", total) as progress:
                    self._examine_all(roots, progress)
                self._drop_vanished(roots)
            except BaseException:
                self._end(run, "interrupted")
                raise
            self._end(run, "done")
            self.done.remarks = describe(self.store, self.settings)
            with self.store.read() as connection:
                self.done.failures = catalogue.failure_reasons(connection)
        return self.done

    def _begin(self, roots: list[Path]) -> tuple[int, int]:
        with self.store.begin() as connection:
            embedder = zoo.card(self.settings.embedder)
            faces.use_model(connection, embedder)
            detector_id = faces.use_detector(
                connection, zoo.card(self.settings.detector), self.examiner.detection
            )
            choose(connection, Current(detector_id, embedder.id))
            options = {"roots": [str(root) for root in roots], **asdict(self.examiner)}
            return detector_id, runs.start(connection, "index", options)

    def _end(self, run: int, status: str) -> None:
        with self.store.begin() as connection:
            laps = {name: asdict(lap) for name, lap in self.stopwatch.laps.items()}
            counts = {**asdict(self.done), "failures": len(self.done.failures)}
            runs.end(connection, run, status, {**counts, "stages": laps})

    def _examine_all(self, roots: list[Path], progress: Stage) -> None:
        engine = engines.build(self.settings.engine, self.settings.workers)
        tasks = batches(self._tasks(roots, progress), _EXAMINED_TOGETHER)
        for examined, stopwatch in engine.map(self.examiner, tasks):
            self.stopwatch.add(stopwatch)
            with self.stopwatch.lap("save", len(examined)):
                self._save(examined)
            progress.advance(len(examined), faces=self.done.faces)

    def _tasks(self, roots: list[Path], progress: Stage) -> Iterator[Task]:
        """The photographs with work left, as the walk comes upon them."""
        unreadable: list[tuple[Path, str]] = []
        for files in batches(photos.walk(roots, unreadable), _SCANNED_TOGETHER):
            self.done.files += len(files)
            tasks = self._scan(files)
            progress.advance(len(files) - len(tasks))
            yield from tasks
        with self.store.begin() as connection:
            for path, reason in unreadable:
                catalogue.add_failure(connection, File(path, 0, 0), reason)

    def _scan(self, files: list[File]) -> list[Task]:
        """Note which photo is at each file, and return those that need examining."""
        with self.store.read() as connection:
            known = catalogue.unchanged(connection, files)
        if self.retry:
            known = {path: photo for path, photo in known.items() if photo is not None}
        self.done.unchanged += len(known)
        fresh = [file for file in files if file.path not in known]
        with self.stopwatch.lap("identify", len(fresh)):
            identified = list(engines.Threads(self.settings.workers).map(self._identify, fresh))
        at: dict[int, File] = {}
        with self.store.begin() as connection:
            for file, found in zip(fresh, identified, strict=True):
                if isinstance(found, Photo):
                    at.setdefault(catalogue.add(connection, found, file), file)
                else:
                    catalogue.add_failure(connection, file, found)
            for file in files:
                if (photo_id := known.get(file.path)) is not None:
                    at.setdefault(photo_id, file)
            left = catalogue.unfinished(connection, at, self.detector_id, self.settings.embedder)
            tasks = [
                Task(
                    photo_id,
                    at[photo_id],
                    faces.load_faces(connection, detector_id=self.detector_id, photo_id=photo_id)
                    if detected
                    else None,
                )
                for photo_id, detected in left.items()
                if photo_id not in self.in_flight
            ]
        self.in_flight.update(task.photo_id for task in tasks)
        return tasks

    def _identify(self, file: File) -> Photo | str:
        """The photo at `file`, or the reason why there is none."""
        try:
            return photos.identify(file.path, self.settings.max_pixels)
        except UnreadablePhoto as reason:
            return str(reason)

    def _save(self, examined: list[Examination]) -> None:
        thumbnails: dict[int, bytes] = {}
        with self.store.begin() as connection:
            for result in examined:
                self.done.examined += 1
                if result.failure is not None:
                    catalogue.add_failure(connection, result.task.file, result.failure)
                    continue
                ids = self._save_faces(connection, result)
                faces.add_embeddings(connection, ids, self.settings.embedder, result.vectors)
                thumbnails |= dict(zip(ids, result.thumbnails, strict=False))
        self.in_flight.difference_update(result.task.photo_id for result in examined)
        self.thumbnails.put(thumbnails)

    def _save_faces(self, connection: Connection, result: Examination) -> list[int]:
        """The ids of the faces whose vectors are in `result`."""
        if result.faces is None:
            assert result.task.faces is not None
            return [int(face) for face in result.task.faces.ids]
        self.done.faces += len(result.faces)
        return faces.add_detection(
            connection, result.task.photo_id, self.detector_id, result.faces, result.quality
        )

    def _drop_vanished(self, roots: list[Path]) -> None:
        with self.store.begin() as connection:
            for root in roots:
                known = catalogue.paths_below(connection, root)
                gone = [path for path in known if not os.path.lexists(path)]
                catalogue.drop_paths(connection, gone)
                self.done.vanished += len(gone)


def batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items, the last perhaps shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _counted(files: Iterable[File], progress: Stage) -> Iterator[File]:
    for file in files:
        progress.advance()
        yield file


def _absolute(path: Path) -> Path:
    # resolve() would follow the links by which people arrange their folders
    return Path(path.expanduser().absolute())
