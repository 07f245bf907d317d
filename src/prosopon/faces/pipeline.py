"""Pixels → Faces → chips → vectors, in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prosopon.errors import UsageError
from prosopon.geometry import TEMPLATES, centres_of_68, corners_of_68, cut_chips
from prosopon.protocols import Detector, Embedder, Landmarker
from prosopon.records import Faces, Float32, UInt8

_TAKE: Mapping[tuple[int, str], Callable[[Float32], Float32]] = {
    (68, "corners"): corners_of_68,
    (68, "centres"): centres_of_68,
    (5, "corners"): lambda points: points,
}
"""How the five points of a template are taken from a landmarker's."""


@dataclass(frozen=True)
class Pipeline:
    """A detector, an embedder, and a landmarker where the embedder's chips need one."""

    detector: Detector
    embedder: Embedder
    landmarker: Landmarker | None = None

    def __call__(self, pixels: UInt8) -> tuple[Faces, Float32]:
        """The faces of a picture (H, W, 3) uint8 RGB, and their vectors (n, d) float32."""
        faces = self.detector.find(pixels)
        chips = self.cut(pixels, faces)
        return faces, self.embedder.embed(chips)

    def cut(self, pixels: UInt8, faces: Faces) -> UInt8:
        """(n, h, w, 3) uint8 chips of `faces`, aligned for the embedder."""
        template = TEMPLATES[self.embedder.alignment]
        return cut_chips(pixels, self._points(pixels, faces, template.landmarks), template)

    def _points(self, pixels: UInt8, faces: Faces, kind: str) -> Float32:
        """(n, 5, 2) the five points that a template is about: `corners` or `centres`."""
        if kind == "centres" and self.detector.gives_landmarks:
            return faces.landmarks
        if self.landmarker is not None and (take := _TAKE.get((self.landmarker.points, kind))):
            return take(self.landmarker.find(pixels, faces))
        raise UsageError(
            f"{self.embedder.id} wants the {kind} of eyes, nose and mouth, and {self.detector.id} "
            f"doesn't give them: add the landmarks of dlib-landmarks-68"
        )
