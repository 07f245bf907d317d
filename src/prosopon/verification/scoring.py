"""Vectors and pairs → the figures that papers print, for all pairs and group by group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosopon.errors import ProsoponError
from prosopon.metrics.bootstrap import WeightedArea, people_interval, weighted_share
from prosopon.metrics.verification import (
    Bool,
    Float64,
    Roc,
    difference_interval,
    fold_accuracies,
    interval,
    standard_error,
)
from prosopon.records import Float32
from prosopon.verification.pairs import Pairs

FALSE_ACCEPT_RATES = (1e-2, 1e-3, 1e-4)
NO_FACE = -1.0
"""The similarity of a pair with a picture in which no face was found: such a pair is refused."""
DRAWS = 500
"""Of people, for intervals."""
EVEN = 0.5
"""The threshold of probabilities that a final classifier gives."""
MIXED = "mixed"
"""The group of pairs whose two pictures have different labels."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What one embedder reaches on one list of pairs."""

    accuracy: float
    """Estimated mean accuracy over the tested folds, thresholds from the other folds."""
    standard_error: float
    """Of that mean, over folds."""
    fold_accuracies: tuple[float, ...]
    thresholds: tuple[float, ...]
    """Cosine similarities, one for each tested fold."""
    area: float
    """Under the ROC curve."""
    equal_error_rate: float
    true_accepts: dict[str, float]
    """TAR by FAR, such as `0.001`; NaN where the pairs are too few for it."""
    pairs: int
    same: int
    without_face: int
    """Pairs with a picture in which no face was found; they count as refused."""
    accuracy_interval: tuple[float, float]
    """95 %, of the mean over folds, over people drawn anew, at these thresholds; NaN where the list
    names nobody."""
    area_interval: tuple[float, float]
    accuracy_of_found: float
    """Accuracy, and area, without those pairs; NaN where none, or only one kind, is left."""
    area_of_found: float


@dataclass(frozen=True, slots=True)
class GroupScores:
    """One embedder on the pairs of one group, with the thresholds of all pairs."""

    group: str
    pairs: int
    same: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    """95 %, Wilson."""
    false_accepts: float
    """Share of the different pairs accepted."""
    false_accepts_interval: tuple[float, float]
    false_rejects: float
    """Share of the same pairs refused."""
    false_rejects_interval: tuple[float, float]
    area: float


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference between two groups."""

    figure: str
    better: str
    worse: str
    difference: float
    interval: tuple[float, float]
    """95 %, Newcombe, of that one difference; looking for the largest makes it seem surer."""


def similarities(vectors: Float32, pairs: Pairs) -> Float64:
    """Cosine of each pair, (n,).

    vectors : (pictures, d) of unit length, NaN for pictures in which no face was found.
    """
    if len(vectors) != len(pairs.pictures):
        raise ProsoponError(
            f"expected a vector for each of {len(pairs.pictures)} pictures, got {len(vectors)}"
        )
    rows = vectors.astype(np.float64)
    cosine: Float64 = np.einsum("ij,ij->i", rows[pairs.left], rows[pairs.right])
    return np.where(np.isnan(cosine), NO_FACE, cosine)


def score(cosine: Float64, pairs: Pairs) -> Scores:
    """All figures of `similarities`; curves are of the tested folds only."""
    if pairs.learns:
        thresholds = np.full(len(pairs.tested), EVEN)
        right = (cosine >= EVEN) == pairs.same
        accuracies = np.array([right[pairs.folds == fold].mean() for fold in pairs.tested])
    else:
        accuracies, thresholds = fold_accuracies(
            cosine, pairs.same, pairs.folds, pairs.tested, pairs.development
        )
    here = pairs.scored
    roc = Roc.of(cosine[here], pairs.same[here])
    found = here & (cosine != NO_FACE)
    limits = _limits(pairs, thresholds)
    right = (cosine >= limits) == pairs.same
    share = weighted_share(right[here], pairs.folds[here])
    both = len(np.unique(pairs.same[found])) == 2
    return Scores(
        accuracy=float(accuracies.mean()),
        standard_error=standard_error(accuracies, pairs.freedom),
        fold_accuracies=tuple(accuracies.tolist()),
        thresholds=tuple(thresholds.tolist()),
        area=roc.area,
        equal_error_rate=roc.equal_error_rate,
        true_accepts={f"{rate:g}": roc.true_accepts_at(rate) for rate in FALSE_ACCEPT_RATES},
        pairs=int(here.sum()),
        same=int(pairs.same[here].sum()),
        without_face=int((cosine[here] == NO_FACE).sum()),
        accuracy_interval=_over_people(share, pairs),
        area_interval=_over_people(WeightedArea(cosine[here], pairs.same[here]), pairs),
        accuracy_of_found=share(found[here].astype(np.float64)),
        area_of_found=Roc.of(cosine[found], pairs.same[found]).area if both else float("nan"),
    )


def _over_people(statistic: Callable[[Float64], float], pairs: Pairs) -> tuple[float, float]:
    """The interval of a statistic of the tested pairs' weights."""
    if not pairs.people:
        return float("nan"), float("nan")
    people = np.array(pairs.people)
    left, right = people[pairs.left[pairs.scored]], people[pairs.right[pairs.scored]]
    return people_interval(statistic, left, right, draws=DRAWS)


