"""Boxes: (n, 4) arrays of x1, y1, x2, y2 in pixels, x2 ≥ x1 and y2 ≥ y1.

Edges are positions, not pixel numbers: a box's width is x2 - x1. Boxes may reach out of the
picture. Empty arrays are fine everywhere. Nothing is changed in place.
"""

import numpy as np
from numpy.typing import NDArray

from prosopon.records import Float32

BLOCK = 512
"""Boxes that are compared with one another at once when they are suppressed."""


def areas(boxes: Float32) -> Float32:
    """(n,) areas; 0 for a box turned inside out."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    area: Float32 = sides[:, 0] * sides[:, 1]
    return area


def intersections(one: Float32, other: Float32) -> Float32:
    """(n, m) areas that each of `one` (n, 4) shares with each of `other` (m, 4)."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    sides = np.maximum(high - low, 0)
    shared: Float32 = sides[..., 0] * sides[..., 1]
    return shared


def iou(one: Float32, other: Float32) -> Float32:
    """(n, m) intersections over unions, 0 to 1; 0 where both boxes are empty."""
    shared = intersections(one, other)
    union = areas(one)[:, None] + areas(other)[None] - shared
    return _share(shared, union)


def covered(one: Float32, other: Float32) -> Float32:
    """(n, m) share of the smaller box that lies in the other, 0 to 1."""
    smaller = np.minimum(areas(one)[:, None], areas(other)[None])
    return _share(intersections(one, other), smaller)


def suppress(
    boxes: Float32, scores: Float32, max_iou: float = 1.0, max_covered: float = 1.0
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: rows of the boxes to keep, best score first.

    A box goes when a better one that stays has more than `max_iou` in common with it, or more than
    `max_covered` of the smaller of the two. Of equal scores the first row wins.
    """
    order = np.argsort(-scores, kind="stable")
    kept = order[:0]
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        block = block[~_overlap(boxes[block], boxes[kept], max_iou, max_covered).any(axis=1)]
        overlap = _overlap(boxes[block], boxes[block], max_iou, max_covered)
        stays = np.ones(len(block), bool)
        for row in range(len(block)):
            if stays[row]:
                stays[row + 1 :] &= ~overlap[row, row + 1 :]
        kept = np.concatenate([kept, block[stays]])
    return kept


def _overlap(one: Float32, other: Float32, max_iou: float, max_covered: float) -> NDArray[np.bool_]:
    """(n, m) whether two boxes have too much in common."""
    shared = intersections(one, other)
    area, other_area = areas(one)[:, None], areas(other)[None]
    much = shared > max_iou * (area + other_area - shared)
    if max_covered < 1:
        much |= shared > max_covered * np.minimum(area, other_area)
    return much


def main_face(boxes: Float32, size: tuple[int, int]) -> int:
    """Row of the face that a portrait is of: large, and near the middle of the picture."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    offsets = np.sum((centres - np.array(size) / 2) ** 2, axis=1)
    return int(np.argmax(areas - 2 * offsets))


def widen(boxes: Float32, factor: float) -> Float32:
    """The boxes with both sides `factor` times as long, about the same centres."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2 * factor
    return np.hstack([centre - half, centre + half])


def square(boxes: Float32) -> Float32:
    """The boxes with their shorter side lengthened to the longer, about the same centres."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True, initial=0) / 2
    return np.hstack([centre - half, centre + half])


def clip(boxes: Float32, width: float, height: float) -> Float32:
    """The boxes cut at the edges of a picture of that size in pixels."""
    edges = np.array([width, height, width, height], boxes.dtype)
    clipped: Float32 = np.clip(boxes, 0, edges)
    return clipped


def _share(part: Float32, whole: Float32) -> Float32:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
