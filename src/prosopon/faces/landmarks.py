"""dlib's landmarks by regression trees (Kazemi and Sullivan, CVPR 2014), through dlib itself.

The trees start from a mean face in a box and expect an upright face in a box such as dlib's
detectors draw: a square from the eyebrows to the chin. Other detectors draw other boxes, and faces
lie on their side, so a face that comes with five landmarks is first cut out upright, placed by
these as it would be in dlib's box; its points are then turned back. An upright face
without landmarks (`mmod`) is looked at in its own box.
"""

from functools import cached_property
from typing import Any

import numpy as np

from prosopon.geometry import Template, cut_chips, similarities, transform, usual_landmarks
from prosopon.protocols import Landmarker
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

SIDE, MARGIN = 150, 37.5
"""Pixels of the box in the upright cut-out, and around it."""
BOX = np.array([MARGIN, MARGIN, MARGIN + SIDE, MARGIN + SIDE], np.float32)
UPRIGHT = Template(
    "centres",
    tuple((x, y) for x, y in usual_landmarks(BOX[None])[0].tolist()),
    (int(SIDE + 2 * MARGIN),) * 2,
)


class DlibLandmarks(Landmarker):
    """See the module. The number of points is the model's."""

    def __init__(self, model: Model) -> None:
        self.id = model.card.id
        self.model = model
        self.points = int(model.card.output.split()[0])

    def find(self, pixels: UInt8, faces: Faces) -> Float32:
        """(n, points, 2) float32 x, y in `pixels`; see `protocols.Landmarker`."""
        found = np.empty((len(faces), self.points, 2), np.float32)
        known = np.isfinite(faces.landmarks).all(axis=(1, 2))
        found[known] = self._find_upright(pixels, faces.landmarks[known])
        pixels = np.ascontiguousarray(pixels)
        for row in np.flatnonzero(~known):
            found[row] = self._predict(pixels, faces.boxes[row])
        return found

    def _find_upright(self, pixels: UInt8, landmarks: Float32) -> Float32:
        """The points of faces with five known landmarks (n, 5, 2), however they lie."""
        cut = cut_chips(pixels, landmarks, UPRIGHT)
        points = [self._predict(chip, BOX) for chip in cut]
        a, b = similarities(np.array(UPRIGHT.points, np.float32), landmarks)
        return transform(np.array(points, np.float32).reshape(-1, self.points, 2), a, b)

    def _predict(self, pixels: UInt8, box: Float32) -> list[tuple[int, int]]:
        """The points of the face in one box of dlib's kind."""
        import dlib

        x1, y1, x2, y2 = np.rint(box).astype(int).tolist()
        shape = self._predictor(pixels, dlib.rectangle(x1, y1, x2 - 1, y2 - 1))
        return [(point.x, point.y) for point in shape.parts()]

    @cached_property
    def _predictor(self) -> Any:
        import dlib

        return dlib.shape_predictor(str(self.model.path))

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_predictor"}
