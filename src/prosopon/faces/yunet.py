"""YuNet: one small network without anchors (Wu, Peng and Yu 2023, Machine Intelligence Research).

It answers for cells of 8, 16 and 32 pixels in one pass; good for faces of 10 to 300 pixels. Boxes
run from the hairline to the chin; scores are √(class · objectness), 0 to 1. Some published files
take pictures of one size only: then the picture is shrunk to fit.
"""

import numpy as np

from prosopon.faces.settings import DetectorSettings, resize
from prosopon.geometry import suppress
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

STRIDES = (8, 16, 32)
GRAIN = 32
"""Sides of the input are multiples of this."""
SMALLEST = 16
"""Pixels of the smallest face that is found well in the picture as the network sees it."""
SCORE = 0.5
MAX_IOU = 0.3


class Yunet(Detector):
    """See the module."""

    def __init__(self, model: Model, settings: DetectorSettings) -> None:
        self.id = model.card.id
        self.model = model
        self.settings = settings
        self.threshold = SCORE if settings.score_threshold is None else settings.score_threshold
        self.names = [output.name for output in model.session().get_outputs()]
        self.fixed = list(model.session().get_inputs()[0].shape[2:])

    def find(self, pixels: UInt8) -> Faces:
        """The faces of an upright RGB picture (H, W, 3) uint8; see `protocols.Detector`."""
        image, _ = self.settings.shrink(pixels)
        scale = min(1.0, SMALLEST / self.settings.smallest_face)
        if isinstance(self.fixed[0], int):
            scale = min(scale, *np.divide(self.fixed, image.shape[:2]))
        image = resize(image, scale) if scale < 1 else image
        canvas = self._canvas(image)
        answers = dict(zip(self.names, self.model.run(self.model.blob(canvas[None])), strict=True))
        found = [self._decode(answers, stride, canvas.shape[1]) for stride in STRIDES]
        boxes, scores, landmarks = (np.concatenate(parts) for parts in zip(*found, strict=True))
        kept = suppress(boxes, scores, MAX_IOU)
        factor = np.divide(pixels.shape[1::-1], image.shape[1::-1]).astype(np.float32)
        return Faces(
            "", boxes[kept] * np.tile(factor, 2), landmarks[kept] * factor, scores[kept], self.id
        )

    def _canvas(self, image: UInt8) -> UInt8:
        """The picture at the top left of a black one whose size the network takes."""
        height, width = image.shape[:2]
        size = (
            self.fixed
            if isinstance(self.fixed[0], int)
            else [-(-height // GRAIN) * GRAIN, -(-width // GRAIN) * GRAIN]
        )
        canvas = np.zeros((*size, 3), np.uint8)
        canvas[:height, :width] = image
        return canvas

    def _decode(
        self, answers: dict[str, Float32], stride: int, width: int
    ) -> tuple[Float32, Float32, Float32]:
        """Boxes (n, 4), scores (n,), landmarks (n, 5, 2) of the cells of one size."""
        scores = np.sqrt(answers[f"cls_{stride}"][0, :, 0] * answers[f"obj_{stride}"][0, :, 0])
        sure = np.flatnonzero(scores > self.threshold)
        cells = np.stack([sure % (width // stride), sure // (width // stride)], axis=1)
        box = answers[f"bbox_{stride}"][0, sure]
        centres, half = (box[:, :2] + cells) * stride, np.exp(box[:, 2:]) * stride / 2
        points = answers[f"kps_{stride}"][0, sure].reshape(-1, 5, 2)
        landmarks = (points + cells[:, None]) * stride
        boxes = np.hstack([centres - half, centres + half])
        return boxes.astype(np.float32), scores[sure], landmarks.astype(np.float32)
