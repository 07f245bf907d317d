"""Find, align and embed every face in folders of photographs.

Photographs are known by the SHA-256 of their bytes, files by path, size and time of change. What is
left to do is read off the store, batch by batch, so a run that was killed goes on where it stopped,
and a run on an unchanged folder opens no file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from prosopon import engines, photos, zoo
from prosopon.collection.collection import Collection
from prosopon.collection.describe import describe, save
from prosopon.collection.drawing import keep_missing
from prosopon.collection.index_worker import (
    Examination,
    FaceExtractor,
    Identifier,
    Read,
    Task,
)
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.geometry import turns_of_picture
from prosopon.metadata import Metadata
from prosopon.paths import address, file_of, from_root, is_remote
from prosopon.photos import NotReachable, UnreadablePhoto, Walk
from prosopon.progress import Stage, stage
from prosopon.protocols import Engine
from prosopon.records import File, Photo
from prosopon.stage_timer import StageTimer
from prosopon.store import Connection, Store, catalogue, clusterings, faces, files, runs
from prosopon.store.current import Current, choose, chosen
from prosopon.store.forgotten import Fingerprints
from prosopon.store.thumbnails import Thumbnails
from prosopon.tables import Result

_SCANNED_TOGETHER = 256
_EXAMINED_TOGETHER = 8
"""Photographs to a batch: their chips are embedded in one go, and saved in one transaction."""


@dataclass(slots=True)
class Indexed(Result):
    """What an index run did, and what it found."""

    files: int = 0
    """Files of photographs found in the folders."""
    unchanged: int = 0
    """Files known already and not opened."""
    examined: int = 0
    """Photographs whose pixels were looked at in this run."""
    faces: int = 0
    """Faces found in them."""
    embedded: int = 0
    """Faces known before that got the vectors of another embedder."""
    turned: int = 0
    """Photographs among these that lie on their side, or upside down, and were looked at turned."""
    moved: int = 0
    """Files that were there before and are elsewhere now."""
    vanished: int = 0
    """Files that were there before and are gone."""
    reoriented: int = 0
    """Photographs that another program turned: looked at anew, with the names that they had."""
    missing: list[str] = field(default_factory=list)
    """Folders given that are no longer there, but were once indexed."""
    forgotten: int = 0
    """Faces found that were left out: of people who were forgotten."""
    forgotten_photos: int = 0
    """Photographs that were left out because they were forgotten."""
    without_faces: int = 0
    """Photographs of the collection in which no face was found."""
    not_examined: int = 0
    """Photographs of the collection, outside these folders, that this detector has not seen."""
    passed_over: dict[str, int] = field(default_factory=dict)
    """Ending → files that are not taken for photographs."""
    skipped_folders: list[str] = field(default_factory=list)
    """Folders of storage systems, not entered."""
    failures: dict[str, str] = field(default_factory=dict)
    """Path → reason, of every file in the collection that gives no picture."""
    unreachable: dict[str, str] = field(default_factory=dict)
    """Path → reason, of photographs that no worker could open; the next run tries them again."""
    remarks: list[str] = field(default_factory=list)
    """Sidecars that could not be read, and why."""


def index(
    collection: Collection,
    *folders: str | Path,
    retry: bool = False,
    with_forgotten: bool = False,
) -> Indexed:
    """Find, align and embed every face in the photographs below `folders`; see docs/collections.md.

    Run it again at any time: what is known is not looked at again, and a run that was interrupted
    or killed goes on where it stopped. Photographs are only read, never changed.

    retry : try again the files that failed before, though they have not changed.
    with_forgotten : forgotten photographs too, and faces of people who were forgotten, where they
        are found anew.

    The collection goes on by the detector and embedder it had until the run has ended well.

    Raises ProsoponError: a root was never there, another run is writing, a model can't be had.
    """
    roots = [from_root(folder) for folder in folders]
    done = _Run(collection.store, collection.settings, retry, with_forgotten).index(roots)
    done.faces += keep_missing(collection)
    return done


class _Run:
    """One run: the store, the models in force, and the counts so far."""

    def __init__(self, store: Store, settings: Settings, retry: bool, with_forgotten: bool) -> None:
        self.store = store
        self.settings = settings
        self.retry = retry
        self.with_forgotten = with_forgotten
        self.extractor = FaceExtractor.of(settings)
        self.thumbnails = Thumbnails(store.cache)
        self.done = Indexed()
        self.timer = StageTimer()
        self.in_flight: set[int] = set()

    def index(self, roots: list[Path]) -> Indexed:
        there = self._there(roots)
        with self.store.writing():
            run = self._begin(roots)
            try:
                with stage("looking for photographs") as progress:
                    total = sum(1 for _ in _counted(self._walk(there), progress))
                bar = stage("indexing photographs", total)
                with bar as progress, self.thumbnails.held_open():
                    self._examine_all(there, progress)
                self._mark_gone(roots)
            except BaseException:
                self._end(run, "interrupted")
                raise
            self._sum_up()
            self._end(run, "done")
            self.done.remarks = describe(self.store, self.settings, there)
        return self.done

    def _there(self, roots: list[Path]) -> list[Path]:
        """The roots that are there; those that were indexed once and are gone are noted."""
        there = []
        for root in roots:
            if photos.is_there(root):
                there.append(root)
                continue
            with self.store.read() as connection:
                if not files.below(connection, root, also_gone=True):
                    raise ProsoponError(
                        f"{address(root)}: no such file or folder; give a folder of photographs"
                    )
            self.done.missing.append(address(root))
        return there

    def _walk(self, roots: list[Path]) -> Walk:
        return Walk(roots, self.settings.system_folders)

    def _begin(self, roots: list[Path]) -> int:
        with self.store.begin() as connection:
            self.fingerprints = Fingerprints(connection)
            embedder = zoo.card(self.settings.embedder)
            faces.use_model(connection, embedder)
            detector_id = faces.use_detector(
                connection, zoo.card(self.settings.detector), self.extractor.detection
            )
            self.wanted = Current(detector_id, embedder.id)
            for root in roots:
                files.drop_unlisted(connection, root)
            options = {"roots": [address(root) for root in roots], **asdict(self.extractor)}
            return runs.start(connection, "index", options)

    def _end(self, run: int, status: str) -> None:
        with self.store.begin() as connection:
            if status == "done":
                choose(connection, self.wanted)
            laps = {name: asdict(lap) for name, lap in self.timer.laps.items()}
            counts = {
                **asdict(self.done),
                "failures": len(self.done.failures),
                "unreachable": len(self.done.unreachable),
            }
            runs.end(connection, run, status, {**counts, "stages": laps})

    def _sum_up(self) -> None:
        with self.store.read() as connection:
            self.done.failures = files.failure_reasons(connection)
            detector_id = self.wanted.detector_id
            self.done.without_faces = len(catalogue.without_faces(connection, detector_id))
            self.done.not_examined = catalogue.not_examined(connection, detector_id)

    def _examine_all(self, roots: list[Path], progress: Stage) -> None:
        engine = engines.build(self.settings.engine, self.settings.workers)
        tasks = batches(self._tasks(roots, progress), _EXAMINED_TOGETHER)
        for examined, timer in engine.map(self.extractor, tasks):
            self.timer.add(timer)
            with self.timer.lap("save", len(examined)):
                self._save(examined)
            progress.advance(len(examined), faces=self.done.faces)

    def _tasks(self, roots: list[Path], progress: Stage) -> Iterator[Task]:
        """The photographs with work left, as the walk comes upon them."""
        walk = self._walk(roots)
        for found in batches(walk, _SCANNED_TOGETHER):
            self.done.files += len(found)
            tasks = self._scan(found)
            if self.done.unreachable:  # one photograph, or the store? then this ends the run
                self._there(roots)
            progress.advance(max(0, len(found) - len(tasks)))
            yield from tasks
        self.done.passed_over = dict(walk.passed_over.most_common())
        self.done.skipped_folders = [address(folder) for folder in walk.skipped_folders]
        with self.store.begin() as connection:
            for path, reason in walk.unreadable:
                files.add_failure(connection, address(path), File(path, 0, 0), reason)

    def _scan(self, found: list[File]) -> list[Task]:
        """Note which photos are in each file, and return those that need examining."""
        with self.store.read() as connection:
            known = files.unchanged(connection, found)
        if self.retry:
            known = {path: of for path, of in known.items() if not of.failed}
        self.done.unchanged += len(known)
        fresh = [file for file in found if file.path not in known]
        with self.timer.lap("identify", len(fresh)):
            identified: list[Read] = list(
                self._readers().map(Identifier(self.settings.limits), fresh)
            )
        ids = [photo_id for of in known.values() for photo_id in of.photo_ids]
        with self.store.begin() as connection:
            files.mark_here(connection, known)
            readable: list[tuple[File, list[Photo]]] = []
            said: dict[str, Metadata] = {}
            for file, read in zip(fresh, identified, strict=True):
                if isinstance(read, NotReachable) and self._may_be_back(file):
                    self.done.unreachable[address(file.path)] = str(read)
                elif isinstance(read, UnreadablePhoto):
                    files.drop(connection, [file.path])
                    files.add_failure(connection, address(file.path), file, str(read))
                elif wanted := self._wanted(connection, read.photos):
                    readable.append((file, wanted))
                    said |= read.said
                else:
                    files.drop(connection, [file.path])
            return self._unfinished(connection, ids + self._add(connection, readable, said))

    def _readers(self) -> Engine:
        """Who reads files that are new: the cluster, where there is one, else threads."""
        if self.settings.engine == "ray":
            return engines.build("ray", self.settings.workers)
        return engines.Threads(self.settings.workers)

    def _may_be_back(self, file: File) -> bool:
        """Whether a file that can't be opened is tried again without being asked for."""
        return is_remote(file.path) or self.settings.engine == "ray"

    def _wanted(self, connection: Connection, read: list[Photo]) -> list[Photo]:
        """Those that were not forgotten, or are wanted again."""
        gone = [photo for photo in read if self.fingerprints.has(photo)]
        if self.with_forgotten:
            for photo in gone:
                self.fingerprints.take_back(connection, photo)
            return read
        self.done.forgotten_photos += len(gone)
        return [photo for photo in read if photo not in gone]

    def _add(
        self,
        connection: Connection,
        found: list[tuple[File, list[Photo]]],
        said: dict[str, Metadata],
    ) -> list[int]:
        ids = files.add(connection, found)
        addresses = (photo.path for _, of_file in found for photo in of_file)
        of_photo = dict(zip(ids, addresses, strict=True))
        save(connection, "file", {n: said[path] for n, path in of_photo.items() if path in said})
        elsewhere = {
            file_of(path)
            for path in files.elsewhere(connection, ids)
            if not is_remote(path)  # is asked when its own folder is indexed
        }
        self._count(files.mark_gone(connection, photos.gone(elsewhere)))
        return ids

    def _unfinished(self, connection: Connection, ids: list[int]) -> list[Task]:
        detector_id = self.wanted.detector_id
        left = catalogue.unfinished(connection, ids, detector_id, self.settings.embedder)
        at = catalogue.find_many(connection, [*left])
        tasks = [
            Task(
                photo_id,
                at[photo_id].path,
                faces.load_faces(connection, detector_id=detector_id, photo_id=photo_id)
                if detected
                else None,
            )
            for photo_id, detected in left.items()
            if photo_id not in self.in_flight
        ]
        self.in_flight.update(task.photo_id for task in tasks)
        return tasks

    def _save(self, examined: list[Examination]) -> None:
        good = [result for result in examined if result.failure is None]
        with self.store.begin() as connection:
            if chosen(connection) is None:  # of a first run, what is done shows at once
                choose(connection, self.wanted)
            for result in examined:
                if result.failure is not None:
                    self._note_failure(connection, result, result.failure)
            ids = self._save_faces(connection, good)
            faces.add_embeddings(
                connection,
                list(chain.from_iterable(ids)),
                self.settings.embedder,
                chain.from_iterable(result.vectors for result in good),
            )
        self.done.examined += sum(not result.unreachable for result in examined)
        self.in_flight.difference_update(result.task.photo_id for result in examined)
        self.thumbnails.put(
            {
                face: jpeg
                for of_photo, result in zip(ids, good, strict=True)
                for face, jpeg in zip(of_photo, result.thumbnails, strict=False)
            }
        )

    def _note_failure(self, connection: Connection, result: Examination, reason: str) -> None:
        """What can't be read is not tried again; what can't be reached from here is."""
        if result.unreachable:
            self.done.unreachable[result.task.path] = reason
        else:
            files.add_damaged(connection, result.task.photo_id, reason)

    def _save_faces(self, connection: Connection, good: list[Examination]) -> list[list[int]]:
        """The ids of the faces whose vectors are in each result."""
        for result in good:
            if result.faces is not None and not self.with_forgotten:
                gone = self.fingerprints.among(connection, result.task.photo_id, result.faces.boxes)
                self.done.forgotten += result.leave_out(gone)
        found = [
            (result.task.photo_id, result.faces, result.quality)
            for result in good
            if result.faces is not None
        ]
        self.done.faces += sum(len(of_photo) for _, of_photo, _ in found)
        self.done.embedded += sum(
            len(result.vectors) for result in good if result.task.faces is not None
        )
        self.done.turned += sum(turns_of_picture(quality["roll"]) != 0 for *_, quality in found)
        ids = iter(faces.add_detections(connection, self.wanted.detector_id, found))
        hashes = {result.task.photo_id: result.perceptual_hash for result in good}
        catalogue.set_perceptual_hashes(
            connection, {photo: code for photo, code in hashes.items() if code is not None}
        )
        return [
            list(islice(ids, len(result.vectors)))
            if result.task.faces is None
            else result.task.faces.ids.tolist()
            for result in good
        ]

    def _mark_gone(self, roots: list[Path]) -> None:
        with self.store.begin() as connection:
            for root in roots:
                gone = photos.gone(files.below(connection, root))
                self._count(files.mark_gone(connection, gone))
            self.done.reoriented, removed = faces.remove_superseded(connection)
            if removed:
                clusterings.remove_faces(connection, removed)

    def _count(self, gone: tuple[int, int]) -> None:
        self.done.moved += gone[0]
        self.done.vanished += gone[1]


def batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items, the last perhaps shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _counted(files: Iterable[File], progress: Stage) -> Iterator[File]:
    for file in files:
        progress.advance()
        yield file
