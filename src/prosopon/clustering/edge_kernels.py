"""The compiled loops over neighbour lists: pairs of faces, the nearest of the same cluster."""

from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.records import Float32, Int32

_PARTS = 8
"""Ranges of faces; each looks at all edges."""


@njit(cache=True, nogil=True)
def _weight(cosine: float, one: int, other: int, crowd: Float32, known: Any, least: Any) -> Any:
    """What a pair of faces weighs; -inf where it is no edge. See `symmetric`."""
    reach, threshold, margin = least
    if cosine < reach or (cosine < threshold and not (known[one] and known[other])):
        return -np.inf
    common = (crowd[one] + crowd[other]) / np.float32(2)
    found = (np.float32(cosine) - common) / max(np.float32(1) - common, np.float32(1e-6))
    return found if found >= margin else -np.inf


@njit(parallel=True, cache=True, nogil=True)
def _counts(
    neighbours: Int32, similarities: Float32, crowd: Float32, known: Any, least: Any
) -> Any:
    """(n,) edges by each face's own list."""
    own = np.zeros(len(neighbours), np.int32)
    for face in prange(len(neighbours)):
        for slot in range(neighbours.shape[1]):
            other, cosine = neighbours[face, slot], similarities[face, slot]
            if other < 0 or cosine < least[0]:
                break
            own[face] += _weight(cosine, face, other, crowd, known, least) > -np.inf
    return own


@njit(parallel=True, cache=True, nogil=True)
def _enter_own(
    neighbours: Int32,
    similarities: Float32,
    crowd: Float32,
    known: Any,
    least: Any,
    ends: Any,
    others: Int32,
    values: Float32,
) -> None:
    """The edges by each face's own list, up to its place in `ends` (n,)."""
    for face in prange(len(neighbours)):
        free = ends[face - 1] if face else 0
        for slot in range(neighbours.shape[1]):
            other, cosine = neighbours[face, slot], similarities[face, slot]
            if other < 0 or cosine < least[0]:
                break
            weight = _weight(cosine, face, other, crowd, known, least)
            if weight > -np.inf:
                others[free], values[free] = other, weight
                free += 1


@njit(cache=True, nogil=True)
def _spread(own: Int32, ends: Any, others: Int32, values: Float32) -> Any:
    """Make room behind each face's own edges for those by other lists; (n + 1,) where they begin"""
    n = len(own)
    starts = np.zeros(n + 1, np.int64)
    for place in range(len(others) // 2):  # those entered so far
        starts[others[place] + 1] += 1
    starts[1:] += own
    starts = np.cumsum(starts)
    for face in range(n - 1, -1, -1):  # from the last, so that none is overwritten
        for place in range(own[face] - 1, -1, -1):
            others[starts[face] + place] = others[ends[face] - own[face] + place]
            values[starts[face] + place] = values[ends[face] - own[face] + place]
    return starts


@njit(parallel=True, cache=True, nogil=True)
def _enter_others(starts: Any, own: Int32, others: Int32, values: Float32) -> None:
    """Each edge by a list at its other end, by ranges of faces there."""
    n = len(own)
    free = starts[:-1] + own
    for part in prange(_PARTS):
        first, last = part * n // _PARTS, (part + 1) * n // _PARTS
        for face in range(n):
            for place in range(starts[face], starts[face] + own[face]):
                other = others[place]
                if first <= other < last:
                    others[free[other]], values[free[other]] = face, values[place]
                    free[other] += 1


@njit(parallel=True, cache=True, nogil=True)
def _once(starts: Any, own: Int32, others: Int32, values: Float32) -> Any:
    """Make one of the edges that both lists have; (n,) how many each face is left with, in front.

    The larger weight stays."""
    left = own.copy()
    for face in prange(len(own)):
        first = starts[face]
        for place in range(first + own[face], starts[face + 1]):
            at = first
            while at < first + own[face] and others[at] != others[place]:
                at += 1
            if at < first + own[face]:
                values[at] = max(values[at], values[place])
            else:
                others[first + left[face]] = others[place]
                values[first + left[face]] = values[place]
                left[face] += 1
    return left


@njit(cache=True, nogil=True)
def _closed_up(starts: Any, left: Int32, others: Int32, values: Float32) -> None:
    """Move the edges together, and `starts` with them."""
    free = 0
    for face in range(len(left)):
        first = starts[face]
        starts[face] = free
        for place in range(first, first + left[face]):
            others[free], values[free] = others[place], values[place]
            free += 1
    starts[-1] = free


def symmetric(
    neighbours: Int32,
    similarities: Float32,
    reach: float,
    threshold: float = -np.inf,
    margin: float = -np.inf,
    crowd: Float32 | None = None,
    known: Any = None,
) -> Any:
    """Pairs that are edges by either list: offsets (n + 1,), faces and weights, by face.

    An edge has a cosine of at least `reach`, and of `threshold` where not both faces are `known`
    (n,). It weighs its relative similarity, of at least `margin`: the cosine from the mean of two
    faces' `crowd` (n,) upwards, as a share of what there is up to 1. Without crowd, its cosine.
    Where both lists have a pair, the larger cosine counts. Memory is needed for each list's edges
    twice, 8 bytes each.
    """
    # Not compiled itself: a cached function that calls a parallel one starts no threads for it
    # when it is loaded, and the first call ends in a segmentation fault.
    n = len(neighbours)
    crowd = np.zeros(n, np.float32) if crowd is None else crowd
    known = np.zeros(n, np.bool_) if known is None else known
    least = (float(reach), float(threshold), float(margin))
    own = _counts(neighbours, similarities, crowd, known, least)
    ends = np.cumsum(own, dtype=np.int64)
    total = 2 * int(own.sum(dtype=np.int64))
    others, values = np.empty(total, np.int32), np.empty(total, np.float32)
    _enter_own(neighbours, similarities, crowd, known, least, ends, others, values)
    starts = _spread(own, ends, others, values)
    _enter_others(starts, own, others, values)
    left = _once(starts, own, others, values)
    _closed_up(starts, left, others, values)
    if starts[-1] < np.iinfo(np.int32).max:
        starts = starts.astype(np.int32)  # scipy makes the other numbers as long as these
    return starts, others[: starts[-1]], values[: starts[-1]]


@njit(parallel=True, cache=True, nogil=True)
def nearest(neighbours: Int32, similarities: Float32, labels: Int32, most: int, own: bool) -> Any:
    """(n,) sum of the similarities of the first `most` in each list that are in the same cluster
    (`own`), or under another label; and (n,) how many they are."""
    n, k = neighbours.shape
    sums, counts = np.zeros(n), np.zeros(n, np.int32)
    for face in prange(n):
        if own and labels[face] < 0:
            continue
        for slot in range(k):
            other = neighbours[face, slot]
            if other < 0 or counts[face] == most:
                break
            if (labels[other] == labels[face]) == own:
                sums[face] += similarities[face, slot]
                counts[face] += 1
    return sums, counts
