"""Open-set identification: which faces are one of a few enrolled people, and which nobody known.

A face is compared with everybody's portraits together with its cluster: the cluster's mean with the
mean of the portraits, the nearest face with the nearest portrait, the lead over the next person,
and the face itself. A logistic regression fitted on labelled photographs, in which nine of ten
people are not enrolled, makes a probability of it (Günther, Cruz, Rudd and Boult, "Toward open-set
face recognition", CVPR workshops 2017, on why a lead and a threshold are both needed).
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from pydantic import TypeAdapter

from prosopon.people.calibration import Logistic
from prosopon.people.relations import groups_of
from prosopon.records import Float32, Float64, Int32, Int64

_BLOCK = 8192
"""Faces compared at a time, which bounds the memory."""

FEATURES = (
    "distance of the cluster's mean and the portraits' mean",
    "distance of the nearest face of the cluster and the nearest portrait",
    "lead over the next person",
    "log size of the cluster",
    "distance of the face and the nearest portrait",
    "distance of the face and the portraits' mean",
    "distance of the face and the cluster's mean",
)
"""Distances in units of the threshold's."""


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """Of each of n faces the most probable enrolled person."""

    person: Int64
    """(n,)"""
    portrait: Int64
    """(n,) the person's portrait that is nearest."""
    features: Float64
    """(n, len(FEATURES))"""


@dataclass(frozen=True, slots=True)
class GalleryCalibration:
    """The probability that a face is whom it resembles most, and how it was found."""

    model: Logistic
    benchmark: str
    date: str
    reliability: list[tuple[float, float, int]]


def identify(
    vectors: Float32, cluster: Int32, portraits: Float32, person: Int64, threshold: float
) -> Identified:
    """Compare faces with portraits.

    vectors : (n, d) unit length. cluster : (n,) -1 for none.
    portraits : (p, d) unit length. person : (p,) numbers from 0, each with a portrait.
    threshold : cosine from which two faces count as one person.
    """
    unit = np.float32(1 - threshold)
    group = groups_of(cluster, np.ones(len(cluster), bool))
    mean, size = _means(vectors, group)
    likeness, _ = _means(portraits, person)
    best, whole, nearest, lead = _best(vectors, group, mean, portraits, person, likeness)
    chosen = best[group]
    own = np.full(len(vectors), -1, np.float32)
    portrait = np.zeros(len(vectors), np.int64)
    for number in np.unique(chosen).tolist():
        rows, theirs = np.flatnonzero(chosen == number), np.flatnonzero(person == number)
        cosine = vectors[rows] @ portraits[theirs].T
        own[rows], portrait[rows] = cosine.max(axis=1), theirs[cosine.argmax(axis=1)]
    features = np.column_stack(
        (
            ((1 - whole) / unit)[group],
            ((1 - nearest) / unit)[group],
            (lead / unit)[group],
            np.log(size)[group],
            (1 - own) / unit,
            (1 - np.einsum("nd,nd->n", vectors, likeness[chosen])) / unit,
            (1 - np.einsum("nd,nd->n", vectors, mean[group])) / unit,
        )
    )
    return Identified(chosen, portrait, features.astype(np.float64))


def _best(
    vectors: Float32,
    group: Int32,
    mean: Float32,
    portraits: Float32,
    person: Int64,
    likeness: Float32,
) -> tuple[Int64, Float32, Float32, Float32]:
    """(g,) of each group the person who is most like it, both cosines, and the lead."""
    by_group = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[by_group], np.arange(len(mean)))
    best = np.zeros(len(mean), np.int64)
    whole, nearest, lead = (np.zeros(len(mean), np.float32) for _ in range(3))
    order = np.argsort(person, kind="stable")
    firsts = np.searchsorted(person[order], np.arange(len(likeness)))
    start = 0
    while start < len(mean):
        end = int(np.searchsorted(starts, starts[start] + _BLOCK))
        end = min(max(end, start + 1), len(mean))
        last = starts[end] if end < len(mean) else len(vectors)
        faces = by_group[starts[start] : last]
        cosine = vectors[faces] @ portraits[order].T
        of_person = np.maximum.reduceat(cosine, firsts, axis=1)
        near = np.maximum.reduceat(of_person, starts[start:end] - starts[start], axis=0)
        means = mean[start:end] @ likeness.T
        score = (near + means) / 2
        first = score.argmax(axis=1)
        rows = np.arange(len(first))
        best[start:end], whole[start:end] = first, means[rows, first]
        nearest[start:end] = near[rows, first]
        top = score[rows, first].copy()
        score[rows, first] = -1
        lead[start:end] = top - score.max(axis=1)
        start = end
    return best, whole, nearest, lead


def _means(vectors: Float32, group: np.ndarray) -> tuple[Float32, Float64]:
    sums = np.zeros((int(group.max(initial=-1)) + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, group, vectors)
    length = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return (sums / length).astype(np.float32), np.bincount(group, minlength=len(sums)).astype(float)


_CALIBRATION = TypeAdapter(GalleryCalibration)


def to_json(calibration: GalleryCalibration) -> str:
    """The calibration as text."""
    return _CALIBRATION.dump_json(calibration, indent=1).decode() + "\n"


@cache
def shipped() -> GalleryCalibration:
    """The calibration that comes with the program."""
    file = resources.files("prosopon.people") / "calibrations" / "gallery.json"
    return _CALIBRATION.validate_json(file.read_text(encoding="utf-8"))
