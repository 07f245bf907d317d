"""The compiled loops of conditional pairwise clustering.

Edges are those of an upper triangular CSR matrix with sorted columns, numbered as they stand there.
"""

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from prosopon.clustering.threads import serial_for_few
from prosopon.records import Int64

Float64 = NDArray[np.float64]


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def count_triangles(indptr: Any, columns: Any) -> Int64:
    """(n,) triangles of which each node is the first."""
    counts = np.zeros(len(indptr) - 1, np.int64)
    for a in prange(len(counts)):
        for ab in range(indptr[a], indptr[a + 1]):
            b = columns[ab]
            ac, bc = ab + 1, indptr[b]
            while ac < indptr[a + 1] and bc < indptr[b + 1]:
                if columns[ac] < columns[bc]:
                    ac += 1
                elif columns[ac] > columns[bc]:
                    bc += 1
                else:
                    counts[a] += 1
                    ac += 1
                    bc += 1
    return counts


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def triangles_of(indptr: Any, columns: Any, counts: Int64) -> Int64:
    """(t, 3) edge numbers of all triangles; `counts` as `count_triangles` gives them."""
    ends = np.cumsum(counts)
    triangles = np.empty((counts.sum(), 3), np.int64)
    for a in prange(len(counts)):
        place = ends[a] - counts[a]
        for ab in range(indptr[a], indptr[a + 1]):
            b = columns[ab]
            ac, bc = ab + 1, indptr[b]
            while ac < indptr[a + 1] and bc < indptr[b + 1]:
                if columns[ac] < columns[bc]:
                    ac += 1
                elif columns[ac] > columns[bc]:
                    bc += 1
                else:
                    triangles[place, 0], triangles[place, 1], triangles[place, 2] = ab, ac, bc
                    place += 1
                    ac += 1
                    bc += 1
    return triangles


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def propagate(odds: Float64, triangles: Int64, penalty: float, iterations: int) -> Float64:
    """(e,) log odds of each edge after loopy belief propagation from the unary `odds`.

    All messages are sent at once, each half old and half new.
    """
    kept = np.exp(-penalty)
    messages = np.zeros(triangles.shape, np.float64)
    beliefs = odds.copy()
    for _ in range(iterations):
        for t in prange(len(triangles)):
            a = beliefs[triangles[t, 0]] - messages[t, 0]
            b = beliefs[triangles[t, 1]] - messages[t, 1]
            c = beliefs[triangles[t, 2]] - messages[t, 2]
            messages[t, 0] = (messages[t, 0] + _message(b, c, kept)) / 2
            messages[t, 1] = (messages[t, 1] + _message(a, c, kept)) / 2
            messages[t, 2] = (messages[t, 2] + _message(a, b, kept)) / 2
        beliefs = odds.copy()
        for t in range(len(triangles)):
            for slot in range(3):
                beliefs[triangles[t, slot]] += messages[t, slot]
    return beliefs


@njit(nogil=True)
def _message(p: float, q: float, kept: float) -> float:
    """What a triangle tells an edge, from the log odds of its other two, as log odds.

    `kept` is the factor by which two joined pairs of three lower the probability.
    """
    top = max(0.0, p, q, p + q)  # in units of the likeliest state, so that nothing overflows
    neither, both = np.exp(-top), np.exp(p + q - top)
    either = np.exp(p - top) + np.exp(q - top)
    return float(np.log((neither + kept * either + both) / (neither + either + kept * both)))
