"""Features → probabilities, fitted on labelled data and kept as a small JSON with its origin.

Logistic regression: Platt, "Probabilistic outputs for support vector machines" (1999), with more
than one feature. Distances come in units of the embedder's threshold distance, so the coefficients
mean the same for every embedder; those of `dlib-resnet` stand in for an embedder that has none.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from prosopon.records import Float64

FALLBACK = "dlib-resnet"
"""The embedder whose calibration serves for those that have none."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability = 1 / (1 + exp(-(intercept + coefficients · features)))."""

    coefficients: tuple[float, ...]
    intercept: float

    def probability(self, features: Float64) -> Float64:
        """(n,) probabilities of (n, f) features."""
        result: Float64 = expit(self.score(features))
        return result

    def score(self, features: Float64) -> Float64:
        """(n,) log odds."""
        result: Float64 = self.intercept + features @ np.array(self.coefficients)
        return result


def fit(features: Float64, right: NDArray[np.bool_], weight: Float64 | None = None) -> Logistic:
    """Fit on (n, f) features and (n,) whether the pair was one person. No class is weighted.

    weight : (n,) how much each counts; by default all the same.
    """
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(max_iter=3000).fit(scaler.transform(features), right, weight)
    coefficients = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - coefficients @ scaler.mean_)
    return Logistic(tuple(map(float, coefficients)), intercept)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The probabilities for one embedder, and how they were found."""

    model: str
    """Identifier of the embedder's card that it was fitted on."""
    threshold: float
    """Cosine from which two faces of this embedder count as one person: the unit of distances."""
    within: Logistic
    """A face is the person whom label propagation in its cluster gives it."""
    beyond: Logistic
    """A face, or an unnamed cluster, is a person named elsewhere."""
    merges: Logistic
    """Two unnamed groups are one person."""
    benchmark: str
    """The labelled data that it was fitted and tested on."""
    date: str
    """ISO 8601."""
    reliability: dict[str, list[tuple[float, float, int]]]
    """Of each of the three, on people not fitted on: mean probability, share that was right, and
    number of pairs, in bins of the probability."""

    def shifted(self, features: Float64, right: NDArray[np.bool_]) -> "Calibration":
        """With the prior of pairs that some unnamed groups turned out to have.

        The shift of the log odds is the most probable one, before a normal prior of standard
        deviation `_SHIFT` (Saerens, Latinne and Decaestecker, Neural Computation 14, 2002, on why a
        prior moves the log odds alone).
        """
        score = self.merges.score(features)

        def loss(shift: float) -> float:
            signed = np.where(right, score + shift, -score - shift)
            return float(np.logaddexp(0, -signed).sum() + shift**2 / (2 * _SHIFT**2))

        shift = float(minimize_scalar(loss, bounds=(-8, 8), method="bounded").x)
        beyond = replace(self.beyond, intercept=self.beyond.intercept + shift)
        merges = replace(self.merges, intercept=self.merges.intercept + shift)
        return replace(self, beyond=beyond, merges=merges)


_SHIFT = 2.0
"""Log odds; two labelled sets of photographs differ by 3."""
_CALIBRATION = TypeAdapter(Calibration)


def to_json(calibration: Calibration) -> str:
    """The calibration as text."""
    return json.dumps(_CALIBRATION.dump_python(calibration, mode="json"), indent=1) + "\n"


def from_json(text: str) -> Calibration:
    """The calibration that `to_json` wrote. Raises ValueError."""
    return _CALIBRATION.validate_json(text)


@cache
def shipped(model: str, threshold: float) -> Calibration:
    """The calibration of an embedder, or the fallback, with that embedder's threshold."""
    folder = resources.files("prosopon.people") / "calibrations"
    own = folder / f"{model}.json"
    file = own if own.is_file() else folder / f"{FALLBACK}.json"
    return replace(from_json(file.read_text(encoding="utf-8")), threshold=threshold)


BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
"""Edges of the bins that reliability is given in."""


def reliability(probability: Float64, right: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Mean probability, share that was right, number; of each bin that holds any."""
    bins = np.digitize(probability, BINS[1:-1])
    found = []
    for number in np.unique(bins):
        inside = bins == number
        mean, share = float(probability[inside].mean()), float(right[inside].mean())
        found.append((round(mean, 4), round(share, 4), int(np.count_nonzero(inside))))
    return found


def expected_error(bins: list[tuple[float, float, int]]) -> float:
    """Expected calibration error: mean of |probability - share|, weighted by the bins' numbers."""
    total = sum(count for _, _, count in bins)
    return sum(abs(mean - share) * count for mean, share, count in bins) / max(total, 1)
