"""dlib's landmarks by regression trees (Kazemi and Sullivan, CVPR 2014), through dlib itself.

The trees start from a mean face in a box and expect boxes like those of dlib's detectors: a square
from the eyebrows to the chin. Other detectors draw other boxes, so where a face comes with five
landmarks its box is made from those; else (`mmod`) its own box is taken.
"""

from functools import cached_property
from typing import Any

import numpy as np

from prosopon.geometry import similarities
from prosopon.protocols import Landmarker
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

LANDMARKS_IN_BOX = np.array(
    [[0.337, 0.374], [0.750, 0.374], [0.545, 0.582], [0.369, 0.824], [0.731, 0.824]], np.float32
)
"""Where the five landmarks of a frontal face lie in dlib's box, as shares of its side."""


class DlibLandmarks(Landmarker):
    """See the module. The number of points is the model's."""

    def __init__(self, model: Model) -> None:
        self.id = model.card.id
        self.model = model
        self.points = int(model.card.output.split()[0])

    def find(self, pixels: UInt8, faces: Faces) -> Float32:
        """(n, points, 2) float32 x, y in `pixels`; see `protocols.Landmarker`."""
        import dlib

        pixels = np.ascontiguousarray(pixels)
        found = np.empty((len(faces), self.points, 2), np.float32)
        for row, (x1, y1, x2, y2) in enumerate(np.rint(dlib_boxes(faces)).astype(int).tolist()):
            shape = self._predictor(pixels, dlib.rectangle(x1, y1, x2 - 1, y2 - 1))
            found[row] = [(point.x, point.y) for point in shape.parts()]
        return found

    @cached_property
    def _predictor(self) -> Any:
        import dlib

        return dlib.shape_predictor(str(self.model.path))

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_predictor"}


def dlib_boxes(faces: Faces) -> Float32:
    """(n, 4) boxes such as dlib's detectors draw."""
    boxes = faces.boxes.copy()
    known = np.isfinite(faces.landmarks).all(axis=(1, 2))
    a, b = similarities(LANDMARKS_IN_BOX, faces.landmarks[known])
    middle, half = a * (0.5 + 0.5j) + b, np.abs(a) / 2
    x, y = middle.real, middle.imag
    boxes[known] = np.stack([x - half, y - half, x + half, y + half], axis=1)
    return boxes
