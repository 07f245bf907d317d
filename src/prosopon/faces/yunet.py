"""YuNet: one small network without anchors (Wu, Peng and Yu 2023, Machine Intelligence Research).

It answers for cells of 8, 16 and 32 pixels in one pass; good for faces of 10 to 300 pixels. Boxes
run from the hairline to the chin; scores are √(class · objectness), 0 to 1.
"""

import numpy as np

from prosopon.faces.one_pass import Found, OnePass
from prosopon.faces.settings import DetectorSettings
from prosopon.records import Float32
from prosopon.zoo import Model

STRIDES = (8, 16, 32)


class Yunet(OnePass):
    """See the module."""

    score = 0.65
    sure = 0.92

    def __init__(self, model: Model, settings: DetectorSettings) -> None:
        super().__init__(model, settings)
        self.names = [output.name for output in model.session().get_outputs()]

    def _decode(self, outputs: list[Float32], width: int, threshold: float) -> Found:
        answers = dict(zip(self.names, outputs, strict=True))
        found = [_decode_stride(answers, stride, width, threshold) for stride in STRIDES]
        boxes, scores, landmarks = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return boxes, scores, landmarks


def _decode_stride(answers: dict[str, Float32], stride: int, width: int, threshold: float) -> Found:
    """What the cells of one size found."""
    scores = np.sqrt(answers[f"cls_{stride}"][0, :, 0] * answers[f"obj_{stride}"][0, :, 0])
    sure = np.flatnonzero(scores > threshold)
    cells = np.stack([sure % (width // stride), sure // (width // stride)], axis=1)
    box = answers[f"bbox_{stride}"][0, sure]
    centres, half = (box[:, :2] + cells) * stride, np.exp(box[:, 2:]) * stride / 2
    points = answers[f"kps_{stride}"][0, sure].reshape(-1, 5, 2)
    landmarks = (points + cells[:, None]) * stride
    boxes = np.hstack([centres - half, centres + half])
    return boxes.astype(np.float32), scores[sure], landmarks.astype(np.float32)


DETECTORS = {"yunet": Yunet}
