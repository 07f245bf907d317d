"""MTCNN: a cascade of three small networks (Zhang et al. 2016, arXiv:1604.02878).

The first slides a window of 12 pixels over a pyramid and proposes boxes, the second looks at each
again in 24 pixels, the third in 48, and it gives the landmarks. Boxes run from the hairline to the
chin and from ear to ear; scores are probabilities.
"""

import cv2
import numpy as np

from prosopon.faces.evening import evened
from prosopon.faces.settings import DetectorSettings, resize
from prosopon.geometry import square, suppress
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8
from prosopon.zoo import Model

WINDOW, STRIDE = 12, 2
SHRINK = 0.709
"""Each level of the pyramid has half the area of the one before."""
PROPOSAL_SCORE, REFINED_SCORE, FINAL_SCORE = 0.6, 0.5, 0.8
BATCH = 256
SMALLEST = 20
"""Pixels of the smallest face that is looked for: half of it costs four times as much."""


class Mtcnn(Detector):
    """See the module."""

    def __init__(self, model: Model, settings: DetectorSettings) -> None:
        self.id = model.card.id
        self.model = model
        self.settings = settings
        self.threshold = (
            FINAL_SCORE if settings.score_threshold is None else settings.score_threshold
        )

    def find(self, pixels: UInt8) -> Faces:
        """The faces of an upright RGB picture (H, W, 3) uint8; see `protocols.Detector`."""
        scale, *_ = self.settings.scales(pixels)
        halved = _halved(evened(resize(pixels, scale)))
        boxes = self._propose(halved)
        boxes, scores, _ = self._judge(halved, boxes, "refinement", REFINED_SCORE)
        boxes = boxes[suppress(boxes, scores, max_iou=0.7)]
        boxes, scores, landmarks = self._judge(halved, boxes, "output", self.threshold)
        kept = suppress(boxes, scores, max_covered=0.7)
        boxes, landmarks = boxes[kept] / scale, landmarks[kept] / scale
        return Faces("", boxes, landmarks, scores[kept], self.id)

    def _propose(self, halved: list[UInt8]) -> Float32:
        """(n, 4) boxes that may hold a face."""
        size = np.array(halved[0].shape[1::-1], np.float32)
        scale = WINDOW / SMALLEST
        boxes, scores = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)]
        while size.min() * scale >= WINDOW:
            source = halved[_halvings(scale)]
            level = resize(source, scale * size[0] / source.shape[1])
            found, certainty = self._propose_in(level)
            boxes.append(found * np.tile(size / level.shape[1::-1], 2).astype(np.float32))
            scores.append(certainty)
            scale *= SHRINK
        all_boxes = np.concatenate(boxes)
        return all_boxes[suppress(all_boxes, np.concatenate(scores), max_iou=0.7)]

    def _propose_in(self, level: UInt8) -> tuple[Float32, Float32]:
        """Boxes (n, 4) and scores (n,) in one level of the pyramid."""
        score_map, offset_map = self.model.run(self.model.blob(level[None]), "proposal")
        rows, columns = np.nonzero(score_map[0, 0] > PROPOSAL_SCORE)
        corners = np.stack([columns, rows], axis=1).astype(np.float32) * STRIDE
        boxes = np.hstack([corners + 1, corners + WINDOW])  # as in training: pixels 1 to 12
        boxes += offset_map[0][:, rows, columns].T * (WINDOW - 1)
        scores = score_map[0, 0, rows, columns]
        kept = suppress(boxes, scores, max_iou=0.5)
        return boxes[kept], scores[kept]

    def _judge(
        self, halved: list[UInt8], boxes: Float32, part: str, threshold: float
    ) -> tuple[Float32, Float32, Float32]:
        """Look at each box again: boxes (n, 4), scores (n,) and landmarks (n, 5, 2) that remain."""
        boxes = square(boxes)
        patches = _patches(halved, boxes, 24 if part == "refinement" else 48)
        answers = [
            self.model.run(self.model.blob(patches[start : start + BATCH]), part)
            for start in range(0, len(patches), BATCH)
        ]
        if not answers:
            return boxes, np.empty(0, np.float32), np.empty((0, 5, 2), np.float32)
        scores, offsets, *rest = (np.concatenate(parts) for parts in zip(*answers, strict=True))
        sides = boxes[:, 2:] - boxes[:, :2]
        landmarks = np.full((len(boxes), 5, 2), np.nan, np.float32)
        for shares in rest:  # (n, 10): five x, five y
            landmarks = shares.reshape(-1, 2, 5).transpose(0, 2, 1)
            landmarks = boxes[:, None, :2] + landmarks * sides[:, None]
        boxes = boxes + offsets * np.tile(sides, 2)
        sure = scores[:, 0] > threshold
        return boxes[sure], scores[sure, 0], landmarks[sure]


def _halved(image: UInt8) -> list[UInt8]:
    """The picture, its half, its quarter and so on: what is small is cut from a small one."""
    halved = [image]
    while min(halved[-1].shape[:2]) > WINDOW:
        halved.append(resize(halved[-1], 0.5))
    return halved


def _halvings(scale: float) -> int:
    """How often a picture can be halved and still be larger than at `scale`."""
    return max(0, int(-np.log2(scale)))


def _patches(halved: list[UInt8], boxes: Float32, side: int) -> UInt8:
    """(n, side, side, 3) what lies in the square boxes, black outside of the picture."""
    patches = np.zeros((len(boxes), side, side, 3), np.uint8)
    size = np.array(halved[0].shape[1::-1])
    for patch, (x, y, right, _) in zip(patches, boxes.astype(float), strict=True):
        scale = side / max(right - x, 1.0)
        source = halved[min(_halvings(scale), len(halved) - 1)]
        a, b = size / source.shape[1::-1] * scale
        matrix = np.array(
            [[a, 0, a / 2 - x * scale - 0.5], [0, b, b / 2 - y * scale - 0.5]]
        )  # from pixel centres to pixel centres
        cv2.warpAffine(source, matrix, (side, side), dst=patch)
    return patches


DETECTORS = {"mtcnn": Mtcnn}
