"""A model's threshold, and how alike its vectors of one person and of strangers are."""

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
OF_EACH = 12
"""Faces of one person that tell how alike they are; more would give a few people all the weight."""
LIMIT = 0.9999
"""Largest cosine that is transformed."""


def calibrate_threshold(
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
    cosine = round(-1 + 2 * chosen / BINS, 6)
    rate = float(passing[chosen] / different.sum())
    return Threshold(
        cosine=cosine,
        benchmark=benchmark,
        false_accept_rate=rate,
        false_reject_rate=float(same[:chosen].sum() / same.sum()),
        date=date.today().isoformat(),
        same=_of_one_person(embeddings, persons),
        strangers=_of_strangers(different, cosine, rate),
    )


def _of_one_person(embeddings: Embeddings, persons: ArrayLike) -> tuple[float, float]:
    """Mean and deviation of the transformed cosines, from up to `OF_EACH` faces of a person."""
    _, person = np.unique(np.asarray(persons), return_inverse=True)
    order = np.random.default_rng(0).permutation(len(person))
    order = order[np.argsort(person[order], kind="stable")]
    counts = np.bincount(person)
    starts = np.cumsum(counts) - counts
    found = []
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        vectors = embeddings.vectors[order[start : start + min(count, OF_EACH)]]
        found.append((vectors @ vectors.T)[np.triu_indices(len(vectors), 1)])
    transformed = np.arctanh(np.clip(np.concatenate(found), -LIMIT, LIMIT))
    return round(float(transformed.mean()), 4), round(float(transformed.std()), 4)


def _of_strangers(different: NDArray[np.int64], cosine: float, rate: float) -> tuple[float, float]:
    """Mean of the transformed cosines, and the deviation of the tail above the threshold."""
    centres = np.arctanh(np.clip((np.arange(BINS + 1) + 0.5) * (2 / BINS) - 1, -LIMIT, LIMIT))
    mean = float(np.average(centres, weights=different))
    spread = float(np.sqrt(np.average((centres - mean) ** 2, weights=different)))
    if 0 < rate < 0.1:
        tail = float(np.arctanh(np.clip(cosine, -LIMIT, LIMIT))) - mean
        spread = max(spread, tail / float(norm.isf(rate)))
    return round(mean, 4), round(spread, 4)


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
