"""Labelled pictures as aligned faces with landmarks and answers, all five regions in view."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from prosopon.config import Settings
from prosopon.datasets.attributes import AttributeData, read_dataset
from prosopon.errors import ProsoponError, UsageError
from prosopon.explain import inside
from prosopon.explain.labelled import Labelled
from prosopon.geometry import Template, dlib_template
from prosopon.studies.attributes.labelled import cut_faces

LEAST_CUT = 128
"""Pixels to which faces are cut at least, and then shrunk by area: so that small pictures are
means of many pixels, not samples of a few."""


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
