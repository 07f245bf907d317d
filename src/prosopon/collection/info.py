"""What was found in one photograph."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon import photos
from prosopon.collection.current import current
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.records import Photo
from prosopon.report import draw_faces
from prosopon.store import Store, catalogue, clusterings, faces, files
from prosopon.store.faces import FaceTable


@dataclass(frozen=True, slots=True)
class FaceInfo:
    """One face of the photograph."""

    id: int
    x: float
    """Left edge of the box, in pixels of the upright photo."""
    y: float
    width: float
    height: float
    score: float
    quality: dict[str, float]
    landmarks: list[list[float]]
    cluster: int | None
    """Its label in the last clustering."""


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """A photograph and its faces."""

    photo: Photo
    faces: list[FaceInfo]


def info(store: Store, path: Path, settings: Settings, draw: Path | None = None) -> PhotoInfo:
    """Look up the photo at `path`; draw what was found over it into the file `draw`.

    Raises ProsoponError if it isn't indexed, or was not a picture.
    """
    absolute = path.expanduser().absolute()
    with store.read() as connection:
        found = catalogue.find(connection, absolute)
        if found is None:
            reason = files.failure_reasons(connection).get(str(absolute), "it is not indexed")
            raise ProsoponError(f"{path}: {reason}")
        photo_id, photo = found
        table = faces.load_faces(
            connection, photo_id=photo_id, detector_id=current(store, connection).detector_id
        )
        run = clusterings.find(connection)
        labels = (
            {} if run is None else clusterings.labels_of(connection, run.id, table.ids.tolist())
        )
    if draw is not None:
        pixels = photos.read(absolute, settings.limits).pixels
        captions = [f"face {face}" for face in table.ids.tolist()]
        draw_faces(pixels, table.boxes, table.landmarks, captions).save(draw)
    return PhotoInfo(photo, [_face(table, row, labels) for row in range(len(table))])


def _face(table: FaceTable, row: int, labels: dict[int, int]) -> FaceInfo:
    x1, y1, x2, y2 = table.boxes[row].tolist()
    face = int(table.ids[row])
    quality = {name: float(values[row]) for name, values in table.quality.items()}
    landmarks = np.round(table.landmarks[row].astype(float), 2).tolist()
    score = float(table.scores[row])
    return FaceInfo(face, x1, y1, x2 - x1, y2 - y1, score, quality, landmarks, labels.get(face))
