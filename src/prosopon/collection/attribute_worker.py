"""What a worker does with a photograph whose faces want attributes: chips → probabilities."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from prosopon import attributes, faces, photos, zoo
from prosopon.attributes import ChipAttributes
from prosopon.config import Settings
from prosopon.geometry import box_points, cut_chips
from prosopon.photos import UnreadablePhoto
from prosopon.protocols import Landmarker
from prosopon.records import Faces, Float32, Limits, UInt8
from prosopon.store.faces import FaceTable

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


@dataclass(frozen=True, slots=True)
class AttributePredictor:
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
        model, landmarker = models(self)
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


@cache
def models(predictor: AttributePredictor) -> tuple[ChipAttributes, Landmarker]:
    """Loaded once in each process."""
    zoo.configure(threads=predictor.threads, providers=predictor.providers)
    landmarker: Any = faces.landmarker(zoo.load("dlib-landmarks-5"))
    return load_model(predictor.model), landmarker
