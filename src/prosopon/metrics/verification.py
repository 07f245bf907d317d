"""How well similarities tell pairs of one person from pairs of two.

Contract of all functions: `similarities` (n,) float, the higher the more alike; `same` (n,) bool,
true for pairs of one person. A pair is accepted where its similarity is at least the threshold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest
from sklearn.metrics import auc, roc_curve

from prosopon.records import Int32

Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """The receiver operating characteristic, from the strictest threshold to the loosest."""

    false_accepts: Float64
    """(m,) share of the different pairs accepted (FAR), rising from 0 to 1."""
    true_accepts: Float64
    """(m,) share of the same pairs accepted (TAR), rising from 0 to 1."""
    different: int
    """Pairs of different people behind it."""

    @classmethod
    def of(cls, similarities: ArrayLike, same: ArrayLike) -> Self:
        """Every attainable point. Raises ValueError unless there are pairs of both kinds."""
        scores, truth = _checked(similarities, same)
        if truth.all() or not truth.any():
            raise ValueError("a ROC needs pairs of one person and pairs of two")
        false_accepts, true_accepts, _ = roc_curve(truth, scores, drop_intermediate=False)
        return cls(false_accepts, true_accepts, int((~truth).sum()))

    @property
    def area(self) -> float:
        """The area under the curve: how often a same pair is more alike than a different one."""
        return float(auc(self.false_accepts, self.true_accepts))

    @property
    def equal_error_rate(self) -> float:
        """Where as many are falsely accepted as falsely rejected, between points linearly."""
        excess = self.false_accepts + self.true_accepts - 1  # rises from -1 to 1
        after = int(np.argmax(excess >= 0))
        before = after - 1
        share = -excess[before] / (excess[after] - excess[before])
        rise = self.false_accepts[after] - self.false_accepts[before]
        return float(self.false_accepts[before] + share * rise)

    def true_accepts_at(self, false_accepts: float) -> float:
        """TAR at FAR: the most true accepts with at most this share of false ones.

        NaN where there are too few different pairs to measure so small a share.
        """
        if false_accepts * self.different < 1:
            return float("nan")
        return float(self.true_accepts[self.false_accepts <= false_accepts].max())


def error_versus_reject(
    similarities: ArrayLike,
    same: ArrayLike,
    quality: ArrayLike,
    shares: ArrayLike,
    false_accepts: float = 0.01,
) -> Float64:
    """(k,) false rejects among what is left when the pairs of least quality are left out.

    Grother and Tabassi (2007): a useful quality makes it fall. The threshold stays the one that
    accepts `false_accepts` of all pairs of two people.

    quality : (n,) of each pair, of its worse picture; shares : (k,) of the pairs of one person that
    are left out, from 0 to below 1.
    """
    scores, truth = _checked(similarities, same)
    worth, asked = np.asarray(quality, np.float64), np.asarray(shares, np.float64)
    others = np.sort(scores[~truth])[::-1]
    threshold = others[min(int(false_accepts * len(others)), len(others) - 1)]
    order = np.argsort(worth[truth], kind="stable")
    refused = (scores[truth] <= threshold)[order]
    starts = np.minimum((asked * len(refused)).astype(int), len(refused) - 1)
    return np.array([refused[start:].mean() for start in starts])


def best_threshold(similarities: ArrayLike, same: ArrayLike) -> float:
    """The threshold with the highest accuracy, halfway between neighbouring similarities; of
    equally good ones the middle."""
    scores, truth = _checked(similarities, same)
    values, places = np.unique(scores, return_inverse=True)
    step = np.bincount(places, weights=np.where(truth, -1, 1), minlength=len(values))
    right = truth.sum() + np.concatenate([[0], np.cumsum(step)])  # the lowest k values rejected
    best = np.flatnonzero(right == right.max())
    chosen = int(best[len(best) // 2])
    if chosen == 0:
        return float(values[0])
    if chosen == len(values):
        return float(np.nextafter(values[-1], np.inf))
    return float((values[chosen - 1] + values[chosen]) / 2)


def fold_accuracies(
    similarities: ArrayLike,
    same: ArrayLike,
    folds: Int32,
    tested: Iterable[int],
    development: Sequence[int] = (),
) -> tuple[Float64, Float64]:
    """Accuracies and thresholds of the `tested` folds, each threshold the best of all other folds,
    or of those for `development`.

    Huang, Ramesh, Berg and Learned-Miller (2007), section 3.
    """
    scores, truth = _checked(similarities, same)
    chosen, accuracies = [], []
    for fold in tested:
        here = folds == fold
        rest = np.isin(folds, development) if len(development) else ~here
        threshold = best_threshold(scores[rest], truth[rest])
        chosen.append(threshold)
        accuracies.append(np.mean((scores[here] >= threshold) == truth[here]))
    return np.array(accuracies), np.array(chosen)


def standard_error(values: ArrayLike, freedom: int = 1) -> float:
    """Standard error of the mean, s/√n with s² the sum of squares by n − `freedom`; NaN for one."""
    sample = np.asarray(values, np.float64)
    deviation = sample.std(ddof=freedom) if len(sample) > 1 else np.nan
    return float(deviation / np.sqrt(len(sample)))


def interval(hits: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a proportion; NaN where nothing was counted."""
    if total == 0:
        return float("nan"), float("nan")
    found = binomtest(hits, total).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def difference_interval(
    hits: int, total: int, other_hits: int, other_total: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the difference of two independent proportions, the first minus the other.

    Newcombe (1998), method 10: from the two Wilson intervals.
    """
    low, high = interval(hits, total, confidence)
    other_low, other_high = interval(other_hits, other_total, confidence)
    p, q = hits / total, other_hits / other_total
    below = np.hypot(p - low, other_high - q)
    above = np.hypot(high - p, q - other_low)
    return float(p - q - below), float(p - q + above)


def _checked(similarities: ArrayLike, same: ArrayLike) -> tuple[Float64, Bool]:
    scores, truth = np.asarray(similarities, np.float64), np.asarray(same, np.bool_)
    if scores.ndim != 1 or scores.shape != truth.shape or not len(scores):
        raise ValueError(
            f"similarities and same: expected two equally long, not empty vectors, got "
            f"{scores.shape} and {truth.shape}"
        )
    if np.isnan(scores).any():
        raise ValueError(f"similarities: {int(np.isnan(scores).sum())} are no numbers")
    return scores, truth
