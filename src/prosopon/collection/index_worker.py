"""What a worker does with a batch of photographs: pixels → faces → chips → vectors."""

from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon import photos, zoo
from prosopon.config import Settings
from prosopon.faces import DetectorSettings, Pipeline, pipeline, quality
from prosopon.geometry import TEMPLATES, usual_landmarks
from prosopon.geometry.matching import match_boxes
from prosopon.metadata import Metadata, metadata_of
from prosopon.paths import is_remote
from prosopon.photos import Decoded, NotReachable, UnreadablePhoto
from prosopon.protocols import Elsewhere
from prosopon.records import Faces, File, Float32, Limits, Photo, UInt8
from prosopon.stage_timer import StageTimer
from prosopon.store.faces import FaceTable

_LEAST_SIDE = 1600
"""Pixels of the longer side that decoding keeps, at first."""
_SHARP = 75
"""Pixels of a face below which its photograph is decoded again, larger, if there is more in it:
chips are cut from faces of about twice as many."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The photographs in a file."""

    photos: list[Photo]
    said: dict[str, Metadata] = field(default_factory=dict)
    """Address → what the file says of a photograph, as far as it has been asked for."""


Read = Identified | UnreadablePhoto


@dataclass(frozen=True, slots=True)
class Identifier:
    """A function from files to what they hold; it can be sent to another process."""

    limits: Limits

    def __call__(self, file: File) -> Read | Elsewhere[Read]:
        """The photographs in a file, or the reason why there is none.

        What is far away is read once, for its captions too.
        """
        try:
            content = photos.content(file.path, self.limits)
            found = photos.identify(file.path, self.limits, content)
        except NotReachable as reason:
            return Elsewhere(reason)
        except UnreadablePhoto as reason:
            return reason
        if not is_remote(file.path):
            return Identified(found)
        return Identified(found, {photo.path: self._said(photo, content) for photo in found})

    def _said(self, photo: Photo, content: bytes) -> Metadata:
        try:
            return metadata_of(photos.blocks(photo.path, self.limits, content))
        except UnreadablePhoto:
            return Metadata()


@dataclass(frozen=True, slots=True)
class Task:
    """A photograph to examine."""

    photo_id: int
    path: str
    """Address of the photograph."""
    faces: FaceTable | None
    """Faces found in it before that only lack vectors; None: look for faces."""


@dataclass(slots=True)
class Examination:
    """What came of one task; with a failure, nothing else."""

    task: Task
    faces: Faces | None = None
    """In pixels of the upright photo."""
    perceptual_hash: bytes | None = None
    quality: dict[str, Float32] = field(default_factory=dict)
    thumbnails: list[bytes] = field(default_factory=list)
    vectors: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    failure: str | None = None
    unreachable: bool = False
    """The failure is that the file can't be opened on this machine."""

    def leave_out(self, gone: NDArray[np.bool_]) -> int:
        """Take out the faces that `gone` (n,) marks; returns how many."""
        if self.faces is not None and gone.any():
            kept, old = ~gone, self.faces
            self.faces = Faces(
                old.photo, old.boxes[kept], old.landmarks[kept], old.scores[kept], old.detector
            )
            self.quality = {name: values[kept] for name, values in self.quality.items()}
            self.thumbnails = [
                jpeg for jpeg, stays in zip(self.thumbnails, kept, strict=False) if stays
            ]
            self.vectors = self.vectors[kept]
        return int(gone.sum())


Examined = tuple[list[Examination], StageTimer]


