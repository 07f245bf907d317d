"""Labelled pictures as aligned faces with landmarks and answers, all five regions in view."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from prosopon.attributes.datasets import AttributeData, read_dataset
from prosopon.config import Settings
from prosopon.errors import ProsoponError, UsageError
from prosopon.explain import inside
from prosopon.geometry import Template, dlib_template
from prosopon.records import Float32, Int64, UInt8
from prosopon.studies.attributes.labelled import cut_faces

LEAST_CUT = 128
"""Pixels to which faces are cut at least, and then shrunk by area: so that small pictures are
means of many pixels, not samples of a few."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces ready to be hidden in parts."""

    pictures: UInt8
    """(n, h, w, 3)"""
    landmarks: Float32
    """(n, 68, 2) in their pixels."""
    labels: tuple[str, ...]
    truth: NDArray[np.int8]
    """(n, labels) 1, 0, or -1 unknown."""
    people: NDArray[np.str_]
    """(n,) empty where unknown."""
    remarks: tuple[str, ...]
    """What was left out and why."""

    def __len__(self) -> int:
        return len(self.pictures)

    def rows(self, chosen: Int64) -> Self:
        """Only these faces."""
        return replace(
            self,
            pictures=self.pictures[chosen],
            landmarks=self.landmarks[chosen],
            truth=self.truth[chosen],
            people=self.people[chosen],
        )


def read_faces(
    folder: Path,
    labels: Sequence[str],
    template: Template,
    keep: Path,
    settings: Settings,
    *,
    split: str = "",
    most: int = 0,
    seed: int = 0,
) -> Labelled:
    """The main face of each labelled picture, cut to `template`.

    keep : a folder that keeps where the faces are, for the next time.
    split : only this partition; most : so many pictures drawn at random (0: all).

    Raises UsageError where a label is not in the data or all faces have one answer, ProsoponError
    where no face shows all five regions.
    """
    data = read_dataset(folder).only(labels)
    if split:
        data = data.split(split)
    if most and most < len(data):
        drawn = np.random.default_rng(seed).permutation(len(data))[:most]
        data = data.rows(np.sort(drawn))
    faces = cut_whole(data, template, keep, settings)
    for label, answers in zip(faces.labels, faces.truth.T, strict=True):
        if len(np.unique(answers[answers >= 0])) < 2:
            raise UsageError(f"{folder}: all faces have the same answer for {label}")
    return faces


def cut_whole(
    data: AttributeData, template: Template, keep: Path | None, settings: Settings
) -> Labelled:
    """The faces of `data` in which all five regions show. Raises ProsoponError if there is none."""
    height, width = template.size
    cut = cut_faces(data, template, keep, settings)
    whole = inside(cut.landmarks, template.size)
    if not whole.any():
        raise ProsoponError(
            f"no face shows all of eyebrows, eyes, nose, mouth and chin inside of its "
            f"{width}×{height} pixels: cut with more around the faces (padding)"
        )
    remarks = [*data.remarks]
    if cut.without_face:
        remarks.append(f"{cut.without_face} pictures left out: no face was found")
    if not whole.all():
        remarks.append(f"{int((~whole).sum())} faces left out: a region lies outside of the cut")
    return Labelled(
        cut.chips[whole],
        cut.landmarks[whole],
        cut.data.attributes,
        cut.data.labels[whole],
        cut.data.identities[whole],
        tuple(remarks),
    )


def square(side: int, padding: float) -> Template:
    """The template to cut squares of `side` pixels, or larger ones to be shrunk to it."""
    return dlib_template(max(side, LEAST_CUT), padding)


def shrunk(faces: Labelled, side: int) -> Labelled:
    """The faces at `side` × `side` pixels, each pixel the mean of those it stands for."""
    before = faces.pictures.shape[1]
    if before == side:
        return faces
    pictures = [
        cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA) for each in faces.pictures
    ]
    scale = side / before
    landmarks = (faces.landmarks + 0.5) * scale - 0.5
    return replace(
        faces, pictures=np.asarray(pictures, np.uint8), landmarks=landmarks.astype(np.float32)
    )
