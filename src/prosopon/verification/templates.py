"""Templates: several pictures of one person taken together, compared one to one and one to many.

pooled(vectors, templates)       # (t, d) a vector for each template
similarities(…)                  # one to one, into `metrics.verification.Roc`
identify(…)                      # one to many: who of the gallery is it, or nobody
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosopon.errors import ProsoponError
from prosopon.metrics.verification import Float64
from prosopon.records import Float32, Int64

Bool = NDArray[np.bool_]
RANKS = (1, 5, 10, 20)
FALSE_IDENTIFICATION_RATES = (0.01, 0.1)
FALSE_ACCEPT_RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
NO_FACE = -1.0
"""The similarity with a template of which no picture shows a face."""
_AT_ONCE = 512
"""Probes compared with the gallery in one go."""


@dataclass(frozen=True, slots=True, eq=False)
class Templates:
    """Pictures in templates, and what is to be compared. Templates are numbers from 0."""

    pictures: tuple[str, ...]
    """Names, each once."""
    picture: Int64
    """(m,) number of the picture of each membership."""
    template: Int64
    """(m,) number of its template."""
    medium: Int64
    """(m,) number of the still or video that it comes from: pictures of one medium are averaged
    first, so that a long video counts no more than a still."""
    count: int
    """Templates."""
    left: Int64
    """(p,) templates compared one to one."""
    right: Int64
    same: Bool
    subjects: tuple[str, ...] = ()
    """Who is in each template; empty where there is nothing to identify."""
    galleries: tuple[Int64, ...] = ()
    """Templates of each gallery; two galleries have no subject in common."""
    probes: Int64 | None = None
    """Templates that are looked for in each gallery."""


@dataclass(frozen=True, slots=True)
class Identified:
    """One to many, over all galleries."""

    probes: int
    """Whose subject is in the gallery."""
    strangers: int
    """Whose subject is not."""
    ranks: dict[str, float]
    """Rank → share of probes whose subject is among so many nearest of the gallery."""
    true_identifications: dict[str, float]
    """FPIR, such as `0.01` → TPIR: the share of probes whose nearest is right and at least as near
    as the threshold at which so many strangers would be taken for somebody. NaN where strangers
    are too few for it."""


def pooled(vectors: Float32, templates: Templates) -> Float32:
    """(t, d) unit vectors: the mean over media of the mean over their pictures (Crosswhite et al.
    2017 call it template by average pooling); NaN where no picture has a face.

    vectors : (pictures, d) of unit length, NaN where no face was found.
    """
    rows = vectors[templates.picture].astype(np.float64)
    there = np.isfinite(rows).all(axis=1)
    media, of_medium = np.unique(
        np.stack([templates.template[there], templates.medium[there]]), axis=1, return_inverse=True
    )
    means = _means(rows[there], of_medium.ravel(), media.shape[1])
    found = _means(means, media[0], templates.count)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit: Float32 = (found / lengths).astype(np.float32)
    return unit


def similarities(vectors: Float32, templates: Templates) -> Float64:
    """(p,) cosine of each pair of templates; NO_FACE where one has no vector."""
    cosine = np.einsum("ij,ij->i", vectors[templates.left], vectors[templates.right])
    return np.where(np.isnan(cosine), NO_FACE, cosine).astype(np.float64)


def identify(vectors: Float32, templates: Templates) -> Identified:
    """Look for every probe in every gallery. Raises ProsoponError where there is nothing to find.

    vectors : (t, d) of `pooled`.
    """
    subjects = np.array(templates.subjects)
    if templates.probes is None or not templates.galleries or not len(subjects):
        raise ProsoponError("the templates have no gallery and probes")
    places: list[Int64] = []
    nearest: list[Float64] = []
    strangers: list[Float64] = []
    for gallery in templates.galleries:
        place, best = _searched(vectors, subjects, gallery, templates.probes)
        known = np.isin(subjects[templates.probes], subjects[gallery])
        places.append(place[known])
        nearest.append(best[known])
        strangers.append(best[~known])
    place, best = np.concatenate(places), np.concatenate(nearest)
    others = np.concatenate(strangers)
    if not len(place):
        raise ProsoponError("no probe's subject is in a gallery")
    return Identified(
        len(place),
        len(others),
        {str(rank): float((place < rank).mean()) for rank in RANKS},
        {
            f"{rate:g}": _true_identifications(place, best, others, rate)
            for rate in FALSE_IDENTIFICATION_RATES
        },
    )


def numbered(ids: Sequence[str]) -> dict[str, int]:
    """Each id's number, in the order in which they come up."""
    return {id: number for number, id in enumerate(dict.fromkeys(ids))}


def _means(rows: Float64, group: Int64, count: int) -> Float64:
    """(count, d) means of the rows of each group; NaN for a group without rows."""
    sums = np.zeros((count, rows.shape[1]))
    np.add.at(sums, group, rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Float64 = sums / np.bincount(group, minlength=count)[:, None]
    return means


def _searched(
    vectors: Float32, subjects: NDArray[np.str_], gallery: Int64, probes: Int64
) -> tuple[Int64, Float64]:
    """(n,) how many others of the gallery are at least as near as the probe's own subject, a large
    number where there is none; and (n,) the cosine of the nearest."""
    shelf = np.nan_to_num(vectors[gallery])  # a template without a face is near to nobody
    far = np.iinfo(np.int64).max
    places, best = np.full(len(probes), far), np.full(len(probes), NO_FACE)
    for start in range(0, len(probes), _AT_ONCE):
        rows = probes[start : start + _AT_ONCE]
        cosine = vectors[rows] @ shelf.T
        cosine[np.isnan(cosine)] = NO_FACE
        own = subjects[rows][:, None] == subjects[gallery][None]
        mine = np.where(own, cosine, -np.inf).max(axis=1)
        others = (np.where(own, -np.inf, cosine) >= mine[:, None]).sum(axis=1)
        here = np.isfinite(mine)
        places[start : start + len(rows)][here] = others[here]
        best[start : start + len(rows)] = cosine.max(axis=1)
    return places, best


def _true_identifications(place: Int64, best: Float64, strangers: Float64, rate: float) -> float:
    if rate * len(strangers) < 1:
        return float("nan")
    allowed = int(rate * len(strangers))
    threshold = np.sort(strangers)[::-1][allowed] if allowed < len(strangers) else NO_FACE
    return float(((place == 0) & (best > threshold)).mean())
