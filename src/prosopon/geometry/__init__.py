"""Boxes, similarity transforms, chip templates."""

from prosopon.geometry.alignment import (
    TEMPLATES,
    Template,
    arcface_template,
    box_points,
    cut_chips,
    dlib_template,
    similarities,
    transform,
)
from prosopon.geometry.boxes import (
    areas,
    clip,
    covered,
    intersections,
    iou,
    main_face,
    square,
    suppress,
    widen,
)
from prosopon.geometry.landmarks import centres_of_68, corners_of_68, usual_landmarks
from prosopon.geometry.resizing import quarter_turns, resized, turns_of_picture

__all__ = [
    "TEMPLATES",
    "Template",
    "arcface_template",
    "areas",
    "box_points",
    "centres_of_68",
    "clip",
    "corners_of_68",
    "covered",
    "cut_chips",
    "dlib_template",
    "intersections",
    "iou",
    "main_face",
    "quarter_turns",
    "resized",
    "similarities",
    "square",
    "suppress",
    "transform",
    "turns_of_picture",
    "usual_landmarks",
    "widen",
]
