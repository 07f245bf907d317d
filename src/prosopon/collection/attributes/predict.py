"""Give every face of a collection its attributes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from prosopon import attributes, engines, faces, photos, zoo
from prosopon.attributes import ChipAttributes
from prosopon.collection.current import current
from prosopon.collection.review import Desk
from prosopon.config import Settings
from prosopon.datasets.vocabulary import find
from prosopon.errors import ProsoponError, UsageError
from prosopon.geometry import box_points, cut_chips
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.protocols import Landmarker
from prosopon.records import Faces, Float32, Limits, UInt8
from prosopon.store import Store, catalogue
from prosopon.store import attributes as values
from prosopon.store import faces as face_rows
from prosopon.store.faces import FaceTable

DEFAULT = "attributes-head"
_LEAST_SIDE = 1600
"""Pixels of the longer side that decoding keeps."""


@dataclass(frozen=True, slots=True)
class Task:
    """A photograph whose faces want attributes."""

    path: str
    faces: FaceTable


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a task."""

    path: str
    face_ids: list[int]
    probabilities: Float32
    failure: str = ""


@dataclass(slots=True)
class Predicted:
    """What a run did."""

    model: str
    attributes: tuple[str, ...]
    photos: int = 0
    faces: int = 0
    known: int = 0
    """Faces that had their attributes already."""
    failures: dict[str, str] = field(default_factory=dict)
    """Path → reason, of photographs that can't be read any more."""


@dataclass(frozen=True, slots=True)
class Describer:
    """A function from tasks to answers; it can be sent to another process."""

    model: str
    limits: Limits
    threads: int
    providers: tuple[str, ...]

    @classmethod
    def of(cls, model: str, settings: Settings) -> Self:
        threads = 0 if settings.workers == 1 or settings.engine == "serial" else 1
        return cls(model, settings.limits, threads, settings.providers)

    def __call__(self, task: Task) -> Answer:
        """All attributes of the model for each face of the photograph."""
        model, landmarker = _models(self)
        ids = [int(face) for face in task.faces.ids]
        try:
            decoded = photos.read(Path(task.path), self.limits, _LEAST_SIDE)
        except UnreadablePhoto as reason:
            return Answer(task.path, [], np.empty((0, 0), np.float32), str(reason))
        found = Faces(
            "",
            task.faces.boxes * decoded.scale,
            task.faces.landmarks * decoded.scale,
            task.faces.scores,
            "",
        )
        return Answer(task.path, ids, model.predict(cut(decoded.pixels, found, model, landmarker)))


def cut(pixels: UInt8, found: Faces, model: ChipAttributes, landmarker: Landmarker) -> UInt8:
    """Chips of `found` (boxes in `pixels`) for an attribute model."""
    by_box = model.template.landmarks == "box"
    points = box_points(found.boxes) if by_box else landmarker.find(pixels, found)
    return cut_chips(pixels, points, model.template)


def load_model(name: str) -> ChipAttributes:
    """The attribute model of that card id."""
    return attributes.load(zoo.load(name), zoo.load)


def predict(
    store: Store,
    settings: Settings,
    model: str = DEFAULT,
    *,
    without: Sequence[str] = (),
    again: bool = False,
) -> Predicted:
    """Bring the attributes of all faces up to date; what is known is not looked at again.

    without : attributes that are not to be kept.
    again : forget what the model said before.

    Raises ProsoponError if nothing is indexed, or the model can't be had; UsageError where other
    attributes of this model are kept already.
    """
    describer = Describer.of(model, settings)
    loaded, _ = _models(describer)
    dropped = {find(word).name for word in without}
    columns = [place for place, name in enumerate(loaded.attributes) if name not in dropped]
    done = Predicted(model, tuple(loaded.attributes[place] for place in columns))
    with store.writing():
        with store.begin() as connection:
            detector_id = current(store, connection).detector_id
            face_rows.use_model(connection, zoo.card(model))
            if again:
                values.drop(connection, model)
            kept = values.load(connection, model, detector_id)
            if len(kept) and kept.names != done.attributes:
                raise UsageError(
                    f"{store.name}: other attributes of {model} are kept already "
                    f"({len(kept.names)} of them): add --again to look at all faces anew"
                )
            done.known = len(kept)
            values.use(connection, model, done.attributes, loaded.thresholds[columns].tolist())
            left = values.unfinished(connection, model, detector_id)
            places = catalogue.find_many(connection, left)
        tasks = _tasks(store, left, {id: photo.path for id, photo in places.items()}, detector_id)
        engine = engines.build(settings.engine, settings.workers)
        answers = engine.map(describer, tasks)
        for answer in track(answers, "reading attributes", len(left)):
            if answer.failure:
                done.failures[answer.path] = answer.failure
                continue
            with store.begin() as connection:
                values.add(connection, answer.face_ids, model, answer.probabilities[:, columns])
            done.photos += 1
            done.faces += len(answer.face_ids)
    return done


def _tasks(
    store: Store, photo_ids: Iterable[int], paths: dict[int, str], detector_id: int
) -> Iterator[Task]:
    for photo_id in photo_ids:
        with store.read() as connection:
            table = face_rows.load_faces(connection, detector_id=detector_id, photo_id=photo_id)
        yield Task(paths[photo_id], table)


def table_of(store: Store, settings: Settings, model: str | None = None) -> values.AttributeTable:
    """The attributes of all faces that may be shown, by the model that was last used or the one
    named: without faces of restricted persons, and what is no face.

    Raises ProsoponError if there are none.
    """
    with store.read() as connection:
        chosen = model or values.current(connection)
        detector_id = current(store, connection).detector_id
        table = None if chosen is None else values.load(connection, chosen, detector_id)
    if table is None or not len(table):
        raise ProsoponError(
            f"{store.name}: its faces have no attributes yet; run  prosopon attributes predict"
        )
    now = Desk(store, settings).snapshot()
    return table.of(now.stock.face_ids[now.shown])


@cache
def _models(describer: Describer) -> tuple[ChipAttributes, Landmarker]:
    """Loaded once in each process."""
    zoo.configure(threads=describer.threads, providers=describer.providers)
    landmarker: Any = faces.landmarker(zoo.load("dlib-landmarks-5"))
    return load_model(describer.model), landmarker
