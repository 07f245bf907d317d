"""What follows from a study: rankings, halves, sides, directions, and how people compare.

Differences are taken fold by fold and count as such only where their 95 % interval leaves 0 out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from prosopon.explain.importance import Interval, region_weights
from prosopon.explain.occlusions import SEVENTHS, Occlusion
from prosopon.explain.study import Study
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.records import Float64

KEPT = 0.95
"""Share of the figure on whole faces that a part of the face has to keep."""
LOW = 64
"""Pixels up to which a picture counts as low resolution."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The regions by something, the most important first."""

    by: str
    values: Mapping[str, Interval]
    """Region → value, in order."""

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def leads(self) -> bool:
        """Whether the first region's value lies above 0 beyond chance."""
        return next(iter(self.values.values())).side > 0

    @property
    def decided(self) -> bool:
        """Whether the intervals of the first and the last region lie apart."""
        first, *_, last = self.values.values()
        return first.low > last.high

    def agreement(self, other: Sequence[str]) -> float:
        """Kendall's τ with another order: 1 the same, −1 the reverse."""
        places = [other.index(region) for region in self.order]
        return float(stats.kendalltau(range(len(places)), places).statistic)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two costs and what lies between them."""

    one: Interval
    other: Interval
    difference: Interval
    """one − other."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the face that is enough."""

    occlusion: Occlusion
    visible: float
    """Share of the picture that shows."""
    figure: Interval


@dataclass(frozen=True, slots=True)
class Bias:
    """The occlusion under which answers lean most to one side."""

    occlusion: Occlusion
    whole: Interval
    """Share called yes minus share that are, on whole faces."""
    hidden: Interval


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is concluded from one study."""

    figure: str
    whole: Interval
    configural: Mapping[str, Ranking]
    """Shape → regions by what hiding them costs."""
    weights: Mapping[str, Ranking]
    """Shape → regions by their share in what hiding one to three of them costs."""
    featural: Ranking
    """Regions by the accuracy on faces of which only that region shows: of classifiers trained so
    where there are any, else of the same classifier."""
    featural_strips: Ranking
    """The same of strips."""
    unaided: Ranking | None
    """Regions by the accuracy, on whole faces, of classifiers trained on that region alone."""
    heat: Mapping[str, Ranking]
    sides: Difference
    """Cost of losing the image's left side against its right side, mean over sevenths."""
    halves: Difference
    """Cost of losing eyebrows and eyes against losing mouth and chin."""
    directions: Difference
    """Mean cost of hiding rows against columns, at equal shares of the picture."""
    smallest: Part | None
    bias: Bias

    @property
    def trained_alone(self) -> bool:
        """Whether `featural` is about classifiers that saw one region only."""
        return self.unaided is not None


def find(study: Study, figure: str = "accuracy") -> Findings:
    """Everything that follows from the figure of that name, one of `importance.FIGURES`."""
    drops = study.drops(figure)
    shapes = ("contour", "strip")
    configural = {
        shape: _ranking(f"{shape} out", drops[:, study.rows("one region out", shape)])
        for shape in shapes
    }
    weights = {
        shape: _ranking(
            f"{shape} weight", region_weights(study.occlusions, study.figures[figure], shape)
        )
        for shape in shapes
    }
    return Findings(
        figure=figure,
        whole=Interval.of(study.figures[figure][:, 0]),
        configural=configural,
        weights=weights,
        featural=_ranking("region alone", _alone(study, figure, "contour")),
        featural_strips=_ranking("strip alone", _alone(study, figure, "strip")),
        unaided=_ranking("whole face", study.alone["whole"]) if study.alone else None,
        heat={method: _ranking(method, values) for method, values in study.heat.items()},
        sides=_difference(
            drops[:, study.rows("left to right")].mean(axis=1),
            drops[:, study.rows("right to left")].mean(axis=1),
        ),
        halves=_difference(
            drops[:, study.rows("top to bottom")[1]], drops[:, study.rows("bottom to top")[1]]
        ),
        directions=_directions(study, figure),
        smallest=_smallest(study, figure),
        bias=_bias(study),
    )


def curve(study: Study, figure: str, family: str) -> tuple[Float64, Float64]:
    """Hidden share of the picture (k,) ascending from 0, and the figure there (folds, k)."""
    places = study.rows(family)
    hidden = np.concatenate([[0.0], study.hidden[places]])
    return hidden, study.figures[figure][:, [0, *(1 + place for place in places)]]


def sevenths(study: Study, figure: str) -> dict[str, list[Interval]]:
    """Direction → drop with 1 to 6 sevenths hidden."""
    drops = study.drops(figure)
    return {
        family: [Interval.of(drops[:, place]) for place in study.rows(family)[: SEVENTHS - 1]]
        for family in ("left to right", "right to left")
    }


def _alone(study: Study, figure: str, shape: str) -> Float64:
    """(folds, 5) of classifiers that learnt from one region, or else of the same classifier."""
    trained = study.alone.get("own" if shape == "contour" else f"own, {shape}")
    shown = [1 + place for place in study.rows("only one region", shape)]
    return study.figures[figure][:, shown] if trained is None else trained


def _ranking(by: str, values: Float64) -> Ranking:
    """values : (folds, 5)"""
    intervals = {
        region: Interval.of(values[:, place]) for place, region in enumerate(STUDY_REGIONS)
    }
    known = {
        region: -each.mean if each.mean == each.mean else np.inf
        for region, each in intervals.items()
    }
    return Ranking(
        by, {region: intervals[region] for region in sorted(known, key=known.__getitem__)}
    )


def _difference(one: Float64, other: Float64) -> Difference:
    return Difference(Interval.of(one), Interval.of(other), Interval.of(one - other))


def _directions(study: Study, figure: str, steps: int = 50) -> Difference:
    """Rows against columns, over the shares of the picture that all four series reach."""
    rows = [curve(study, figure, family) for family in ("top to bottom", "bottom to top")]
    columns = [curve(study, figure, family) for family in ("left to right", "right to left")]
    most = min(hidden[-1] for hidden, _ in (*rows, *columns))
    shares = np.linspace(0, most, steps)

    def cost(series: list[tuple[Float64, Float64]]) -> Float64:
        means = [
            [fold[0] - np.interp(shares, hidden, fold).mean() for fold in values]
            for hidden, values in series
        ]
        return np.asarray(np.mean(means, axis=0), np.float64)

    return _difference(cost(rows), cost(columns))


def _smallest(study: Study, figure: str) -> Part | None:
    values = study.figures[figure]
    means = values.mean(axis=0)
    enough = np.flatnonzero(means[1:] >= KEPT * means[0])
    if not len(enough):
        return None
    best = int(enough[np.argmax(study.hidden[enough])])
    return Part(
        study.occlusions[best], float(1 - study.hidden[best]), Interval.of(values[:, 1 + best])
    )


def _bias(study: Study) -> Bias:
    values = study.figures["bias"]
    changes = np.abs((values[:, 1:] - values[:, :1]).mean(axis=0))
    partial = [place for place, each in enumerate(study.occlusions) if each.shape != "all"]
    worst = partial[int(np.nanargmax(changes[partial]))]
    return Bias(
        study.occlusions[worst], Interval.of(values[:, 0]), Interval.of(values[:, 1 + worst])
    )
