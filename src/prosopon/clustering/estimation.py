"""The cosine that tells people apart in a collection, found without labels.

Two faces are one person where that is more likely than not. How alike strangers are, and photographs
of one person, is a property of the embedder, which its card states (`records.Similarities`). How
many pairs are one person is a property of the collection: an album of two people and a crowd of
thousands want different thresholds from the same embedder. This one number is estimated, by
expectation maximisation (Dempster, Laird and Rubin, J. R. Stat. Soc. B 39, 1977) over two normal
distributions of Fisher-transformed cosines (artanh; Metron 1, 1921).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from prosopon.records import Embeddings, Float32, Float64, Similarities, Threshold

SAMPLE = 500
"""Faces that are compared with all others."""
BINS = 800
"""Steps from -REACH to REACH in which a face's transformed cosines are counted."""
REACH = 4.0
ROUNDS = 60
BELIEF = 10.0
"""People whose pairs it takes to move the strangers' mean half of the way from the card's."""


@dataclass(frozen=True, slots=True)
class EstimatedThreshold:
    """A threshold for one collection, and how it was found."""

    cosine: float
    people: float
    """Expected number of different people among the faces."""
    low: float
    """With half as many people, and"""
    high: float
    """with twice as many: how far the threshold depends on that estimate."""
    calibrated: bool
    """Whether the embedder's card says how alike strangers are; else that is guessed, too."""


def estimate_threshold(
    embeddings: Embeddings, calibrated: Threshold | None = None
) -> EstimatedThreshold:
    """The cosine from which two faces of this collection are more likely one person than two."""
    known = calibrated.similarities
    counts, weights = _counted(embeddings.vectors, known)
    n = weights.sum() * len(embeddings) / len(weights)  # different faces
    people, known = _people(counts, weights, float(n), known)
    found = [_threshold(known, float(n), k) for k in (people, people / 2, people * 2)]
    return EstimatedThreshold(found[0], round(people, 1), found[1], found[2], True)


def _counted(vectors: Float32, known: Similarities) -> tuple[Float64, Float64]:
    """(s, BINS) cosines of a sample of faces to all others, and (s,) what each face weighs.

    Near-duplicates share the weight of one face.
    """
    rng = np.random.default_rng(0)
    n = len(vectors)
    rows = np.arange(n) if n <= SAMPLE else np.sort(rng.choice(n, SAMPLE, replace=False))
    counts = np.zeros((len(rows), BINS))
    copies = np.ones(len(rows))
    for start in range(0, len(rows), 64):
        part = rows[start : start + 64]
        cosines = vectors[part] @ vectors.T
        cosines[np.arange(len(part)), part] = -1.0
        copies[start : start + 64] += (cosines >= known.duplicates).sum(axis=1)
        z = np.arctanh(np.clip(cosines, -0.9993, 0.9993))
        bins = ((z + REACH) * (BINS / (2 * REACH))).astype(np.int64)
        offsets = np.arange(len(part))[:, None] * BINS
        bins = np.where(cosines >= known.duplicates, 0, bins)
        counts[start : start + 64] = np.bincount(
            (bins + offsets).ravel(), minlength=len(part) * BINS
        ).reshape(len(part), BINS)
        counts[start : start + 64, 0] = 0
    return counts, 1 / copies


CENTRES = (np.arange(BINS) + 0.5) * (2 * REACH / BINS) - REACH


def _people(counts, weights, n, known):
    people = n
    mean = known.strangers[0]
    share = weights.sum() / len(weights)
    for _ in range(ROUNDS):
        p = expit(log_odds(CENTRES, known) + prior(n, people))
        own = 1 + counts @ p * share
        before = people
        people = float(np.clip(n * np.average(1 / own, weights=weights), 1, n))
        others = weights @ counts @ (1 - p)
        pass
        if abs(people - before) < 1e-3 * before:
            break
    return people, known


def prior(n: float, people: float) -> float:
    """Log odds that two faces are one person."""
    return float(np.log(max(n - people, 0.5)) - np.log(n * max(people - 1, 0.5)))


def log_odds(z, known):
    (a, s), (b, t) = known.same, known.strangers
    odds = -(((z - a) / s) ** 2) / 2 - np.log(s) + ((z - b) / t) ** 2 / 2 + np.log(t)
    peak = (b / t**2 - a / s**2) / (1/t**2 - 1/s**2)
    return odds


def _threshold(known, n, people):
    z = np.linspace(known.strangers[0], known.same[0], 2000)
    odds = log_odds(z, known) + prior(n, people)
    if not (odds > 0).any(): return float(np.tanh(known.same[0]))
    return float(np.tanh(z[np.argmax(odds > 0)]))