@dataclass(frozen=True, slots=True)
class FaceExtractor:
    """A function from tasks to examinations; it can be sent to another process."""

    detector: str
    """Card id."""
    embedder: str
    """Card id."""
    settings: DetectorSettings
    limits: Limits
    threads: int
    """Of one network; 0 takes all cores."""
    providers: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "FaceExtractor":
        """The extractor that these settings ask for."""
        return cls(
            settings.detector,
            settings.embedder,
            DetectorSettings.of(settings),
            settings.limits,
            0 if settings.workers == 1 or settings.engine == "serial" else 1,
            settings.providers,
        )

    @property
    def detection(self) -> dict[str, Any]:
        """What besides the model decides which faces are found."""
        return asdict(self.settings)

    def __call__(self, tasks: list[Task]) -> Examined | Elsewhere[Examined]:
        """`examine`, for an engine: a file that isn't here may be where another worker is."""
        examined = self.examine(tasks)
        lacking = any(one.unreachable for one in examined[0])
        return Elsewhere(examined) if lacking else examined

    def examine(self, tasks: list[Task]) -> Examined:
        """Examine a batch: its chips are embedded together."""
        models, timer = _models(self), StageTimer()
        results = [Examination(task) for task in tasks]
        chips = [self._chips(models, result, timer) for result in results]
        with timer.lap("embed", sum(map(len, chips))):
            vectors = models.embedder.embed(np.concatenate(chips))
        ends = np.cumsum([len(of_photo) for of_photo in chips])[:-1]
        for result, of_photo in zip(results, np.split(vectors, ends), strict=True):
            result.vectors = of_photo
        return results, timer

    def examine_drawn(self, task: Task, boxes: Float32) -> Examination:
        """Look at faces in boxes (n, 4) that people drew, in pixels of the upright photograph."""
        models, result = _models(self), Examination(task)
        try:
            decoded = photos.read(task.path, self.limits, _LEAST_SIDE)
        except UnreadablePhoto as reason:
            result.failure = str(reason)
            return result
        decoded = self._sharper(task.path, decoded, boxes)
        inside = (boxes * decoded.scale).astype(np.float32)
        landmarks = np.array([_points_in(models, decoded.pixels, box) for box in inside])
        scores = np.ones(len(boxes), np.float32)
        found = Faces("", inside, landmarks, scores, self.detector)
        result.quality = quality(decoded.pixels, found)
        result.thumbnails = [
            photos.thumbnail(decoded, box, roll=float(roll))
            for box, roll in zip(boxes, result.quality["roll"], strict=True)
        ]
        result.faces = _scaled(found, 1 / decoded.scale)
        result.vectors = models.embedder.embed(models.cut(decoded.pixels, found))
        return result

    def _chips(self, models: Pipeline, result: Examination, timer: StageTimer) -> UInt8:
        """Look at one photograph: fill in all of `result` but the vectors; return the chips."""
        task = result.task
        try:
            with timer.lap("decode"):
                decoded = photos.read(task.path, self.limits, _LEAST_SIDE)
        except UnreadablePhoto as reason:
            result.failure = str(reason)
            result.unreachable = isinstance(reason, NotReachable)
            return np.empty((0, *models.embedder.chip_size, 3), np.uint8)
        if task.faces is None:
            with timer.lap("compare"):
                result.perceptual_hash = photos.perceptual_hash(decoded.pixels)
            with timer.lap("detect"):
                there = _scaled(models.detector.find(decoded.pixels), 1 / decoded.scale)
            result.faces = there
        else:
            there = _faces(task.faces, self.detector)
        with timer.lap("decode", 0):
            decoded = self._sharper(task.path, decoded, there.boxes)
        found = _scaled(there, decoded.scale)
        if task.faces is None:
            with timer.lap("quality", len(found)):
                result.quality = quality(decoded.pixels, found)
                result.thumbnails = [
                    photos.thumbnail(decoded, box, roll=float(roll))
                    for box, roll in zip(there.boxes, result.quality["roll"], strict=True)
                ]
        with timer.lap("align", len(found)):
            return models.cut(decoded.pixels, found)

    def _sharper(self, path: str, decoded: Decoded, boxes: Float32) -> Decoded:
        """The photograph decoded larger, where it was decoded at less than its size and a face
        (n, 4), in pixels of the photograph, has few pixels in that."""
        sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=1) * decoded.scale
        times = _SHARP / sides.min(initial=_SHARP)
        if decoded.scale == 1 or times <= 1:
            return decoded
        try:
            return photos.read(path, self.limits, int(_LEAST_SIDE * times))
        except UnreadablePhoto:  # in full it takes more memory or time than is allowed
            return decoded


@cache
def _models(extractor: FaceExtractor) -> Pipeline:
    """The models of an extractor, loaded once in each process."""
    zoo.configure(threads=extractor.threads, providers=extractor.providers)
    embedder = zoo.load(extractor.embedder)
    corners = TEMPLATES[embedder.card.alignment].landmarks == "corners"
    landmarks = zoo.load("dlib-landmarks-5" if corners else "dlib-landmarks-68")
    return pipeline(zoo.load(extractor.detector), embedder, landmarks, extractor.settings)


def _points_in(models: Pipeline, pixels: UInt8, box: Float32) -> Float32:
    """(5, 2) the points of the face in a box: as the detector finds it in a close look, else where
    they are usually."""
    x1, y1, x2, y2 = box.tolist()
    side = max(x2 - x1, y2 - y1)
    left, top = max(int(x1 - side / 2), 0), max(int(y1 - side / 2), 0)
    close = np.ascontiguousarray(
        pixels[top : int(y2 + side / 2) + 1, left : int(x2 + side / 2) + 1]
    )
    corner = np.array([left, top], np.float32)
    found = models.detector.find(close)
    rows = match_boxes((box - np.tile(corner, 2))[None], found.boxes)
    if len(found) and rows[0] >= 0 and np.isfinite(found.landmarks[rows[0]]).all():
        points: Float32 = found.landmarks[rows[0]] + corner
        return points
    usual: Float32 = usual_landmarks(box[None])[0]
    return usual


def _faces(table: FaceTable, detector: str) -> Faces:
    return Faces("", table.boxes, table.landmarks, table.scores, detector)


def _scaled(faces: Faces, scale: float) -> Faces:
    return Faces(
        faces.photo, faces.boxes * scale, faces.landmarks * scale, faces.scores, faces.detector
    )
