"""Finding a face again by its place, after another detector or another program marked it."""

import numpy as np

from prosopon.geometry.boxes import iou
from prosopon.records import Float32, Int64

SAME_PLACE = 0.35
"""Least intersection over union of two boxes around one face. Programs draw boxes tightly or with
hair and chin; neighbours in a crowd rarely have so much in common."""


def match_boxes(places: Float32, boxes: Float32, least: float = SAME_PLACE) -> Int64:
    """For each of `places` (n, 4) the row of the box (m, 4) at the same place, -1 for none.

    Several places may share a box if they also overlap one another (one face marked twice). A place
    whose best box belongs better to a place elsewhere has none: its own face was not found.
    """
    if not len(places) or not len(boxes):
        return np.full(len(places), -1, np.int64)
    overlap = iou(places, boxes)
    best = overlap.argmax(axis=1)
    owner = overlap.argmax(axis=0)[best]
    shared = np.take_along_axis(iou(places, places), owner[:, None], axis=1)[:, 0]
    found = (overlap.max(axis=1) >= least) & (shared >= least)
    return np.where(found, best, -1)
