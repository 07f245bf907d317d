"""Pictures that lie on their side and say so nowhere, as scans do.

Faces are found in the picture as it is; where none surely stands upright, the other three
orientations get a glance at a small scale, and the best of them, if it is better, a full look. Or
all four get a full look, on request.
"""

import numpy as np

from prosopon.geometry import resized, suppress, usual_landmarks
from prosopon.geometry.orientation import turned_points
from prosopon.protocols import Detector
from prosopon.records import Faces, UInt8

MAX_IOU = 0.4
"""Faces found in two orientations that overlap more are one."""
LIKE_THE_OTHERS = 0.02
"""What each further face in an orientation counts for it: faces of a photo mostly stand alike, and
many detectors give a face that they see sideways almost the score of an upright one."""
BETTER = 0.02
"""By how much the best face of another orientation has to be surer."""
GLANCE = 100_000
"""Pixels of a glance at another orientation."""


class Turning(Detector):
    """A detector that finds faces in a picture whichever way up it is.

    Boxes and landmarks are in the picture as it was given; landmarks keep their names, so the
    landmarks tell which way up a face is. A detector without landmarks gets the usual ones for
    faces that lie on their side.
    """

    def __init__(self, detector: Detector, glance: Detector, *, always: bool = False) -> None:
        """glance : the same detector, set to look at few pixels; always : full looks at all four
        orientations."""
        self.id = detector.id
        self.gives_landmarks = detector.gives_landmarks
        self.detector = detector
        self.glance = glance
        self.always = always

    def find(self, pixels: UInt8) -> Faces:
        """The faces of a picture (H, W, 3) uint8 RGB that may lie on its side."""
        upright = self.detector.find(pixels)
        if self.always:
            turns = [1, 2, 3]
        elif len(upright) and upright.scores[0] >= self.detector.sure:
            return upright
        else:
            turns = self._worth_a_look(pixels, float(upright.scores.max(initial=0)))
        if not turns:
            return upright
        looks = [upright, *(self._look(pixels, turn) for turn in turns)]
        return self._merged([look for look in looks if len(look)] or [upright])

    def _worth_a_look(self, pixels: UInt8, score: float) -> list[int]:
        """The orientation in which a glance sees a face surer than `score`, if there is one."""
        height, width = pixels.shape[:2]
        scale = min(1.0, (GLANCE / (height * width)) ** 0.5)
        small = resized(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
        seen = {
            turn: self.glance.find(np.ascontiguousarray(np.rot90(small, turn))).scores
            for turn in (1, 2, 3)
        }
        best = max(seen, key=lambda turn: float(seen[turn].max(initial=0)))
        return [best] if float(seen[best].max(initial=0)) > score + BETTER else []

    def _look(self, pixels: UInt8, turn: int) -> Faces:
        """What is found after so many quarter turns, in the picture before them."""
        height, width = pixels.shape[:2]
        found = self.detector.find(np.ascontiguousarray(np.rot90(pixels, turn)))
        if turn % 2:
            width, height = height, width
        corners = turned_points(found.boxes.reshape(-1, 2, 2), -turn, width, height)
        boxes = np.hstack([corners.min(axis=1), corners.max(axis=1)])
        points = found.landmarks if self.gives_landmarks else usual_landmarks(found.boxes)
        return Faces("", boxes, turned_points(points, -turn, width, height), found.scores, self.id)

    def _merged(self, looks: list[Faces]) -> Faces:
        """The surest finding of each face."""
        boxes = np.concatenate([look.boxes for look in looks])
        scores = np.concatenate([look.scores for look in looks])
        landmarks = np.concatenate([look.landmarks for look in looks])
        ranks = [look.scores + LIKE_THE_OTHERS * look.scores.sum() for look in looks]
        kept = suppress(boxes, np.concatenate(ranks), MAX_IOU)
        kept = kept[np.argsort(-scores[kept], kind="stable")]
        return Faces("", boxes[kept], landmarks[kept], scores[kept], self.id)
