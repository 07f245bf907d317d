"""Reasons → probabilities, fitted on labelled data and kept as a small JSON with its origin.

A logistic regression on a few features (Platt, "Probabilistic outputs for support vector machines",
1999, with more than one score). Cosines enter as distances in units of the model's threshold
distance, so that the coefficients mean the same for every embedder.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probability = 1 / (1 + exp(-(intercept + coefficients · features)))."""

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def probability(self, features: Float) -> Float:
        """(n,) probabilities of (n, f) features, in the order of `self.features`."""
        if features.shape[1:] != (len(self.features),):
            raise ValueError(
                f"features: expected {len(self.features)} columns {self.features}, "
                f"got shape {features.shape}"
            )
        result: Float = expit(self.intercept + features @ np.array(self.coefficients))
        return result


def fit(names: tuple[str, ...], features: Float, right: NDArray[np.bool_]) -> Logistic:
    """Fit on (n, f) features and (n,) whether each was right; no class is weighted."""
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(scaler.transform(features), right)
    coefficients = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - coefficients @ scaler.mean_)
    return Logistic(names, tuple(map(float, coefficients)), intercept)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The probabilities for one embedder, and how they were found."""

    model: str
    """Identifier of the embedder's card."""
    threshold: float
    """Cosine from which two faces count as one person: the unit of distances."""
    names: Logistic
    """That a candidate name is right."""
    merges: Logistic
    """That two clusters are one person."""
    benchmark: str
    """The labelled data that it was fitted and tested on."""
    date: str
    figures: dict[str, float]
    """On people not fitted on: pairs, Brier score, expected calibration error…"""
