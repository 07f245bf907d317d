"""The compiled loops of rank-order clustering."""

from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.clustering.threads import serial_for_few
from prosopon.records import Float32, Int32


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def shared_distances(neighbours: Int32) -> Float32:
    """Approximate rank-order distance of every row to each of its neighbours.

    neighbours : (n, k) rows, nearest first, -1 in empty slots. Returns (n, k), inf in empty slots.
    A list starts with its own face, at rank 0. What isn't listed ranks one after the last.
    """
    n, k = neighbours.shape
    faces = np.empty((n, k + 1), np.int32)  # each list in the order of row numbers, and its ranks
    ranks = np.empty((n, k + 1), np.int32)
    for row in prange(n):
        listed = np.empty(k + 1, np.int32)
        listed[0] = row
        listed[1:] = neighbours[row]
        order = np.argsort(listed)
        faces[row], ranks[row] = listed[order], order
    distances = np.full((n, k), np.inf, np.float32)
    for a in prange(n):
        for slot in range(k):
            b = neighbours[a, slot]
            if b < 0:
                break
            rank_of_a, rank_of_b = k + 1, slot + 1
            for other in range(k):
                if neighbours[b, other] == a:
                    rank_of_a = other + 1
                    break
            up_to_a, up_to_b = 0, 0  # faces of both lists, up to a in b's, up to b in a's
            i, j = 0, 0
            while i <= k and j <= k:
                if faces[a, i] < faces[b, j]:
                    i += 1
                elif faces[a, i] > faces[b, j]:
                    j += 1
                else:
                    if faces[a, i] >= 0:
                        up_to_b += ranks[a, i] <= rank_of_b
                        up_to_a += ranks[b, j] <= rank_of_a
                    i += 1
                    j += 1
            lacking = min(rank_of_a, k) + 1 - up_to_a + min(rank_of_b, k) + 1 - up_to_b
            distances[a, slot] = lacking / min(rank_of_a, rank_of_b)
    return distances


@serial_for_few
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
