"""Pixels → Faces → chips → vectors.

    faces, vectors = faces.pipeline(zoo.load("mtcnn"), zoo.load("dlib-resnet"))(pixels)

Detectors keep their own boxes (each module says what they frame); landmarks are those of
`records.LANDMARKS_5`. Pictures come as upright RGB pixels, models as `zoo.Model`. A model's card
names its `backend`, and the tables here, plug-ins among them, say what runs it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prosopon.errors import UsageError
from prosopon.faces.landmarks import DlibLandmarks
from prosopon.faces.main_face import AlignedDetector, MainFaceFinder
from prosopon.faces.pipeline import Pipeline
from prosopon.faces.quality import quality
from prosopon.faces.rotations import GLANCE, Turning
from prosopon.faces.settings import DetectorSettings
from prosopon.protocols import Detector, Embedder, Landmarker
from prosopon.registry import Registry
from prosopon.zoo import Model

__all__ = [
    "AlignedDetector",
    "DetectorSettings",
    "MainFaceFinder",
    "Pipeline",
    "detector",
    "embedder",
    "landmarker",
    "pipeline",
    "quality",
]

DETECTORS: Mapping[str, type[Any]] = Registry("detectors", __name__)
EMBEDDERS: Mapping[str, type[Any]] = Registry("embedders", __name__)
LANDMARKERS: Mapping[str, type[Any]] = {"dlib-landmarks": DlibLandmarks}

_DEFAULTS = DetectorSettings()


def detector(model: Model, settings: DetectorSettings = _DEFAULTS) -> Detector:
    """The detector that `model` is, for pictures any way up; UsageError if it is none."""
    kind = _class_of(model, "detector", DETECTORS)
    glance = replace(settings, pixels=GLANCE, closer=GLANCE, closest=GLANCE)
    return Turning(kind(model, settings), kind(model, glance), always=settings.rotations)


def landmarker(model: Model) -> Landmarker:
    """The landmarker that `model` is; UsageError if it is none."""
    built: Landmarker = _class_of(model, "landmarks", LANDMARKERS)(model)
    return built


def embedder(model: Model) -> Embedder:
    """The embedder that `model` is; UsageError if it is none."""
    built: Embedder = _class_of(model, "embedder", EMBEDDERS)(model)
    return built


def pipeline(
    detector_model: Model,
    embedder_model: Model,
    landmarks_model: Model | None = None,
    settings: DetectorSettings = _DEFAULTS,
) -> Pipeline:
    """All that turns pixels into faces and vectors."""
    return Pipeline(
        detector(detector_model, settings),
        embedder(embedder_model),
        None if landmarks_model is None else landmarker(landmarks_model),
    )


def _class_of(model: Model, task: str, backends: Mapping[str, type[Any]]) -> type[Any]:
    card = model.card
    if card.task != task:
        raise UsageError(f"{card.id} is a model for {card.task}, not for {task}")
    if card.backend not in backends:
        raise UsageError(
            f"{card.id}: no backend {card.backend!r} for {task}: there are {', '.join(backends)}"
        )
    return backends[card.backend]
