"""How sure a figure of pairs is, when other people might have been photographed.

Pairs that share a person are not independent, so people are drawn, not pairs (Bolle, Ratha and
Pankanti, "Error analysis of pattern recognition systems: the subsets bootstrap", CVIU 2004): each
draw takes as many people as there are, with replacement, and a pair counts as often as both of its
people were drawn.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prosopon.records import Float64, Int64

Bool = NDArray[np.bool_]


def people_interval(
    statistic: Callable[[Float64], float],
    left: ArrayLike,
    right: ArrayLike,
    *,
    draws: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of `statistic`, a function of the weights (n,) of n pairs.

    left, right : (n,) who is in each pair's two pictures. NaN where a draw leaves nothing to judge
    in more than half of all.
    """
    people, numbers = np.unique(
        np.concatenate([np.asarray(left), np.asarray(right)]), return_inverse=True
    )
    one, other = np.split(numbers.astype(np.int64), 2)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        times = np.bincount(rng.integers(0, len(people), len(people)), minlength=len(people))
        weights = np.where(one == other, times[one], times[one] * times[other]).astype(np.float64)
        found.append(statistic(weights))
    known = np.array(found)[~np.isnan(found)]
    if len(known) < draws / 2:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


class WeightedArea:
    """The area under the ROC curve for any weights of the pairs, sorted once.

    similarities : (n,); same : (n,) bool.
    """

    def __init__(self, similarities: ArrayLike, same: ArrayLike) -> None:
        values, places = np.unique(np.asarray(similarities, np.float64), return_inverse=True)
        self.places: Int64 = places
        self.count = len(values)
        self.same: Bool = np.asarray(same, np.bool_)

    def __call__(self, weights: Float64) -> float:
        """NaN where one kind of pairs has no weight."""
        of_same = np.bincount(self.places, weights * self.same, self.count)
        of_others = np.bincount(self.places, weights * ~self.same, self.count)
        if not of_same.sum() or not of_others.sum():
            return float("nan")
        below = np.cumsum(of_others) - of_others
        return float((of_same * (below + of_others / 2)).sum() / of_same.sum() / of_others.sum())


def weighted_share(right: Bool, folds: ArrayLike | None = None) -> Callable[[Float64], float]:
    """The share of pairs that are `right` (n,), for any weights; the mean over `folds` (n,) of
    their shares where they are given, without those that have no weight."""
    _, places = np.unique(np.zeros(len(right)) if folds is None else folds, return_inverse=True)

    def share(weights: Float64) -> float:
        totals = np.bincount(places, weights)
        hits = np.bincount(places, weights * right)
        known = totals > 0
        return float((hits[known] / totals[known]).mean()) if known.any() else float("nan")

    return share
