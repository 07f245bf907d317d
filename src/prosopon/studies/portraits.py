"""Lists of pictures, each of one person: their main faces as chips and as vectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon import engines, faces, photos, zoo
from prosopon.collection.index import batches
from prosopon.collection.truth import main_face
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.faces import DetectorSettings, Pipeline
from prosopon.geometry import TEMPLATES, Template
from prosopon.photos import UnreadablePhoto
from prosopon.progress import track
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8

_TOGETHER = 64
"""Pictures whose chips are embedded in one go."""

Source = Path | bytes
"""A picture's file, or its bytes."""


class Aligned(Detector):
    """For pictures that are chips already: the one face lies where the template says."""

    def __init__(self, template: str) -> None:
        self.id = f"aligned:{template}"
        self.template: Template = TEMPLATES[template]

    def find(self, pixels: UInt8) -> Faces:
        height, width = pixels.shape[:2]
        scale = np.array([width, height]) / self.template.size[::-1]
        points = (np.array([self.template.points]) * scale).astype(np.float32)
        box = np.array([[0, 0, width, height]], np.float32)
        return Faces("", box, points, np.ones(1, np.float32), self.id)


@dataclass(frozen=True, slots=True)
class Portraitist:
    """A function from pictures to the main face in each, as a chip for every embedder."""

    pipelines: Mapping[str, Pipeline]
    """By the embedder's card id; all with the same detector."""
    max_pixels: int

    @classmethod
    def of(cls, embedders: Sequence[str], settings: Settings, aligned: str = "") -> "Portraitist":
        """For these embedders.

        aligned : the template that the pictures are cut to already; then no detector is needed.
        """
        zoo.configure(threads=1, providers=settings.providers)
        detector = Aligned(aligned) if aligned else detector_of(settings)
        return cls({id: _pipeline(detector, id) for id in embedders}, settings.max_pixels)

    def __call__(self, source: Source) -> dict[str, UInt8]:
        """Embedder → chip; nothing where no face was found. Raises UnreadablePhoto."""
        pixels = read(source, self.max_pixels)
        main = self.face(pixels)
        if main is None:
            return {}
        return {id: each.cut(pixels, main)[0] for id, each in self.pipelines.items()}

    def face(self, pixels: UInt8) -> Faces | None:
        """The main face alone, or None."""
        detector = next(iter(self.pipelines.values())).detector
        return main_of(detector.find(pixels), pixels)


def detector_of(settings: Settings) -> Detector:
    """The face detector that the settings name."""
    wanted = DetectorSettings(
        settings.smallest_face,
        settings.longest_side,
        settings.score_threshold,
        settings.rotations,
    )
    return faces.detector(zoo.load(settings.detector), wanted)


def main_of(found: Faces, pixels: UInt8) -> Faces | None:
    """The main one of the faces in a picture, or None."""
    if not len(found):
        return None
    best = main_face(found.boxes, (pixels.shape[1], pixels.shape[0]))
    row = slice(best, best + 1)
    return Faces("", found.boxes[row], found.landmarks[row], found.scores[row], found.detector)


def read(source: Source, max_pixels: int) -> UInt8:
    """The pixels of a picture. Raises UnreadablePhoto naming it."""
    if isinstance(source, bytes):
        return photos.decode(source, Path("picture.jpg"), max_pixels).pixels
    try:
        return photos.read(source, max_pixels).pixels
    except UnreadablePhoto as reason:
        raise UnreadablePhoto(f"{source}: {reason}") from reason


def chips(
    sources: Sequence[Source], portraitist: Portraitist, settings: Settings
) -> Iterator[dict[str, UInt8]]:
    """What `portraitist` makes of each picture, in order."""
    engine = engines.Threads(settings.workers)
    yield from track(engine.map(portraitist, sources), "finding faces", len(sources))


def vectors(
    sources: Sequence[Source], portraitist: Portraitist, settings: Settings, *, mirror: bool = False
) -> dict[str, Float32]:
    """Embedder → (n, d) unit vectors of the main faces; NaN where no face was found.

    mirror : add the vector of the mirrored chip, as many papers do.
    """
    parts: dict[str, list[Float32]] = {id: [] for id in portraitist.pipelines}
    for batch in batches(chips(sources, portraitist, settings), _TOGETHER):
        for id, pipeline in portraitist.pipelines.items():
            parts[id].append(_embed(pipeline, [each.get(id) for each in batch], mirror))
    return {id: np.concatenate(of) for id, of in parts.items()}


def kept_vectors(
    folder: Path,
    pictures: Mapping[str, Source],
    portraitist: Portraitist,
    settings: Settings,
    *,
    mirror: bool = False,
) -> dict[str, Float32]:
    """As `vectors`, keeping them in `folder` and taking from there what is known.

    Raises ProsoponError where kept vectors do not fit their embedder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = {}
    for id, pipeline in portraitist.pipelines.items():
        detector = pipeline.detector.id.replace(":", "-")
        file = folder / f"{id}-{detector}{'-mirror' if mirror else ''}.npz"
        known = _load(file, pipeline.embedder.dimensions)
        missing = [name for name in pictures if name not in known]
        if missing:
            alone = Portraitist({id: pipeline}, portraitist.max_pixels)
            sources = [pictures[name] for name in missing]
            fresh = vectors(sources, alone, settings, mirror=mirror)[id]
            known |= dict(zip(missing, fresh, strict=True))
            np.savez(file, pictures=np.array(list(known)), vectors=np.stack(list(known.values())))
        result[id] = np.stack([known[name] for name in pictures])
    return result


def _load(file: Path, dimensions: int) -> dict[str, Float32]:
    if not file.exists():
        return {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            names, rows = arrays["pictures"].tolist(), arrays["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ProsoponError(f"{file}: not vectors that were kept here: {error}") from error
    if rows.ndim != 2 or rows.shape[1] != dimensions:
        raise ProsoponError(
            f"{file}: holds vectors of {rows.shape[-1]} numbers, and the embedder gives "
            f"{dimensions}: it has changed since. Remove the file to make them anew"
        )
    return dict(zip(names, rows, strict=True))


def _embed(pipeline: Pipeline, cut: Sequence[UInt8 | None], mirror: bool) -> Float32:
    embedder = pipeline.embedder
    rows = np.full((len(cut), embedder.dimensions), np.nan, np.float32)
    found = [place for place, chip in enumerate(cut) if chip is not None]
    if found:
        images = np.stack([chip for chip in cut if chip is not None])
        rows[found] = embedder.embed(images)
        if mirror:
            rows[found] += embedder.embed(np.ascontiguousarray(images[:, :, ::-1]))
            rows[found] /= np.linalg.norm(rows[found], axis=1, keepdims=True)
    return rows


def _pipeline(detector: Detector, embedder: str) -> Pipeline:
    model = faces.embedder(zoo.load(embedder))
    corners = TEMPLATES[model.alignment].landmarks == "corners"
    landmarks = zoo.load("dlib-landmarks-5" if corners else "dlib-landmarks-68")
    return Pipeline(detector, model, faces.landmarker(landmarks))
