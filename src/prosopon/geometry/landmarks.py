"""Sets of five points within the 68 of the iBUG scheme (Sagonas et al., 300-W, 2013).

Points are numbered from 0: eye on the image's left 36 to 41, on its right 42 to 47, tip of the
nose 30, base of the nose 33, corners of the mouth 48 and 54.
"""

import numpy as np

from prosopon.records import Float32

CORNERS = [45, 42, 36, 39, 33]
"""dlib's five points: image-right eye outer and inner, image-left eye outer and inner, nose."""

IN_BOX = np.array(
    [(0.337, 0.374), (0.750, 0.374), (0.545, 0.582), (0.369, 0.824), (0.731, 0.824)], np.float32
)
"""Where `records.LANDMARKS_5` lie in the boxes of dlib's detectors, as shares of the side: medians
over 150 faces of Labeled Faces in the Wild, made level."""


def usual_landmarks(boxes: Float32) -> Float32:
    """(n, 5, 2) where five landmarks lie on average in the boxes (n, 4) of upright faces."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, None, :2] + IN_BOX * sides[:, None]


def corners_of_68(points: Float32) -> Float32:
    """(n, 68, 2) → (n, 5, 2) in the order of dlib's five points."""
    return points[:, CORNERS]


def centres_of_68(points: Float32) -> Float32:
    """(n, 68, 2) → (n, 5, 2) in the order of `records.LANDMARKS_5`."""
    left, right = points[:, 36:42].mean(axis=1), points[:, 42:48].mean(axis=1)
    return np.stack([left, right, points[:, 30], points[:, 48], points[:, 54]], axis=1)
