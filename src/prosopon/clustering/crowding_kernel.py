"""The compiled loop of the adaptive threshold."""

import numpy as np
from numba import njit, prange

from prosopon.records import Float32, Int32


@njit(parallel=True, cache=True, nogil=True)
def mean_of_strangers(
    neighbours: Int32, similarities: Float32, labels: Int32, strangers: int
) -> Float32:
    """(n,) mean similarity of the first `strangers` with another label; NaN if there are fewer."""
    n, k = neighbours.shape
    means = np.full(n, np.nan, np.float32)
    for face in prange(n):
        met, total = 0, 0.0
        for slot in range(k):
            other = neighbours[face, slot]
            if other < 0 or met == strangers:
                break
            if labels[other] != labels[face]:
                met += 1
                total += similarities[face, slot]
        if met == strangers:
            means[face] = total / strangers
    return means
