"""Findings in sentences, and beside what is known of people. Every figure comes from the study."""

from collections.abc import Sequence

from prosopon.explain.beside_published import Comparison, published_comparisons
from prosopon.explain.findings import LOW, Difference, Findings, Ranking
from prosopon.explain.importance import Interval
from prosopon.explain.study import Study
from prosopon.metrics.published import table

PEOPLE_ALONE = ("eyebrows", "eyes", "chin", "mouth", "nose")
"""Regions by how well people tell gender from one alone (Brown and Perrett 1993)."""
_BROWN = "Brown and Perrett, What gives a face its gender?, Perception 22, 1993"
_BURT = (
    "Burt and Perrett, Perceptual asymmetries in judgements of facial attractiveness, age, gender, "
    "speech and expression, Neuropsychologia 35, 1997"
)
_SPENCE = "Spence, Storrs and Arnold, Why the long face?, Journal of Vision 14(8):25, 2014"


def percent(value: float) -> str:
    """A share in percent, with one decimal."""
    return "–" if value != value else f"{100 * value:.1f} %"


def points(interval: Interval) -> str:
    """A cost in percentage points with its interval."""
    mean = f"{100 * interval.mean:.1f} points"
    if interval.low != interval.low:
        return mean
    return f"{mean} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def listed(words: Sequence[str]) -> str:
    """`nose, mouth and eyes`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def sentences(study: Study, findings: Findings) -> list[str]:
    """What the study shows."""
    figure = findings.figure.replace("_", " ")
    costs = findings.configural["contour"]
    first = costs.order[0]
    said = [
        f"On whole faces of {study.size[1]}×{study.size[0]} pixels {study.classifier} reaches "
        f"{percent(findings.whole.mean)} {figure} for {study.label.replace('_', ' ')} "
        f"({study.faces:,} faces, {study.folds} parts).",
    ]
    if costs.leads:
        said.append(
            f"Hiding the {first} costs most, {points(costs.values[first])}; the order is "
            f"{listed(costs.order)}."
        )
    else:
        said.append("Hiding any one region costs nothing beyond chance.")
    if (helps := [r for r, cost in costs.values.items() if cost.high < 0]) != []:
        said.append(f"Hiding the {listed(helps)} helps.")
    by = "trained on it" if findings.trained_alone else "trained on whole faces"
    alone = findings.featural
    best, worst = alone.order[0], alone.order[-1]
    with_one = f"Of one region alone a classifier {by} makes most with the {best}"
    figures = f"({percent(alone.values[best].mean)}) and least with the {worst}"
    doubt = "" if alone.decided else ", within chance of one another"
    said.append(f"{with_one} {figures} ({percent(alone.values[worst].mean)}){doubt}.")
    if findings.unaided is not None:
        top = findings.unaided.order[0]
        said.append(
            f"Shown whole faces, the classifier that learnt from the {top} alone does best "
            f"({percent(findings.unaided.values[top].mean)})."
        )
    said.append(_differs("Losing the image's left side", "losing its right", findings.sides))
    said.append(_differs("Losing eyebrows and eyes", "losing mouth and chin", findings.halves))
    said.append(_differs("Hiding rows", "hiding as many pixels in columns", findings.directions))
    said.append(_enough(findings))
    bias = findings.bias
    leaning = "yes" if bias.hidden.mean > bias.whole.mean else "no"
    said.append(
        f"Answers lean most towards {leaning} under “{bias.occlusion.name}”: the share called yes "
        f"is off by {points(bias.hidden)}, on whole faces by {points(bias.whole)}."
    )
    for method, ranking in findings.heat.items():
        said.append(
            f"{method} is warmest over the {ranking.order[0]} "
            f"({ranking.values[ranking.order[0]].mean:.2f} times the picture's mean); its order "
            f"agrees with what hiding costs by τ = {ranking.agreement(costs.order):.2f}."
        )
    return said


def resolution(study: Study) -> str:
    """`low` or `high`."""
    return "low" if max(study.size) <= LOW else "high"


def beside_published(study: Study, findings: Findings) -> tuple[Ranking, tuple[str, ...], float]:
    """Our order, the dissertation's at the same resolution, and Kendall's τ between them."""
    ranking = findings.configural["contour"]
    published = table("occlusion-configural").rows[resolution(study)]
    return ranking, published, ranking.agreement(published)


def beside_people(study: Study, findings: Findings) -> list[Comparison]:
    """Four comparisons of our choice and the dissertation's own four; they are about gender."""
    return [*_our_comparisons(findings), *published_comparisons(study, findings)]


def _our_comparisons(findings: Findings) -> list[Comparison]:
    alone = findings.featural
    tau = alone.agreement(PEOPLE_ALONE)
    order = "as people" if tau >= 0.6 else "unlike people" if tau <= 0 else "undecided"
    return [
        Comparison(
            "Which region alone tells most?",
            f"{listed(PEOPLE_ALONE)}, in this order; the nose alone tells nothing",
            _BROWN,
            f"{listed(alone.order)} (τ = {tau:.2f})",
            order if alone.decided else "undecided",
        ),
        Comparison(
            "The upper or the lower face?",
            "brows and eyes tell more than mouth and jaw, seen alone",
            _BROWN,
            _short("the upper", "the lower", findings.halves),
            _verdict(findings.halves.difference.side),
        ),
        Comparison(
            "The left or the right of the picture?",
            "judgements follow the half on the viewer's left",
            _BURT,
            _short("the left", "the right", findings.sides),
            _verdict(findings.sides.difference.side),
        ),
        Comparison(
            "Rows or columns of the face?",
            "known faces are recognised less when their structure is disturbed from top to bottom "
            "than from side to side",
            _SPENCE,
            _short("rows", "columns", findings.directions),
            _verdict(findings.directions.difference.side),
        ),
    ]


def _differs(one: str, other: str, difference: Difference) -> str:
    costs = f"{one} costs {points(difference.one)}, {other} {points(difference.other)}"
    apart = difference.difference
    match apart.side:
        case 0:
            return f"{costs}: no difference beyond chance."
        case 1:
            return f"{costs}: more, by {points(apart)}."
    return f"{costs}: less, by {points(Interval(-apart.mean, -apart.high, -apart.low))}."


def _short(one: str, other: str, difference: Difference) -> str:
    match difference.difference.side:
        case 0:
            return f"hiding either costs about the same ({points(difference.difference)})"
        case side:
            more = one if side > 0 else other
            return f"hiding {more} costs more ({points(difference.difference)})"


def _verdict(side: int) -> str:
    return {1: "as people", -1: "unlike people", 0: "undecided"}[side]


def _enough(findings: Findings) -> str:
    part = findings.smallest
    if part is None:
        return "No part of the face keeps 95 % of the figure on whole faces."
    return (
        f"The smallest part that keeps 95 % of it shows {percent(part.visible)} of the picture: "
        f"what “{part.occlusion.name}” leaves ({percent(part.figure.mean)})."
    )
