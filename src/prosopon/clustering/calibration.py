"""A model's threshold: from labelled faces, or roughly from any faces."""

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from prosopon.errors import UsageError
from prosopon.progress import track
from prosopon.records import Embeddings, Threshold

BINS = 200_000
"""Cosines are counted in steps of a hundred-thousandth."""
BLOCK = 4_096
PAIRS = 200_000
"""Pairs of faces drawn to see how similar strangers are."""
STRANGERS = 0.4
"""Strangers above the threshold that are put up with for each face of a small collection."""
MOST = 0.02
"""Share of strangers that may be above the threshold at most."""


def calibrate(
    embeddings: Embeddings,
    persons: ArrayLike,
    benchmark: str,
    false_accept_rate: float = 1e-4,
) -> Threshold:
    """The lowest cosine at which at most `false_accept_rate` of the pairs of strangers pass.

    persons : (n,) who each face is, by any value. All pairs of faces are compared. Raises
    UsageError if there is no pair of strangers or none of one person.
    """
    same, different = similarity_counts(embeddings, persons)
    if not same.sum() or not different.sum():
        raise UsageError(
            "calibration needs two faces of one person and two of different persons, got "
            f"{same.sum():,} pairs of one person and {different.sum():,} of different ones"
        )
    passing = np.cumsum(different[::-1])[::-1]  # pairs of strangers at or above each bin
    chosen = int(np.argmax(passing <= false_accept_rate * different.sum()))
    return Threshold(
        cosine=round(-1 + 2 * chosen / BINS, 6),
        benchmark=benchmark,
        false_accept_rate=float(passing[chosen] / different.sum()),
        false_reject_rate=float(same[:chosen].sum() / same.sum()),
        date=date.today().isoformat(),
    )


def suited(embeddings: Embeddings, calibrated: Threshold | None = None) -> float:
    """The cosine that tells people apart in a collection of this size, found without labels.

    calibrated : the embedder's, if it has been; else it is estimated from these faces.

    One pair of strangers in ten thousand above the threshold is little among a thousand faces and
    much among a million; so in small collections more of them may pass, up to `STRANGERS` for each
    face, and the threshold is lower. Nearly all pairs are strangers: their cosines are taken to be
    normal after Fisher's transformation (artanh; "On the probable error of a coefficient of
    correlation", Metron 1921), with the spread between the median and the upper quartile. Where
    strangers resemble one another more than those that the embedder was calibrated on, the
    threshold is higher. For fewer than two faces there is nothing to tell: 1.
    """
    n = len(embeddings)
    if n < 2:
        return 1.0
    usual = 1e-4 if calibrated is None else calibrated.false_accept_rate
    rate = max(usual, min(STRANGERS / n, MOST))
    middle, deviation = _strangers(embeddings)
    here = middle + norm.isf(rate) * deviation
    if calibrated is not None:
        steps = norm.isf(max(usual, 1e-9)) - norm.isf(max(rate, 1e-9))
        here = max(here, np.arctanh(calibrated.cosine) - steps * deviation)
    return round(float(np.tanh(here)), 4)


def _strangers(embeddings: Embeddings) -> tuple[float, float]:
    """Mean and standard deviation of strangers' transformed cosines."""
    one, other = np.random.default_rng(0).integers(0, len(embeddings), (2, PAIRS))
    one, other = one[one != other], other[one != other]
    cosines = np.einsum("ij,ij->i", embeddings.vectors[one], embeddings.vectors[other])
    quartiles = np.clip(np.quantile(cosines, [0.5, 0.75]), -0.999999, 0.999999)
    middle, upper = np.arctanh(quartiles).tolist()
    return middle, (upper - middle) / float(norm.isf(0.25))


def similarity_counts(
    embeddings: Embeddings, persons: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of one person and of different persons, counted in `BINS` + 1 steps of cosine."""
    vectors = embeddings.vectors
    _, person = np.unique(np.asarray(persons), return_inverse=True)
    if person.shape != (len(vectors),):
        raise UsageError(f"expected a person for each of {len(vectors)} faces, got {person.shape}")
    same, everything = np.zeros((2, BINS + 1), np.int64)
    for start in track(range(0, len(vectors), BLOCK), "comparing faces"):
        block = slice(start, start + BLOCK)
        cosines = vectors[block] @ vectors[start:].T
        later = np.triu(np.ones(cosines.shape, bool), k=1)  # each pair once
        bins = np.clip(((cosines + 1) * (BINS / 2)).astype(np.int64), 0, BINS)
        one_person = person[block, None] == person[None, start:]
        everything += np.bincount(bins[later], minlength=BINS + 1)
        same += np.bincount(bins[later & one_person], minlength=BINS + 1)
    return same, everything - same
