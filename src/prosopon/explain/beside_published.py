"""A study of gender beside the figures that the dissertation gives in its text (chapter 6)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from prosopon.explain.findings import Findings
from prosopon.explain.importance import Interval
from prosopon.explain.study import Study
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.metrics.published import table
from prosopon.records import Float64


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing known of people, beside the classifier."""

    question: str
    people: str
    source: str
    classifier: str
    verdict: str
    """`as people`, `unlike people`, or `undecided`."""


@dataclass(frozen=True, slots=True)
class TextFigure:
    """A figure of the text, and ours."""

    name: str
    low: float
    """Published at 32×32 pixels; NaN where the text gives none."""
    high: float
    """Published at 224×224 pixels."""
    ours: float


def text_figures(study: Study, findings: Findings) -> list[TextFigure]:
    """Every figure of chapter 6, in the table's order, beside what this study has."""
    values = {name: of.mean(axis=0) for name, of in study.figures.items()}
    accuracy = values["accuracy"]

    def strip(*regions: str, of: Float64 = accuracy) -> float:
        return float(of[_out(study, regions)])

    pairs = [set(study.occlusions[place].regions) for place in study.rows("pair out", "strip")]
    kept = [accuracy[1 + place] for place in study.rows("triple out", "strip")]
    left = [_left(study.occlusions[place].regions) for place in study.rows("triple out", "strip")]
    leading = findings.configural["strip"].order[0]
    with_mouth = [float(p) for p, two in zip(kept, left, strict=True) if "mouth" in two]
    with_leading = [float(p) for p, pair in zip(kept, left, strict=True) if leading in pair]
    from_top = accuracy[[1 + place for place in study.rows("revealed from the top")]]
    from_bottom = accuracy[[1 + place for place in study.rows("revealed from the bottom")]]
    upper = [study.rows("triple out", "strip")[0] + 1]
    columns = [_series(study, family) for family in ("left to right", "right to left")]
    ours = [
        accuracy[0],
        np.mean([strip(*pair) for pair in pairs if "mouth" in pair]),
        np.mean([strip(*pair) for pair in pairs if "mouth" not in pair]),
        _worse_than(with_mouth, [strip(*pair) for pair in pairs]),
        from_bottom[2] - from_top[1],
        findings.featural_strips.values["eyes"].mean,
        strip("eyes"),
        strip("mouth", "chin"),
        study.hidden[_out(study, ("mouth", "chin")) - 1],
        study.hidden[_out(study, ("eyes",)) - 1],
        _width_that_tells(columns),
        np.mean([(of[0] - of[3]) / 3 for of in columns]),
        np.mean([of[2] - of[4] for of in columns]),
        np.mean(np.abs(np.diff([from_top, from_bottom]))),
        values["precision"][upper].mean(),
        values["recall"][upper].mean(),
        min(with_leading),
        max(with_leading),
    ]
    rows = table("occlusion-figures").rows.items()
    return [
        TextFigure(name, low, high, float(own))
        for (name, (low, high)), own in zip(rows, ours, strict=True)
    ]


def published_comparisons(study: Study, findings: Findings) -> list[Comparison]:
    """The dissertation's own four comparisons with people (§6.4.5)."""
    accuracy, bias = study.figures["accuracy"], study.figures["bias"]
    costs = accuracy[:, :1] - accuracy
    eyes = Interval.of(bias[:, 1 + study.rows("only one region", "strip")[1]])
    first = next(iter(findings.configural["strip"].values.values()))
    few = Interval.of(
        [
            fold[0] - fold[1:].mean()
            for fold in -np.sort(
                -costs[:, [1 + at for at in study.rows("one region out", "strip")]]
            )
        ]
    )
    mouth_then = costs[:, _out(study, ("eyes", "mouth"))] - costs[:, _out(study, ("eyes",))]
    switch = Interval.of(mouth_then - costs[:, _out(study, ("mouth",))])
    masked = accuracy[:, _out(study, ("nose", "mouth", "chin"))]
    shaded = accuracy[:, _out(study, ("eyebrows", "eyes"))]
    masks = Interval.of(masked - shaded)
    leading = findings.configural["strip"].order[0]
    source = table("occlusion-figures").short + ", §6.4.5"
    return [
        Comparison(
            "Are eyes alone called female?",
            "yes, most of all made-up ones (after Nestor and Russell)",
            source,
            f"share called male minus share that are: {_points(eyes)}",
            {-1: "as people", 1: "unlike people", 0: "undecided"}[eyes.side],
        ),
        Comparison(
            "Do a few regions decide?",
            "yes, a few local features (after Nestor and others)",
            source,
            f"hiding the {leading} costs {_points(first)}, {_points(few)} more than the mean of "
            "the others",
            {1: "as people", -1: "unlike people", 0: "undecided"}[few.side],
        ),
        Comparison(
            "Does attention switch to the mouth where the eyes are hidden?",
            "yes (after Tanaka)",
            source,
            f"without eyes, hiding the mouth costs {_points(switch)} more than with them",
            {1: "as people", -1: "unlike people", 0: "undecided"}[switch.side],
        ),
        Comparison(
            "Masks or sunglasses?",
            "people do worse with masks (after Freud and others); the dissertation's network "
            "does better with them",
            source,
            f"accuracy with a mask's regions hidden minus that with sunglasses': {_points(masks)}",
            {-1: "as people", 1: "unlike people", 0: "undecided"}[masks.side],
        ),
    ]


def _points(interval: Interval) -> str:
    return (
        f"{100 * interval.mean:.1f} points ({100 * interval.low:.1f} to {100 * interval.high:.1f})"
    )


def _out(study: Study, regions: Iterable[str]) -> int:
    """Row (whole faces are 0) of the occlusion that hides the strips of exactly these regions."""
    wanted = set(regions)
    families = {"one region out", "pair out", "triple out"}
    for place, each in enumerate(study.occlusions):
        if each.family in families and each.shape == "strip" and set(each.regions) == wanted:
            return 1 + place
    raise ValueError(f"no strips of {wanted} among the occlusions")


def _worse_than(these: list[float], others: list[float]) -> float:
    """The share of the others that one of these surpasses, on average."""
    return float(np.mean([[other < one for other in others] for one in these]))


def _left(hidden: Iterable[str]) -> set[str]:
    return set(STUDY_REGIONS) - set(hidden)


def _series(study: Study, family: str) -> Float64:
    """Mean accuracy (7,) with 0 to 6 sevenths of the width hidden."""
    places = [0, *(1 + place for place in study.rows(family))]
    means: Float64 = study.figures["accuracy"].mean(axis=0)[places]
    return means


def _width_that_tells(columns: list[Float64]) -> float:
    """The least share of the width that still shows at which accuracy lies nearer to that of
    whole faces than to its lowest."""
    mean = np.mean(columns, axis=0)
    halfway = (mean[0] + mean.min()) / 2
    hidden = int(np.flatnonzero(mean >= halfway)[-1])
    return 1 - hidden / 7
