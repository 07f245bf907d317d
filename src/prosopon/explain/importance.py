"""How much a classifier's figures change when parts of the faces are hidden.

`respond` asks any function from pictures to outputs about every occlusion of a data set; `measure`
turns probabilities into figures, fold by fold; `q_list` sorts occlusions by q = |p − p_m|, p being
the figure on whole faces and p_m that under occlusion m. Arrays over occlusions have whole faces in
row 0 and then the occlusions in their order: (1 + m, …); arrays over folds have them first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from prosopon.errors import UsageError
from prosopon.explain.occlusions import Fill, Layout, Occlusion, occluded, stacked
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.metrics.classification import Confusion
from prosopon.progress import stage
from prosopon.records import Float32, Float64, Int64, UInt8, as_array

Classifier = Callable[[UInt8], NDArray[Any]]
"""Pictures (n, h, w, 3) uint8 RGB → outputs (n, …), row by row: probabilities, or vectors that the
caller turns into probabilities afterwards."""

BATCH = 32
CONFIDENCE = 0.95
FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "negative_precision",
    "negative_recall",
    "negative_f1",
    "bias",
    "stability",
)
"""Of the class yes, then of the class no; `bias`: share of faces called yes minus share that are;
`stability`: 1 minus the mean absolute
change of a face's probability; it needs no labels."""


def respond(
    classifier: Classifier,
    pictures: UInt8,
    landmarks: Float32,
    chosen: Sequence[Occlusion],
    fill: Fill = "black",
) -> NDArray[Any]:
    """Outputs (1 + m, n, …) of `classifier` for whole pictures and under every occlusion.

    pictures : (n, h, w, 3) uint8 RGB; landmarks : (n, 68, 2) in their pixels.
    """
    stack = stacked(pictures)
    points = as_array(landmarks, np.float32, (len(stack), 68, 2), "landmarks")
    if not len(stack):
        raise UsageError("there are no pictures to hide parts of")
    parts = []
    with stage("hiding parts of faces", len(stack) * (1 + len(chosen))) as bar:
        for start in range(0, len(stack), BATCH):
            batch = stack[start : start + BATCH]
            answers = [np.asarray(classifier(batch))]
            for _, hidden, _ in occluded(batch, points[start : start + BATCH], chosen, fill):
                answers.append(np.asarray(classifier(hidden)))
                bar.advance(len(batch))
            bar.advance(len(batch))
            parts.append(np.stack(answers))
    outputs: NDArray[Any] = np.concatenate(parts, axis=1)
    if outputs.shape[1] != len(stack):
        raise UsageError(
            f"the classifier gave {outputs.shape[1]} answers to {len(stack)} pictures: it must "
            "give one row for each"
        )
    return outputs


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """How much each occlusion hides, on average over faces."""

    picture: Float64
    """(m,) of the picture."""
    regions: Float64
    """(m, 5) of each region's contour."""

    @classmethod
    def of(cls, landmarks: Float32, size: tuple[int, int], chosen: Sequence[Occlusion]) -> "Shares":
        """Over all of `landmarks` (n, 68, 2) in pictures of `size`; a few hundred faces do."""
        pictures, regions = [], []
        for start in range(0, len(landmarks), BATCH):
            layout = Layout.of(landmarks[start : start + BATCH], size)
            masks = [layout.hidden(occlusion) for occlusion in chosen]
            pictures.append([mask.mean(axis=(1, 2)) for mask in masks])
            areas = layout.contours.sum(axis=(2, 3))
            covered = [(layout.contours & mask[:, None]).sum(axis=(2, 3)) / areas for mask in masks]
            regions.append(covered)
        return cls(
            np.concatenate(pictures, axis=1).mean(axis=1),
            np.concatenate(regions, axis=1).mean(axis=1),
        )


