"""Whom one may confuse: people, not pictures, whose faces are alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prosopon.records import Float32, Int64

_AT_ONCE = 2048
_CANDIDATES = 100
"""Times as many pairs as are wanted, among which nobody is taken too often."""


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two people, and their two most alike pictures."""

    one: str
    other: str
    similarity: float
    """Cosine of the two people's mean vectors."""
    left: int
    """Row of a picture of `one`."""
    right: int
    """Row of a picture of `other`."""
    closest: float
    """Cosine of those two pictures."""


def look_alikes(
    vectors: Float32, people: Sequence[str], most: int, least_pictures: int = 1, each: int = 0
) -> list[LookAlikes]:
    """The `most` most alike pairs of people, the most alike first.

    vectors : (n, d) of unit length; rows that are NaN are left out. people : who is in each.
    A person is the mean of the vectors, scaled to unit length; that is steadier than any one
    picture. People with fewer than `least_pictures` are left out. With `each`, nobody is in more
    than so many pairs, the most alike going first.
    """
    rows = _rows(vectors, people, least_pictures)
    names = list(rows)
    if len(names) < 2:
        return []
    means = np.stack([vectors[of].mean(axis=0) for of in rows.values()])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    pairs, cosines = _top_pairs(means, _CANDIDATES * most if each else most)
    if each:
        kept = _at_most(pairs, each)[:most]
        pairs, cosines = pairs[kept], cosines[kept]
    found = []
    for (i, j), cosine in zip(pairs.tolist(), cosines.tolist(), strict=True):
        one, other = rows[names[i]], rows[names[j]]
        between = vectors[one] @ vectors[other].T
        left, right = np.unravel_index(int(between.argmax()), between.shape)
        found.append(
            LookAlikes(
                names[i],
                names[j],
                cosine,
                int(one[left]),
                int(other[right]),
                float(between[left, right]),
            )
        )
    return found


def _rows(vectors: Float32, people: Sequence[str], least: int) -> dict[str, Int64]:
    """Person → rows with a vector, by name."""
    labels = np.asarray(people)
    seen = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    order = seen[np.argsort(labels[seen], kind="stable")]
    names, starts = np.unique(labels[order], return_index=True)
    groups = np.split(order, starts[1:])
    return {
        str(name): of for name, of in zip(names, groups, strict=True) if len(of) >= max(1, least)
    }


def _at_most(pairs: Int64, each: int) -> list[int]:
    """Rows in which neither person has been in `each` rows kept before."""
    taken: Counter[int] = Counter()
    kept = []
    for row, (one, other) in enumerate(pairs.tolist()):
        if taken[one] < each and taken[other] < each:
            taken.update((one, other))
            kept.append(row)
    return kept


def _top_pairs(means: Float32, most: int) -> tuple[Int64, Float32]:
    """(m, 2) rows i < j with the highest cosines, and these (m,), descending."""
    kept_pairs: list[Int64] = []
    kept: list[Float32] = []
    least = -np.inf
    for start in range(0, len(means), _AT_ONCE):
        block = means[start : start + _AT_ONCE] @ means[start:].T
        block[np.tril_indices(len(block), m=block.shape[1])] = -np.inf
        flat = block.ravel()
        count = min(most, int((flat > least).sum()))
        top = np.argpartition(-flat, count - 1)[:count] if count else np.empty(0, np.int64)
        top = top[np.isfinite(flat[top])]
        kept_pairs.append(np.stack(np.unravel_index(top, block.shape), axis=1) + start)
        kept.append(flat[top])
        cosines = np.concatenate(kept)
        if len(cosines) > most:
            least = float(np.partition(cosines, -most)[-most])
    pairs, cosines = np.concatenate(kept_pairs), np.concatenate(kept)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -cosines))[:most]
    return pairs[order], cosines[order]
