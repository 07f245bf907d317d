"""The models that the settings name, as studies use them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prosopon import faces, zoo
from prosopon.config import Settings
from prosopon.datasets import AlignedFaces, Source
from prosopon.faces import AlignedDetector, DetectorSettings, MainFaceFinder


def face_finder(settings: Settings, aligned: str = "") -> MainFaceFinder:
    """Finds main faces by the detector of the settings.

    aligned : the template that the pictures are cut to already; then no detector is needed.
    """
    zoo.configure(threads=1, providers=settings.providers)
    corners, points = (
        faces.landmarker(zoo.load(name)) for name in ("dlib-landmarks-5", "dlib-landmarks-68")
    )
    if aligned:
        return MainFaceFinder(AlignedDetector(aligned), corners, points)
    wanted = DetectorSettings.of(settings)
    detector = faces.detector(zoo.load(settings.detector), wanted)
    return MainFaceFinder(detector, corners, points, wanted)


def aligned_faces(
    sources: Mapping[str, Source] | Sequence[Path],
    settings: Settings,
    cache: Path | None = None,
    aligned: str = "",
) -> AlignedFaces:
    """The main faces of these pictures, as the settings have them found."""
    return AlignedFaces(sources, face_finder(settings, aligned), settings, cache)