def accepted(cosine: Float64, pairs: Pairs, scores: Scores) -> Bool:
    """(n,) which pairs are taken for one person, each by the threshold of its fold."""
    return cosine >= _limits(pairs, scores.thresholds)


def _limits(pairs: Pairs, thresholds: Sequence[float] | Float64) -> Float64:
    """(n,) the threshold of each pair's fold; infinite where it is not tested."""
    threshold = dict(zip(pairs.tested, thresholds, strict=True))
    return np.array([threshold.get(fold, np.inf) for fold in pairs.folds.tolist()])


def groups_of(labels: Sequence[str | None], pairs: Pairs) -> NDArray[np.str_]:
    """(n,) the label that both pictures of a pair share, `mixed`, or empty where one is unknown.

    labels : one for each picture.
    """
    values = np.array([label or "" for label in labels], np.str_)
    left, right = values[pairs.left], values[pairs.right]
    unknown = (left == "") | (right == "")
    shared: NDArray[np.str_] = np.where(left == right, left, np.array(MIXED))
    shared[unknown] = ""
    return shared


def by_group(
    cosine: Float64, pairs: Pairs, groups: NDArray[np.str_]
) -> tuple[list[GroupScores], list[Gap]]:
    """The figures of each group, and the largest gap in each of the three error figures."""
    right = accepted(cosine, pairs, score(cosine, pairs)) == pairs.same
    tables, counts = [], []
    for group in sorted(set(groups[pairs.scored].tolist()) - {""}):
        here = pairs.scored & (groups == group)
        same, different = here & pairs.same, here & ~pairs.same
        hits = {
            "accuracy": (int(right[here].sum()), int(here.sum())),
            "false accepts": (int((~right)[different].sum()), int(different.sum())),
            "false rejects": (int((~right)[same].sum()), int(same.sum())),
        }
        both = same.any() and different.any()
        area = Roc.of(cosine[here], pairs.same[here]).area if both else float("nan")
        counts.append((group, hits))
        tables.append(
            GroupScores(
                group,
                int(here.sum()),
                int(same.sum()),
                _share(hits["accuracy"]),
                interval(*hits["accuracy"]),
                _share(hits["false accepts"]),
                interval(*hits["false accepts"]),
                _share(hits["false rejects"]),
                interval(*hits["false rejects"]),
                area,
            )
        )
    figures = ("accuracy", "false accepts", "false rejects")
    gaps = [gap for figure in figures if (gap := _largest_gap(figure, counts)) is not None]
    return tables, gaps


def _largest_gap(figure: str, counts: list[tuple[str, dict[str, tuple[int, int]]]]) -> Gap | None:
    known = [(group, hits[figure]) for group, hits in counts if hits[figure][1]]
    known = [(group, hits) for group, hits in known if group != MIXED]
    if len(known) < 2:
        return None
    ordered = sorted(known, key=lambda entry: _share(entry[1]))
    (low, low_hits), (high, high_hits) = ordered[0], ordered[-1]
    difference = _share(high_hits) - _share(low_hits)
    better, worse = (high, low) if figure == "accuracy" else (low, high)
    return Gap(figure, better, worse, difference, difference_interval(*high_hits, *low_hits))


def _share(hits: tuple[int, int]) -> float:
    return hits[0] / hits[1] if hits[1] else float("nan")


def worst(cosine: Float64, pairs: Pairs, most: int) -> tuple[list[int], list[int]]:
    """Rows of the least alike pairs of one person, and of the most alike pairs of two; pairs
    without a face are left out, since there is nothing to see in them."""
    order = np.argsort(cosine, kind="stable")
    order = order[(pairs.scored & (cosine != NO_FACE))[order]]
    same, different = order[pairs.same[order]], order[~pairs.same[order]][::-1]
    return same[:most].tolist(), different[:most].tolist()
