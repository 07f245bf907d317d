"""What speaks for a name → its probability, fitted on labelled photographs with drawn captions.

Three models, since a name that the face's own caption lacks needs more to be believed than one of a
photograph without a caption.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from prosopon.people.calibration import Logistic, fit
from prosopon.people.captions.assign import Assigned, Mask
from prosopon.records import Float32, Float64, NeighbourGraph

FEATURES = (
    "lead of the log odds",
    "the same above 5",
    "lead of the captions' count",
    "the same above 5",
    "log odds from neighbours",
    "log captions with the name, of photographs with alike faces",
    "one such caption or more",
    "share of such captions",
    "log number of captioned photographs with alike faces",
    "the caption's order says so",
    "distance to the mean of the name's faces",
    "the same beyond what the name's faces have",
    "share of the ten nearest faces that have the name",
    "distance to the nearest face with the name",
    "mean distance to the nearest three",
    "lead over the nearest face with another name",
    "log number of the name's faces",
    "log share of faces in captioned photographs",
)
"""Distances in units of the threshold's."""


@dataclass(frozen=True, slots=True)
class CaptionCalibration:
    """Probabilities of names that come from captions, and how they were found."""

    within: Logistic
    """The face's own caption has the name."""
    beyond: Logistic
    """Only captions of other photographs have it."""
    untold: Logistic
    """The face's own photograph has no caption."""
    benchmark: str
    date: str
    reliability: dict[str, list[tuple[float, float, int]]]
    """As in `people.calibration.Calibration`."""

    def probability(self, assigned: Assigned, features: Float64) -> Float64:
        """(n,) 0 for faces without a name."""
        chances = np.choose(
            kind_of(assigned),
            [each.probability(features) for each in (self.within, self.beyond, self.untold)],
        )
        return np.where(assigned.name >= 0, chances, 0.0)


def kind_of(assigned: Assigned) -> NDArray[np.intp]:
    """(n,) which model is for each face: 0 within, 1 beyond, 2 untold."""
    return np.where(assigned.in_caption, 0, np.where(assigned.told, 1, 2))


def features_of(
    assigned: Assigned, vectors: Float32, graph: NeighbourGraph, threshold: float
) -> Float64:
    """(n, len(FEATURES)); rows of faces without a name mean nothing."""
    unit, name = 1 - threshold, assigned.name
    far = np.float32(1 - 2 * unit)
    mean, spread, size = _of_names(assigned, vectors, far)
    same = (
        (graph.neighbours >= 0) & (name[graph.neighbours] == name[:, None]) & (name >= 0)[:, None]
    )
    other = (graph.neighbours >= 0) & ~same
    nearest = -np.sort(-np.where(same, graph.similarities, far), axis=1)[:, :3]
    rival = np.where(other, graph.similarities, far).max(axis=1, initial=far)
    lead, counted = (np.clip(each, -10, 15) for each in (assigned.lead, assigned.counted_lead))
    found = np.column_stack(
        (
            lead,
            np.maximum(lead - 5, 0),
            counted,
            np.maximum(counted - 5, 0),
            np.clip(assigned.heard, -10, 15),
            np.log1p(assigned.captions),
            np.minimum(assigned.captions, 1),
            assigned.captions / np.maximum(assigned.alike, 0.3),
            np.log1p(assigned.alike),
            assigned.ordered,
            (1 - mean) / unit,
            (spread - mean) / unit,
            same[:, :10].mean(axis=1),
            (1 - nearest[:, 0]) / unit,
            (1 - nearest.mean(axis=1)) / unit,
            (nearest[:, 0] - rival) / unit,
            np.log(size),
            np.full(len(name), np.log(max(assigned.told.mean(), 1e-3))),
        )
    )
    return found.astype(np.float64)


def _of_names(
    assigned: Assigned, vectors: Float32, far: np.float32
) -> tuple[Float32, Float32, NDArray[np.intp]]:
    """(n,) cosine of each face to the mean of its name's other faces; the mean of these; how many.

    far : what stands for the cosine where there are no others.
    """
    name = np.maximum(assigned.name, 0)
    rows = np.flatnonzero(assigned.name >= 0)
    sums = np.zeros((int(name.max(initial=0)) + 1, vectors.shape[1]), np.float32)
    np.add.at(sums, name[rows], vectors[rows])
    size = np.maximum(np.bincount(name[rows], minlength=len(sums)), 1)
    others = sums[name] - vectors
    length = np.linalg.norm(others, axis=1)
    cosine = np.einsum("ij,ij->i", others, vectors) / np.maximum(length, 1e-9)
    cosine = np.where(size[name] > 1, cosine, far).astype(np.float32)
    spread = np.bincount(name[rows], cosine[rows], minlength=len(sums)) / size
    return cosine, spread[name].astype(np.float32), size[name]


def fitted(features: Float64, kind: NDArray[np.intp], right: Mask) -> tuple[Logistic, ...]:
    """The three models, fitted on (n, len(FEATURES)), `kind_of` and whether each name was right."""
    return tuple(fit(features[kind == which], right[kind == which]) for which in range(3))


_CALIBRATION = TypeAdapter(CaptionCalibration)


def to_json(calibration: CaptionCalibration) -> str:
    """The calibration as text."""
    return _CALIBRATION.dump_json(calibration, indent=1).decode() + "\n"


@cache
def shipped() -> CaptionCalibration:
    """The calibration that comes with the program."""
    file = resources.files("prosopon.people") / "calibrations" / "captions.json"
    return _CALIBRATION.validate_json(file.read_text(encoding="utf-8"))
