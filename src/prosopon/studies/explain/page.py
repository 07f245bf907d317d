"""The page and the tables of all studies in a folder."""

from pathlib import Path
from typing import Any

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.explain import Findings, Study, find, narrative, q_list
from prosopon.explain import study as studies
from prosopon.explain.beside_published import text_figures
from prosopon.explain.findings import Ranking, curve
from prosopon.explain.importance import Interval
from prosopon.explain.occlusions import table_6_2
from prosopon.files import write_table, write_text
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.metrics.published import table
from prosopon.report import render
from prosopon.summaries.importance import (
    Bar,
    curves,
    grouped_bars,
    lines_over_axes,
    parallel_axes,
    ranked_bars,
)

MAPS = ".maps.png"
"""Beside a study: activation maps of a few faces."""
GENDER = "Male"


def write(study: Study, folder: Path, maps: bytes = b"") -> Path:
    """Keep a study in `folder`, in place of an older one of the same name."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{study.classifier}-{study.label}-{study.fill}".replace(" ", "-")
    path = folder / f"{name}.study.json"
    studies.save(study, path)
    if maps:
        _maps_of(path).write_bytes(maps)
    return path


def publish(folder: Path, figure: str = "accuracy") -> list[Path]:
    """Write `report.html`, `occlusions.csv` and `regions.csv` about every study in `folder`.

    Raises ProsoponError where there is none.
    """
    paths = sorted(folder.glob("*.study.json"))
    if not paths:
        raise ProsoponError(f"{folder}: holds no study; run  prosopon explain train  first")
    found = [(path, study, find(study, figure)) for path in paths for study in [studies.load(path)]]
    files = [folder / name for name in ("report.html", "occlusions.csv", "regions.csv")]
    sections = [_section(study, findings, _maps_of(path)) for path, study, findings in found]
    ranks = [_rank(study, findings) for _, study, findings in found]
    grouped = any(study.people for _, study, _ in found)
    page = render("explain.html", sections=sections, ranks=ranks, grouped=grouped)
    write_text(files[0], page)
    write_table(files[1], [row for _, study, _ in found for row in _occlusion_rows(study, figure)])
    write_table(
        files[2], [row for _, study, findings in found for row in _region_rows(study, findings)]
    )
    return files


def _maps_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".study.json") + MAPS)


def _rank(study: Study, findings: Findings) -> dict[str, Any]:
    ranking, published, tau = narrative.beside_published(study, findings)
    compared = study.label == GENDER and ranking.leads
    return {
        "classifier": study.classifier,
        "label": study.label.replace("_", " "),
        "size": f"{study.size[1]}×{study.size[0]}",
        "order": ranking.order if ranking.leads else (),
        "published": published if study.label == GENDER else (),
        "published_alone": table("occlusion-featural").rows[narrative.resolution(study)]
        if study.label == GENDER
        else (),
        "tau": f"{tau:.2f}" if compared else "–",
        "alone": findings.featural.order if findings.featural.decided else (),
    }


def _section(study: Study, findings: Findings, maps: Path) -> dict[str, Any]:
    figure = findings.figure.replace("_", " ")
    cards = [
        (narrative.percent(findings.whole.mean), f"{figure} on whole faces"),
        (f"{study.faces:,}", "faces"),
        (f"{len(study.occlusions)}", "ways of hiding"),
        (study.fill, "stands where it is hidden"),
    ]
    charts = [{"title": title, "picture": picture} for title, picture in _charts(study, findings)]
    if maps.exists():
        title = (
            "Faces; CAM; Grad-CAM of a finer layer; CAM with eyebrows, eyes, nose, mouth and chin "
            "hidden. Heat is for the answer given."
        )
        charts.append({"title": title, "picture": maps.read_bytes()})
    return {
        "title": f"{study.classifier}: {study.label.replace('_', ' ')}, "
        f"{study.size[1]}×{study.size[0]}",
        "cards": cards,
        "sentences": narrative.sentences(study, findings),
        "charts": charts,
        "text_figures": text_figures(study, findings) if study.label == GENDER else [],
        "people": narrative.beside_people(study, findings) if study.label == GENDER else [],
    }


def _charts(study: Study, findings: Findings) -> list[tuple[str, bytes]]:
    figure, name = findings.figure, findings.figure.replace("_", " ")
    costs = {
        "hidden, contour": findings.configural["contour"],
        "hidden, strip": findings.configural["strip"],
        "weight in all, contour": findings.weights["contour"],
    }
    alone = {"contour alone": findings.featural, "strip alone": findings.featural_strips}
    if findings.unaided is not None:
        alone["learnt alone, shown whole"] = findings.unaided
    listed = [
        (row.occlusion.name, row.occlusion.family, _bar(row.drop))
        for row in q_list(study.occlusions, study.figures[figure])
    ]
    axes = (*STUDY_REGIONS, name)
    shown = np.column_stack([1 - study.hidden_regions, study.figures[figure].mean(axis=0)[1:]])
    eyes_and_mouth = [0, *(1 + study.rows("one region out", "strip")[at] for at in (1, 3))]
    four = ("accuracy", "precision", "recall", "f1")
    blackouts = np.array([study.figures[name].mean(axis=0)[eyes_and_mouth] for name in four]).T
    sides = {family: curve(study, figure, family) for family in ("left to right", "right to left")}
    rows = {family: curve(study, figure, family) for family in ("top to bottom", "bottom to top")}
    return [
        ("What hiding each region costs", grouped_bars(_bars(costs), f"p − pₘ of the {name}")),
        ("What each region tells alone", grouped_bars(_bars(alone), name)),
        (
            "Rows from brows to chin and back, against columns from either side",
            curves(sides | rows, "share of the picture that is hidden", name),
        ),
        (
            "Every occlusion: which share of each region shows, and what comes of it",
            parallel_axes(axes, shown),
        ),
        (
            "Whole faces, the eyes' strip out and the mouth's strip out, as in the dissertation's "
            "Figure 6.2",
            lines_over_axes(
                [name.replace("_", " ") for name in four],
                dict(zip(("whole", "eyes out", "mouth out"), blackouts, strict=True)),
            ),
        ),
        ("q-list: every occlusion, the costliest first", ranked_bars(listed, "p − pₘ")),
    ]


def _bars(rankings: dict[str, Ranking]) -> dict[str, dict[str, Bar]]:
    return {
        name: {region: _bar(ranking.values[region]) for region in STUDY_REGIONS}
        for name, ranking in rankings.items()
    }


def _bar(interval: Interval) -> Bar:
    return interval.mean, interval.low, interval.high


def _occlusion_rows(study: Study, figure: str) -> list[dict[str, Any]]:
    """A row for each occlusion, the costliest first, with every figure."""
    places = {occlusion: place for place, occlusion in enumerate(study.occlusions)}
    named = {occlusion: name for name, occlusion in table_6_2().items()}
    rows = []
    for row in q_list(study.occlusions, study.figures[figure]):
        place = places[row.occlusion]
        rows.append(
            {
                **_about(study),
                "occlusion": row.occlusion.name,
                "family": row.occlusion.family,
                "table_6_2": named.get(row.occlusion, ""),
                "hidden": study.hidden[place],
                "q": row.q,
                "drop": row.drop.mean,
                "low": row.drop.low,
                "high": row.drop.high,
                **{key: of[:, 1 + place].mean() for key, of in study.figures.items()},
            }
        )
    return rows


def _region_rows(study: Study, findings: Findings) -> list[dict[str, Any]]:
    """A row for each region and each ranking."""
    rankings = {
        **{f"hidden, {shape}": of for shape, of in findings.configural.items()},
        **{f"weight, {shape}": of for shape, of in findings.weights.items()},
        "alone, contour": findings.featural,
        "alone, strip": findings.featural_strips,
        **({"learnt alone, shown whole": findings.unaided} if findings.unaided else {}),
        **findings.heat,
    }
    return [
        {
            **_about(study),
            "by": name,
            "rank": rank,
            "region": region,
            "value": value.mean,
            "low": value.low,
            "high": value.high,
        }
        for name, ranking in rankings.items()
        for rank, (region, value) in enumerate(ranking.values.items(), start=1)
    ]


def _about(study: Study) -> dict[str, Any]:
    return {
        "classifier": study.classifier,
        "label": study.label,
        "pixels": study.size[1],
        "fill": study.fill,
    }
