"""Hold embedders against a benchmark of templates: one to one, and one to many."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prosopon import faces, zoo
from prosopon.config import Settings
from prosopon.datasets.learnt import warning
from prosopon.errors import ProsoponError
from prosopon.files import write_bytes
from prosopon.metrics.verification import Roc
from prosopon.records import Float32
from prosopon.studies.models import aligned_faces
from prosopon.verification import figures, template_lists, templates
from prosopon.verification.templates import FALSE_ACCEPT_RATES, Identified


@dataclass(frozen=True, slots=True)
class TemplateScores:
    """What one embedder reaches."""

    area: float
    """One to one; NaN, as the next, where the benchmark has no such pairs."""
    equal_error_rate: float
    true_accepts: dict[str, float]
    """FAR → TAR; empty where the benchmark has no such pairs."""
    identified: Identified | None
    """One to many; None where the benchmark has no gallery."""


@dataclass(frozen=True, slots=True)
class TemplatesVerified:
    """The table of `verify templates`."""

    pictures: int
    without_face: int
    templates: int
    empty: int
    """Templates without a single face: refused, and found by nobody."""
    pairs: int
    embedders: dict[str, TemplateScores]
    remarks: list[str]
    files: list[Path]


def verify_templates(
    data: Path,
    embedders: Sequence[str],
    settings: Settings,
    *,
    aligned: str = "",
    mirror: bool = False,
    output: Path | None = None,
    keep: Path | None = None,
) -> TemplatesVerified:
    """Score `embedders` on the benchmark in `data` (`verification.template_lists`).

    aligned : the template that the pictures are cut to already; empty: faces are looked for.
    output : a folder for ROC and DET plots; keep : a folder to keep vectors in.
    """
    lists, files = template_lists.read(data)
    portraits = aligned_faces(files, settings, keep, aligned)
    table, curves, empty = {}, {}, 0
    for id in embedders:
        vectors = portraits.vectors(faces.embedder(zoo.load(id)), mirror=mirror)
        means = templates.pooled(vectors, lists)
        empty = int(np.isnan(means[:, 0]).sum())
        roc = _curve(means, lists)
        if roc is not None:
            curves[id] = roc
        table[id] = TemplateScores(
            area=roc.area if roc else float("nan"),
            equal_error_rate=roc.equal_error_rate if roc else float("nan"),
            true_accepts={f"{rate:g}": roc.true_accepts_at(rate) for rate in FALSE_ACCEPT_RATES}
            if roc
            else {},
            identified=None if lists.probes is None else templates.identify(means, lists),
        )
    written: list[Path] = []
    if output is not None and curves:
        for name, draw in (("roc.png", figures.roc_plot), ("det.png", figures.det_plot)):
            write_bytes(output / name, draw(curves))
            written.append(output / name)
    return TemplatesVerified(
        len(lists.pictures),
        int((~portraits.found).sum()),
        lists.count,
        empty,
        len(lists.left),
        table,
        _remarks(embedders, lists),
        written,
    )


def _curve(means: Float32, lists: templates.Templates) -> Roc | None:
    if not len(lists.left):
        return None
    if len(np.unique(lists.same)) < 2:
        raise ProsoponError("the pairs of templates are all of one kind; expected both kinds")
    return Roc.of(templates.similarities(means, lists), lists.same)


def _remarks(embedders: Sequence[str], lists: templates.Templates) -> list[str]:
    """Which embedders have learnt from the subjects."""
    people = [(subject, lists.pictures[0]) for subject in set(lists.subjects) if subject]
    found = [warning(id, zoo.card(id).learnt_people, people) for id in embedders]
    return [remark for remark in found if remark]
