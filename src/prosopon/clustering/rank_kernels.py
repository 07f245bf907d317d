"""The compiled loops of rank-order clustering."""

from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.records import Float32, Int32


@njit(parallel=True, cache=True, nogil=True)
def shared_distances(neighbours: Int32) -> Float32:
    """Approximate rank-order distance of every row to each of its neighbours.

    neighbours : (n, k) rows, nearest first, -1 in empty slots. Returns (n, k), inf in empty slots.
    """
    n, k = neighbours.shape
    ordered = np.empty((n, k), np.int32)
    for row in prange(n):
        ordered[row] = np.sort(neighbours[row])
    distances = np.full((n, k), np.inf, np.float32)
    for a in prange(n):
        for slot in range(k):
            b = neighbours[a, slot]
            if b < 0:
                break
            rank_of_a, lacking_in_a = _rank_and_lacking(a, b, neighbours, ordered)
            rank_of_b, lacking_in_b = _rank_and_lacking(b, a, neighbours, ordered)
            distances[a, slot] = (lacking_in_a + lacking_in_b) / min(rank_of_a, rank_of_b)
    return distances


@njit(nogil=True)
def _rank_and_lacking(a: int, b: int, neighbours: Int32, ordered: Int32) -> tuple[int, int]:
    """The rank of a in b's list, and how many of the faces up to there a's list lacks.

    Lists start with their own face, at rank 0. If a isn't listed, its rank is one more than the
    list's last, and the whole list counts.
    """
    lacking = 0 if _contains(ordered[a], b) else 1
    for slot, face in enumerate(neighbours[b]):
        if face == a or face < 0:
            return slot + 1, lacking
        if not _contains(ordered[a], face):
            lacking += 1
    return neighbours.shape[1] + 1, lacking


@njit(nogil=True)
def _contains(ordered: Int32, value: int) -> bool:
    place = np.searchsorted(ordered, value)
    return bool(place < len(ordered) and ordered[place] == value)


@njit(parallel=True, cache=True, nogil=True)
def rank_sums(indptr: Any, indices: Any) -> Any:
    """Zhu's asymmetric distance d(a, b) for each slot a of the list of b, lists in CSR form.

    d(a, b) is the sum of the ranks in b's list of the faces in a's list up to b; what b's list
    lacks ranks one after its last. Every list starts (unwritten) with its own face, at rank 0, and
    a is in b's list if and only if b is in a's.
    """
    n = len(indptr) - 1
    sums = np.empty(len(indices), np.float64)
    for b in prange(n):
        ranks = dict()  # noqa: C408 - the compiler knows no empty literal
        ranks[np.int64(b)] = np.int64(0)
        for place in range(indptr[b], indptr[b + 1]):
            ranks[np.int64(indices[place])] = np.int64(place - indptr[b] + 1)
        beyond = indptr[b + 1] - indptr[b] + 1
        for place in range(indptr[b], indptr[b + 1]):
            a = indices[place]
            total = ranks[np.int64(a)]
            for other in range(indptr[a], indptr[a + 1]):
                face = indices[other]
                if face == b:
                    break  # its rank in its own list is 0
                total += ranks.get(np.int64(face), np.int64(beyond))
            sums[place] = total
    return sums
