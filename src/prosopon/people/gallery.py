"""Open-set identification: which faces are one of a few enrolled people, and which nobody known.

A face is compared with everybody's portraits together with its cluster: means, nearest faces, the
lead over the next person, and the lead over the next cluster that resembles the person. How near is
near depends on how crowded it is around both: each likeness is also taken against those of the
person with the clusters of strangers, and of the cluster with other clusters (symmetric score
normalisation: Auckenthaler, Carey and Lloyd-Thomas, "Score normalization for text-independent
speaker verification systems", Digital Signal Processing 10, 2000); where there are too few clusters
for that, the other figures alone count. A logistic regression fitted on labelled photographs makes
a probability of it: one on collections in which nine of ten people are not enrolled, and one on
small collections (Günther, Cruz, Rudd and Boult, "Toward open-set face recognition", CVPR workshops
2017, on why a lead and a threshold are both needed).
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from prosopon.people.calibration import Logistic
from prosopon.people.relations import groups_of
from prosopon.records import Float32, Float64, Int32, Int64

_BLOCK = 8192
"""Faces compared at a time, which bounds the memory."""
_COHORT = 2000
"""Clusters that stand for all when it is asked how crowded it is around one."""
_NEAR, _FURTHER = 10, 60
"""The likenesses that tell how crowded it is: the first ten, and those after them."""
_LEAD = 2.0
"""The largest lead that counts, in units of the threshold's distance."""

FEATURES = (
    "distance of the cluster's mean and the portraits' mean",
    "distance of the nearest face of the cluster and the nearest portrait",
    "mean distance of the cluster's faces and the nearest portraits",
    "lead over the next person",
    "lead over the next cluster that resembles the person",
    "likeness against that of the ten clusters most like the person",
    "the same, of the fifty after them",
    "likeness against that of the ten clusters most like the cluster",
    "the same, of the fifty after them",
    "log size of the cluster",
    "the first up to 1",
    "the second up to 1",
    "the lead over the next person up to 0.3",
    "the lead over the next cluster up to 0.3",
    "the first times the log size",
    "log number of the person's portraits",
    "distance of the face and the nearest portrait",
    "distance of the face and the portraits' mean",
    "distance of the face and the cluster's mean",
)
"""Distances in units of the threshold's."""
_CROWD = range(5, 9)
"""Those that ask how crowded it is: 0 where there are too few clusters to tell."""


@dataclass(frozen=True, slots=True, eq=False)
class Identified:
    """Of each of n faces the most probable enrolled person."""

    person: Int64
    """(n,)"""
    portrait: Int64
    """(n,) the person's portrait that is nearest."""
    features: Float64
    """(n, len(FEATURES))"""
    group: Int32
    """(n,) faces of one cluster have one number."""
    many: bool
    """Whether there are clusters enough to tell how crowded it is."""


@dataclass(frozen=True, slots=True)
class GalleryCalibration:
    """The probability that a face is whom it resembles most, and how it was found."""

    many: Logistic
    """Of collections with many clusters. Fitted with each cluster counting once: faces of one
    cluster are right or wrong together."""
    few: Logistic
    benchmark: str
    date: str
    reliability: dict[str, list[tuple[float, float, int]]]
    """Of each model."""

    def probability(self, found: Identified) -> Float64:
        """(n,)"""
        return (self.many if found.many else self.few).probability(found.features)


def identify(
    vectors: Float32, cluster: Int32, portraits: Float32, person: Int64, threshold: float
) -> Identified:
    """Compare faces with portraits.

    vectors : (n, d) unit length. cluster : (n,) -1 for none.
    portraits : (p, d) unit length. person : (p,) numbers from 0, each with a portrait.
    threshold : cosine from which two faces count as one person.
    """
    group = groups_of(cluster, np.ones(len(cluster), bool))
    mean, size = _means(vectors, group)
    likeness, count = _means(portraits, person)
    found = _compare(vectors, group, mean, portraits, person, likeness)
    chosen = found.best[group]
    own = np.full(len(vectors), -1, np.float32)
    portrait = np.zeros(len(vectors), np.int64)
    for number in np.unique(chosen).tolist():
        rows, theirs = np.flatnonzero(chosen == number), np.flatnonzero(person == number)
        cosine = vectors[rows] @ portraits[theirs].T
        own[rows], portrait[rows] = cosine.max(axis=1), theirs[cosine.argmax(axis=1)]
    unit = 1 - threshold
    many = len(mean) > _FURTHER
    of_group = np.column_stack(
        (_features(found, mean, np.log(size), unit, many), np.log(count[found.best]))
    )
    of_face = np.column_stack(
        (
            (1 - own) / unit,
            (1 - np.einsum("nd,nd->n", vectors, likeness[chosen])) / unit,
            (1 - np.einsum("nd,nd->n", vectors, mean[group])) / unit,
        )
    )
    features = np.column_stack((of_group[group], of_face)).astype(np.float64)
    return Identified(chosen, portrait, features, group, many)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Of each of g groups the person who is most like it, and cosines."""

    best: Int64
    whole: Float32
    """(g,) of the means."""
    nearest: Float32
    """(g,) of the nearest face and portrait."""
    average: Float32
    """(g,) mean over the group's faces, each with its nearest portrait."""
    score: Float32
    """(g,) mean of `whole` and `nearest`."""
    lead: Float32
    """(g,) of the score over that of the next person."""
    top: Float32
    """(k, _FURTHER) the best scores of each person, the best first."""


