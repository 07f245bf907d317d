"""Looking at a picture in four orientations: scans lie on their side and no tag says so."""

import numpy as np

from prosopon.geometry import suppress, usual_landmarks
from prosopon.protocols import Detector
from prosopon.records import Faces, Float32, UInt8

MAX_IOU = 0.4
"""Faces found in two orientations that overlap more are one."""
LIKE_THE_OTHERS = 0.02
"""What each further face in an orientation counts for it: faces of a photo mostly stand alike, and
many detectors give a face that they see sideways almost the score of an upright one."""


class Rotating(Detector):
    """A detector that looks at 0, 90, 180 and 270 degrees and keeps the surest finding of each
    face.

    Boxes and landmarks are in the picture as it was given; landmarks keep their names, so the
    landmarks tell which way up a face is. A detector without landmarks gets the usual ones for
    faces that lie on their side.
    """

    def __init__(self, detector: Detector) -> None:
        self.id = detector.id
        self.gives_landmarks = detector.gives_landmarks
        self.detector = detector

    def find(self, pixels: UInt8) -> Faces:
        """The faces of a picture (H, W, 3) uint8 RGB that may lie on its side."""
        height, width = pixels.shape[:2]
        boxes, landmarks, scores, ranks = [], [], [], []
        for turns in range(4):
            found = self.detector.find(np.ascontiguousarray(np.rot90(pixels, turns)))
            corners = turn_back(found.boxes.reshape(-1, 2, 2), turns, width, height)
            boxes.append(np.hstack([corners.min(axis=1), corners.max(axis=1)]))
            rough = turns and not self.gives_landmarks
            points = usual_landmarks(found.boxes) if rough else found.landmarks
            landmarks.append(turn_back(points, turns, width, height))
            scores.append(found.scores)
            ranks.append(found.scores + LIKE_THE_OTHERS * found.scores.sum())
        all_boxes, all_scores = np.concatenate(boxes), np.concatenate(scores)
        kept = suppress(all_boxes, np.concatenate(ranks), MAX_IOU)
        kept = kept[np.argsort(-all_scores[kept], kind="stable")]
        return Faces(
            "", all_boxes[kept], np.concatenate(landmarks)[kept], all_scores[kept], self.id
        )


def turn_back(points: Float32, turns: int, width: int, height: int) -> Float32:
    """Points (…, 2) of a picture that was turned `turns` quarters counter-clockwise (as by
    `numpy.rot90`), in the picture of `width` by `height` pixels before that. Edges, not centres.
    """
    x, y = points[..., 0], points[..., 1]
    match turns % 4:
        case 1:
            x, y = width - y, x
        case 2:
            x, y = width - x, height - y
        case 3:
            x, y = y, height - x
    return np.stack([x, y], axis=-1)