def measure(
    truth: ArrayLike, probabilities: ArrayLike, folds: ArrayLike, threshold: float = 0.5
) -> dict[str, Float64]:
    """FIGURES by name, each (folds, 1 + m).

    truth : (n,) 1 yes, 0 no, -1 unknown (left out); probabilities : (1 + m, n) of yes; folds : (n,)
    the part that each face belongs to, 0, 1, …

    Raises UsageError where all faces have the same answer: there is nothing to tell apart then.
    """
    labels, chances = np.asarray(truth), np.asarray(probabilities, np.float64)
    parts = np.asarray(folds)
    if chances.ndim != 2 or chances.shape[1] != len(labels):
        raise ValueError(
            f"probabilities: expected (occlusions, {len(labels)}), got {chances.shape}"
        )
    if not ((chances >= 0) & (chances <= 1)).all():
        raise UsageError("the classifier's outputs are no probabilities: expected 0 to 1")
    known = labels >= 0
    if len(np.unique(labels[known])) < 2:
        raise UsageError("all faces have the same answer: expected some with yes and some with no")
    rows = []
    for part in np.unique(parts):
        here = known & (parts == part)
        rows.append(_figures(labels[here], chances[:, here], threshold))
    return {name: np.stack([row[name] for row in rows]) for name in FIGURES}


def _figures(truth: Int64, chances: Float64, threshold: float) -> dict[str, Float64]:
    said = (chances >= threshold).T
    yes = np.repeat(truth[:, None] == 1, said.shape[1], axis=1)
    of_yes, of_no = Confusion.of(yes, said), Confusion.of(~yes, ~said)
    return {
        "accuracy": of_yes.accuracy,
        "balanced_accuracy": of_yes.balanced_accuracy,
        "precision": of_yes.precision,
        "recall": of_yes.recall,
        "f1": of_yes.f1,
        "negative_precision": of_no.precision,
        "negative_recall": of_no.recall,
        "negative_f1": of_no.f1,
        "bias": said.mean(axis=0) - yes.mean(axis=0),
        "stability": 1 - np.abs(chances - chances[0]).mean(axis=1),
    }


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over folds and its confidence interval."""

    mean: float
    low: float
    high: float
    """NaN, as `low`, where there is one fold only."""

    @classmethod
    def of(cls, values: ArrayLike) -> "Interval":
        """Student's interval of CONFIDENCE over folds (k,); NaN folds are left out."""
        known = np.asarray(values, np.float64)
        known = known[~np.isnan(known)]
        if not len(known):
            return cls(np.nan, np.nan, np.nan)
        mean = float(known.mean())
        if len(known) < 2:
            return cls(mean, np.nan, np.nan)
        error = float(known.std(ddof=1) / np.sqrt(len(known)))
        half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(known) - 1)) * error
        return cls(mean, mean - half, mean + half)

    @property
    def side(self) -> int:
        """1 where it lies above 0, -1 below, 0 where it holds 0 or is unknown."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True, slots=True)
class Importance:
    """What one occlusion costs."""

    occlusion: Occlusion
    q: float
    """|p − p_m|, of the means over folds."""
    drop: Interval
    """p − p_m over folds; below 0 where hiding helps."""


def q_list(chosen: Sequence[Occlusion], figure: Float64) -> list[Importance]:
    """The occlusions, the costliest first.

    figure : (folds, 1 + m) of `measure`, such as the accuracy.
    """
    drops = figure[:, :1] - figure[:, 1:]
    intervals = [Interval.of(drops[:, place]) for place in range(len(chosen))]
    rows = [
        Importance(occlusion, abs(drop.mean), drop)
        for occlusion, drop in zip(chosen, intervals, strict=True)
    ]
    return sorted(rows, key=lambda row: -row.q)


def region_weights(chosen: Sequence[Occlusion], figure: Float64, shape: str) -> Float64:
    """(folds, 5) what hiding each region costs, by least squares over all occlusions that hide one,
    two or three of them by `shape` (`contour` or `strip`), costs adding up."""
    places = [
        place
        for place, each in enumerate(chosen)
        if each.shape == shape and each.family.endswith(" out")
    ]
    table = np.array(
        [[region in chosen[place].regions for region in STUDY_REGIONS] for place in places], float
    )
    drops = figure[:, :1] - figure[:, [1 + place for place in places]]
    weights, *_ = np.linalg.lstsq(table, drops.T, rcond=None)
    return np.asarray(weights.T, np.float64)