def _compare(
    vectors: Float32,
    group: Int32,
    mean: Float32,
    portraits: Float32,
    person: Int64,
    likeness: Float32,
) -> _Compared:
    """Compare all groups with all persons, block by block."""
    by_group = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[by_group], np.arange(len(mean)))
    sizes = np.diff(np.append(starts, len(group)))
    best = np.zeros(len(mean), np.int64)
    columns = tuple(np.zeros(len(mean), np.float32) for _ in range(5))
    top = np.full((len(likeness), _FURTHER), -1, np.float32)
    order = np.argsort(person, kind="stable")
    firsts = np.searchsorted(person[order], np.arange(len(likeness)))
    start = 0
    while start < len(mean):
        end = int(np.searchsorted(starts, starts[start] + _BLOCK))
        end = min(max(end, start + 1), len(mean))
        last = starts[end] if end < len(mean) else len(vectors)
        cosine = vectors[by_group[starts[start] : last]] @ portraits[order].T
        of_person = np.maximum.reduceat(cosine, firsts, axis=1)
        within = starts[start:end] - starts[start]
        near = np.maximum.reduceat(of_person, within, axis=0)
        average = np.add.reduceat(of_person, within, axis=0) / sizes[start:end, None]
        means = mean[start:end] @ likeness.T
        score = (near + means) / 2
        top = -np.sort(-np.hstack((top, score.T)), axis=1)[:, :_FURTHER]
        first = score.argmax(axis=1)
        rows = np.arange(len(first))
        here = score[rows, first].copy()
        score[rows, first] = -1
        lead = here - score.max(axis=1)
        of_best = (means[rows, first], near[rows, first], average[rows, first], here, lead)
        best[start:end] = first
        for column, values in zip(columns, of_best, strict=True):
            column[start:end] = values
        start = end
    whole, nearest, averages, scores, leads = columns
    return _Compared(best, whole, nearest, averages, scores, leads, top)


def _crowds(mean: Float32) -> tuple[Float32, Float32]:
    """(g,) mean cosine of each group's mean to the ten others nearest, and to the fifty after; of
    more groups than these."""
    count = len(mean)
    cohort = np.unique(np.linspace(0, count - 1, min(count, _COHORT)).astype(np.int64))
    near, further = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for start in range(0, count, _BLOCK):
        block = slice(start, min(start + _BLOCK, count))
        cosine = mean[block] @ mean[cohort].T
        cosine[cohort[None] == np.arange(block.start, block.stop)[:, None]] = -1
        first = -np.sort(-cosine, axis=1)[:, :_FURTHER]
        near[block] = first[:, :_NEAR].mean(axis=1)
        further[block] = first[:, _NEAR:].mean(axis=1)
    return near, further


def _features(found: _Compared, mean: Float32, size: Float64, unit: float, many: bool) -> Float64:
    """(g, features of a group)"""
    whole, nearest = (1 - found.whole) / unit, (1 - found.nearest) / unit
    top = found.top[found.best]
    is_first = found.score >= top[:, 0] - 1e-6
    ahead = found.score - np.where(is_first, top[:, 1], top[:, 0])
    none = np.zeros(len(mean), np.float32)
    lead = np.clip(found.lead / unit, -_LEAD, _LEAD) if len(found.top) > 1 else none
    ahead = np.clip(ahead / unit, -_LEAD, _LEAD) if len(mean) > 1 else none
    against: list[NDArray[np.floating[Any]]] = [none] * len(_CROWD)
    if many:
        crowds = (top[:, :_NEAR].mean(axis=1), top[:, _NEAR:].mean(axis=1), *_crowds(mean))
        against = [(found.score - each) / unit for each in crowds]
    return np.column_stack(
        (
            whole,
            nearest,
            (1 - found.average) / unit,
            lead,
            ahead,
            *against,
            size,
            np.minimum(whole, 1),
            np.minimum(nearest, 1),
            np.minimum(lead, 0.3),
            np.minimum(ahead, 0.3),
            whole * size,
        )
    ).astype(np.float64)


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
