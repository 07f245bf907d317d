"""The compiled loops over neighbour lists: pairs of faces, the nearest of the same cluster."""

from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.records import Float32, Int32


@njit(cache=True, nogil=True)
def _back(face: int, other: int, neighbours: Int32, similarities: Float32) -> Any:
    """How similar `face` is to `other` by the list of `other`; -inf where it is not in there."""
    for slot in range(neighbours.shape[1]):
        listed = neighbours[other, slot]
        if listed == face:
            return similarities[other, slot]
        if listed < 0:
            break
    return -np.inf


@njit(parallel=True, cache=True, nogil=True)
def _one_sided(neighbours: Int32, similarities: Float32, threshold: float) -> Any:
    """(n, k) whether a pair from `threshold` stands in this list alone; (n,) pairs from it."""
    n, k = neighbours.shape
    alone = np.zeros((n, k), np.bool_)
    degrees = np.zeros(n, np.int64)
    for face in prange(n):
        for slot in range(k):
            other = neighbours[face, slot]
            if other < 0:
                break
            if similarities[face, slot] >= threshold:
                degrees[face] += 1
                alone[face, slot] = _back(face, other, neighbours, similarities) < threshold
    return alone, degrees


def symmetric(neighbours: Int32, similarities: Float32, threshold: float) -> Any:
    """Pairs of at least `threshold` in either list: offsets (n + 1,), faces and values, by face.

    Where both lists have a pair, the larger value counts.
    """
    # Not compiled itself: a cached function that calls a parallel one starts no threads for it
    # when it is loaded, and the first call ends in a segmentation fault.
    alone, degrees = _one_sided(neighbours, similarities, threshold)
    return _both_ways(neighbours, similarities, threshold, alone, degrees)


@njit(cache=True, nogil=True)
def _both_ways(
    neighbours: Int32, similarities: Float32, threshold: float, alone: Any, degrees: Any
) -> Any:
    """As `symmetric` gives them; `alone`, `degrees` as of `_one_sided`."""
    n, k = neighbours.shape
    for face in range(n):
        for slot in range(k):
            if alone[face, slot]:
                degrees[neighbours[face, slot]] += 1
    starts = np.zeros(n + 1, np.int64)
    starts[1:] = np.cumsum(degrees)
    others, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    free = starts[:-1].copy()
    for face in range(n):
        for slot in range(k):
            other = neighbours[face, slot]
            if other < 0:
                break
            value = similarities[face, slot]
            if value >= threshold:
                if alone[face, slot]:
                    others[free[other]], values[free[other]] = face, value
                    free[other] += 1
                else:
                    value = max(value, _back(face, other, neighbours, similarities))
                others[free[face]], values[free[face]] = other, value
                free[face] += 1
    return starts, others, values


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


@njit(cache=True, nogil=True)
def _relative(
    cosine: float, one: int, other: int, crowd: Float32, known: Any, threshold: float, margin: float
) -> Any:
    """The relative similarity of two faces; 0 where they are no edge."""
    if cosine < threshold and not (known[one] and known[other]):
        return np.float32(0)
    common = (crowd[one] + crowd[other]) / np.float32(2)
    found = (np.float32(cosine) - common) / max(np.float32(1) - common, np.float32(1e-6))
    return found if found >= margin else np.float32(0)


@njit(cache=True, nogil=True)
def relative(
    starts: Any,
    others: Any,
    cosines: Float32,
    crowd: Float32,
    known: Any,
    threshold: float,
    margin: float,
) -> Any:
    """Pairs weighed as `AdaptiveMapEquation` does, without those that are no edge: offsets (n+1,),
    faces and values, by face; counted first, so that memory is needed for what stays only."""
    n = len(starts) - 1
    kept = np.zeros(n + 1, np.int64)
    for face in range(n):
        kept[face + 1] = kept[face]
        for place in range(starts[face], starts[face + 1]):
            value = _relative(cosines[place], face, others[place], crowd, known, threshold, margin)
            kept[face + 1] += value > 0
    faces, values = np.empty(kept[-1], np.int32), np.empty(kept[-1], np.float32)
    free = 0
    for face in range(n):
        for place in range(starts[face], starts[face + 1]):
            value = _relative(cosines[place], face, others[place], crowd, known, threshold, margin)
            if value > 0:
                faces[free], values[free] = others[place], value
                free += 1
    return kept, faces, values
