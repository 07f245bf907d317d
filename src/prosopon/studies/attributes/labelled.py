"""The faces of labelled pictures: found once, cut to any template."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon import engines, faces, zoo
from prosopon.attributes.datasets import AttributeData
from prosopon.collection.index import batches
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.geometry import Template, cut_chips, similarities, transform
from prosopon.progress import track
from prosopon.records import Float32, UInt8
from prosopon.studies.portraits import detector_of, main_of, read

_KEPT_TOGETHER = 256
"""Pictures after which what was found is written."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The faces of labelled pictures, cut to a template."""

    data: AttributeData
    """Only the pictures in which a face was found."""
    chips: UInt8
    """(n, h, w, 3)"""
    landmarks: Float32
    """(n, 68, 2) in pixels of the chips."""
    without_face: int


def cut_faces(
    data: AttributeData, template: Template, keep: Path | None, settings: Settings
) -> Cut:
    """The main face of each picture, cut to `template`, with its 68 landmarks.

    keep : a folder that keeps where the faces are, for the next time and other templates.

    Raises ProsoponError where no picture has a face.
    """
    corners, points = _located(data.pictures, keep, settings)
    found = np.isfinite(corners[:, 0, 0])
    if not found.any():
        raise ProsoponError("no face was found in any of the pictures; try another detector")
    data, corners, points = data.rows(found), corners[found], points[found]

    def one(row: int) -> UInt8:
        pixels = read(data.pictures[row], settings.max_pixels)
        chip: UInt8 = cut_chips(pixels, corners[row][None], template)[0]
        return chip

    engine = engines.Threads(settings.workers)
    chips = np.stack(list(track(engine.map(one, range(len(data))), "cutting faces", len(data))))
    inside = similarities(corners, np.array(template.points, np.float32))
    return Cut(data, chips, transform(points, *inside), int((~found).sum()))


def _located(
    pictures: Sequence[Path], keep: Path | None, settings: Settings
) -> tuple[Float32, Float32]:
    """Corners (n, 5, 2) and landmarks (n, 68, 2) of the main face in each picture; NaN where
    there is none."""
    file = None if keep is None else keep / f"landmarks-{settings.detector}.npz"
    known: dict[str, Float32] = {}
    if file is not None and file.exists():
        with np.load(file, allow_pickle=False) as arrays:
            known = dict(zip(arrays["pictures"].tolist(), arrays["points"], strict=True))
    names = [str(path.absolute()) for path in pictures]
    missing = [path for path, name in zip(pictures, names, strict=True) if name not in known]
    fresh = _look(missing, settings) if missing else iter(())
    for batch in batches(zip(missing, fresh, strict=True), _KEPT_TOGETHER):
        known |= {str(path.absolute()): points for path, points in batch}
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, pictures=np.array(list(known)), points=np.stack(list(known.values())))
    points = np.stack([known[name] for name in names])
    return points[:, :5], points[:, 5:]


def _look(pictures: Sequence[Path], settings: Settings) -> Iterator[Float32]:
    """Of each picture (5 + 68, 2): the corners and the landmarks of the main face."""
    detector = detector_of(settings)
    landmarkers = [
        faces.landmarker(zoo.load(name)) for name in ("dlib-landmarks-5", "dlib-landmarks-68")
    ]

    def one(path: Path) -> Float32:
        pixels = read(path, settings.max_pixels)
        main = main_of(detector.find(pixels), pixels)
        if main is None:
            return np.full((5 + 68, 2), np.nan, np.float32)
        return np.concatenate([landmarker.find(pixels, main)[0] for landmarker in landmarkers])

    engine = engines.Threads(settings.workers)
    yield from track(engine.map(one, pictures), "finding faces", len(pictures))
