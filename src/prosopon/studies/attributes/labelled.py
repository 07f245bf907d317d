"""The faces of labelled pictures, cut to any template."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon.config import Settings
from prosopon.datasets.attributes import AttributeData
from prosopon.errors import ProsoponError
from prosopon.geometry import Template, similarities, transform
from prosopon.records import Float32, UInt8
from prosopon.studies.models import aligned_faces


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The faces of labelled pictures, cut to a template."""

    data: AttributeData
    """Only the pictures in which a face was found."""
    chips: UInt8
    """(n, h, w, 3)"""
    landmarks: Float32
    """(n, 68, 2) in pixels of the chips."""
    without_face: int


def cut_faces(
    data: AttributeData, template: Template, keep: Path | None, settings: Settings
) -> Cut:
    """The main face of each picture, cut to `template`, with its 68 landmarks.

    keep : a folder that keeps where the faces are, for the next time and other templates.

    Raises ProsoponError where no picture has a face.
    """
    portraits = aligned_faces(data.pictures, settings, keep)
    found = portraits.found
    if not found.any():
        raise ProsoponError("no face was found in any of the pictures; try another detector")
    faces = portraits.faces
    target = np.array(template.points, np.float32)
    inside = similarities(faces.landmarks(template)[found], target)
    points = transform(faces.points[found], *inside)
    return Cut(data.rows(found), portraits.chips(template), points, int((~found).sum()))
