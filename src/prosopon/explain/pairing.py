"""Pairs of faces on which an embedder is asked whether they show one person."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from prosopon.errors import UsageError
from prosopon.records import Float32, Int64


def partners(people: NDArray[np.str_], rng: np.random.Generator) -> tuple[Int64, Int64]:
    """For each picture another of the same person, and one of somebody else."""
    if len(set(people.tolist())) < 2:
        raise UsageError("expected two people or more with two pictures each")
    same = np.empty(len(people), np.int64)
    for person in np.unique(people):
        rows = np.flatnonzero(people == person)
        same[rows] = np.roll(rows, 1)
    other = rng.integers(0, len(people), len(people))
    while (wrong := people[other] == people).any():
        other[wrong] = rng.integers(0, len(people), int(wrong.sum()))
    return same, other


def match_probabilities(cosines: Float32, truth: Int64, folds: Int64) -> NDArray[np.float64]:
    """Probabilities (1 + m, pairs), by what the other folds say about whole faces."""
    result = np.empty(cosines.shape, np.float64)
    for fold in np.unique(folds):
        here = folds == fold
        model = LogisticRegression(C=1e4).fit(cosines[0, ~here, None], truth[~here])
        chances = model.predict_proba(cosines[:, here].reshape(-1, 1))[:, 1]
        result[:, here] = chances.reshape(len(cosines), -1)
    return result
