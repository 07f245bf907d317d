"""How well a face can be seen: sharpness and pose. Its size is that of its box."""

import cv2
import numpy as np

from prosopon.geometry import clip
from prosopon.records import Faces, Float32, UInt8

SIDE = 112
"""Pixels of the square in which sharpness is measured."""

FACE_IN_SPACE = np.array(
    [
        [-17.6, -20.1, -17.0],
        [17.6, -20.1, -17.0],
        [0, 0, 0],
        [-14.6, 20.6, -14.0],
        [14.6, 20.6, -14.0],
    ]
)
"""A mean face's five landmarks, the tip of the nose at the origin: x to the image's right, y down,
z towards the camera. x and y are ArcFace's template, depths those of an average head."""


def quality(pixels: UInt8, faces: Faces) -> dict[str, Float32]:
    """`sharpness`, `yaw`, `pitch` and `roll` of every face, (n,) each.

    Sharpness is the standard deviation of the Laplacian over that of the grey values, in the box
    scaled to 112 pixels: below about 0.1 a face is blurred, or was enlarged a lot. Angles are in
    degrees, NaN without landmarks: yaw is positive for a face that looks to the image's right,
    pitch for one that looks up, roll for a head tilted clockwise in the image.
    """
    yaw, pitch, roll = pose(faces.landmarks).T
    return {"sharpness": sharpness(pixels, faces.boxes), "yaw": yaw, "pitch": pitch, "roll": roll}


def sharpness(pixels: UInt8, boxes: Float32) -> Float32:
    """(n,) see `quality`; 0 for boxes outside of the picture."""
    height, width = pixels.shape[:2]
    values = np.zeros(len(boxes), np.float32)
    for row, (x1, y1, x2, y2) in enumerate(np.rint(clip(boxes, width, height)).astype(int)):
        if x1 >= x2 or y1 >= y2:
            continue
        grey = cv2.cvtColor(np.ascontiguousarray(pixels[y1:y2, x1:x2]), cv2.COLOR_RGB2GRAY)
        way = cv2.INTER_AREA if min(grey.shape) > SIDE else cv2.INTER_LINEAR
        grey = cv2.resize(grey, (SIDE, SIDE), interpolation=way)
        spread, edges = (
            cv2.meanStdDev(picture)[1][0, 0] for picture in (grey, cv2.Laplacian(grey, cv2.CV_32F))
        )
        values[row] = edges / max(spread, 1.0)
    return values


def pose(landmarks: Float32) -> Float32:
    """(n, 3) yaw, pitch, roll in degrees of faces with landmarks (n, 5, 2), NaN for NaN.

    The landmarks are taken as a scaled orthographic view of a mean face: the 2×3 matrix that maps
    the face in space to the image is found by least squares and made a rotation by its singular
    values (as in DeMenthon and Davis 1995, first step).
    """
    points = np.asarray(landmarks, np.float64)
    known = np.isfinite(points).all(axis=(1, 2))
    angles = np.full((len(points), 3), np.nan, np.float32)
    points = points[known] - points[known].mean(axis=1, keepdims=True)
    face = FACE_IN_SPACE - FACE_IN_SPACE.mean(axis=0)
    views = points.transpose(0, 2, 1) @ np.linalg.pinv(face).T  # (n, 2, 3)
    u, _, vt = np.linalg.svd(views, full_matrices=False)
    right, down = np.moveaxis(u @ vt, 1, 0)  # rows of the rotation, (n, 3) each
    forward = np.cross(right, down)
    # the rotation is roll · yaw · pitch: the head's own turns first, then its tilt in the image
    yaw = np.arctan2(-forward[:, 0], np.hypot(forward[:, 1], forward[:, 2]))
    pitch = np.arctan2(forward[:, 1], forward[:, 2])
    roll = np.arctan2(down[:, 0], right[:, 0])
    angles[known] = np.degrees(np.stack([yaw, pitch, roll], axis=1))
    return angles
