"""How well yes-or-no labels are predicted: per attribute, from counts.

Contract of all functions: `truth` is (n, a) with 1 for yes, 0 for no and -1 for unknown; unknown
labels are left out, attribute by attribute. What a count does not allow to say (the recall of an
attribute that nobody has) is NaN; means over attributes leave NaN out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prosopon.records import Int64

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Counts of right and wrong predictions, each (a,), and the figures that follow from them."""

    true_positives: Int64
    false_positives: Int64
    true_negatives: Int64
    false_negatives: Int64

    @classmethod
    def of(cls, truth: ArrayLike, predicted: ArrayLike) -> Self:
        """Count; `predicted` is (n, a) bool."""
        labels, said = np.asarray(truth), np.asarray(predicted, dtype=bool)
        if labels.shape != said.shape or labels.ndim != 2:
            raise ValueError(
                f"truth and predictions: expected equal shapes (n, a), got {labels.shape} and "
                f"{said.shape}"
            )
        yes, no = labels == 1, labels == 0
        cells = (yes & said, no & said, no & ~said, yes & ~said)
        return cls(*(cell.sum(axis=0, dtype=np.int64) for cell in cells))

    @property
    def positives(self) -> Int64:
        """Faces that have the attribute."""
        return self.true_positives + self.false_negatives

    @property
    def total(self) -> Int64:
        """Faces whose label is known."""
        return self.positives + self.true_negatives + self.false_positives

    @property
    def accuracy(self) -> Float64:
        """Share of right predictions."""
        return _ratio(self.true_positives + self.true_negatives, self.total)

    @property
    def misprediction(self) -> Float64:
        """Share of wrong predictions: the mis-prediction ratio of Anzalone et al. (2019)."""
        return 1 - self.accuracy

    @property
    def majority(self) -> Float64:
        """Accuracy of always giving the commoner answer."""
        return _ratio(np.maximum(self.positives, self.total - self.positives), self.total)

    @property
    def recall(self) -> Float64:
        """Share of the faces with the attribute that are found (accuracy on positives)."""
        return _ratio(self.true_positives, self.positives)

    @property
    def specificity(self) -> Float64:
        """Share of the faces without the attribute that are left out (accuracy on negatives)."""
        return _ratio(self.true_negatives, self.total - self.positives)

    @property
    def balanced_accuracy(self) -> Float64:
        """Mean of recall and specificity: 0.5 for any constant answer."""
        return (self.recall + self.specificity) / 2

    @property
    def precision(self) -> Float64:
        """Share of the predicted positives that are right."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def f1(self) -> Float64:
        """Harmonic mean of precision and recall."""
        wrong = self.false_positives + self.false_negatives
        return _ratio(2 * self.true_positives, 2 * self.true_positives + wrong)


FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "misprediction",
    "majority",
)
COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def attribute_table(
    attributes: Sequence[str],
    truth: ArrayLike,
    probabilities: ArrayLike,
    thresholds: ArrayLike = 0.5,
) -> list[dict[str, float | str]]:
    """One row an attribute with every figure and count, then a row `mean` of the figures.

    `probabilities` (n, a) in 0–1; an attribute is predicted where its probability is at least its
    threshold, one for all or (a,).
    """
    probabilities = np.asarray(probabilities)
    counts = Confusion.of(truth, probabilities >= np.asarray(thresholds))
    figures = {name: getattr(counts, name) for name in FIGURES}
    figures["calibration_error"] = calibration_error(truth, probabilities)
    rows: list[dict[str, float | str]] = [
        {
            "attribute": attribute,
            **{name: float(values[i]) for name, values in figures.items()},
            **{name: int(getattr(counts, name)[i]) for name in COUNTS},
        }
        for i, attribute in enumerate(attributes)
    ]
    means = {name: mean_known(values) for name, values in figures.items()}
    return [*rows, {"attribute": "mean", **means}]


def calibration_error(truth: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> Float64:
    """Expected calibration error of each attribute, (a,): the mean distance, over faces, between
    the predicted probability and the share of positives in its bin (`bins` of equal width).

    Naeini, Cooper, Hauskrecht (2015), for the probability of the positive class.
    """
    labels, chances = np.asarray(truth), np.asarray(probabilities, dtype=np.float64)
    errors = np.full(labels.shape[1], np.nan)
    for column in range(labels.shape[1]):
        known = labels[:, column] >= 0
        yes, chance = labels[known, column] == 1, chances[known, column]
        if not len(chance):
            continue
        places = np.minimum((chance * bins).astype(np.int64), bins - 1)
        gaps = np.bincount(places, weights=chance - yes, minlength=bins)
        errors[column] = np.abs(gaps).sum() / len(chance)
    return errors


def mean_known(values: ArrayLike) -> float:
    """The mean of the values that are not NaN; NaN where there is none."""
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else float("nan")


def _ratio(part: Int64, whole: Int64) -> Float64:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
