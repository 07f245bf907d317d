"""The face that a portrait is of, with all its landmarks."""

import zlib

import numpy as np

from prosopon.datasets import FacePoints
from prosopon.faces.settings import DetectorSettings
from prosopon.geometry import TEMPLATES, Template, centres_of_68, main_face
from prosopon.protocols import Detector, Landmarker
from prosopon.records import Faces, UInt8


class MainFaceFinder:
    """pixels → `FacePoints` of the main face: large, and near the middle of the picture.

    corners, points : landmarkers with 5 and with 68 points.
    """

    def __init__(
        self,
        detector: Detector,
        corners: Landmarker,
        points: Landmarker,
        settings: DetectorSettings | None = None,
    ) -> None:
        self.detector, self.corners, self.points = detector, corners, points
        about = zlib.crc32(repr(settings).encode())
        self.id = f"{detector.id.replace(':', '-')}-{about:08x}"

    def __call__(self, pixels: UInt8) -> FacePoints | None:
        """None where there is no face."""
        found = self.detector.find(pixels)
        if not len(found):
            return None
        row = main_face(found.boxes, (pixels.shape[1], pixels.shape[0]))
        here = slice(row, row + 1)
        face = Faces("", found.boxes[here], found.landmarks[here], found.scores[here], self.id)
        points = self.points.find(pixels, face)
        given = self.detector.gives_landmarks and np.isfinite(face.landmarks).all()
        centres = face.landmarks if given else centres_of_68(points)
        corners = self.corners.find(pixels, face)
        return FacePoints(face.boxes[0], centres[0], corners[0], points[0])


class AlignedDetector(Detector):
    """For pictures that are chips already: the one face lies where the template says."""

    def __init__(self, template: str) -> None:
        self.id = f"aligned:{template}"
        self.template: Template = TEMPLATES[template]
        self.gives_landmarks = self.template.landmarks == "centres"

    def find(self, pixels: UInt8) -> Faces:
        height, width = pixels.shape[:2]
        scale = np.array([width, height]) / self.template.size[::-1]
        points = (np.array([self.template.points]) * scale).astype(np.float32)
        box = np.array([[0, 0, width, height]], np.float32)
        return Faces("", box, points, np.ones(1, np.float32), self.id)
