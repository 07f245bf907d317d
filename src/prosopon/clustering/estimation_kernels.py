"""The compiled loop that counts how alike faces are."""

from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.clustering.threads import serial_for_few


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def count(
    cosines: Any, pictures: Any, weights: Any, own: Any, counts: Any, reach: float, step: float
) -> None:
    """Add to `counts` (s, bins) the `weights` (b,) of faces by their transformed cosine.

    cosines : (s, b) of s faces, which show the pictures `own`, to b faces, which show `pictures`.
        Faces of one picture are not counted.
    """
    for row in prange(len(cosines)):
        for column in range(cosines.shape[1]):
            if pictures[column] != own[row]:
                cosine = min(max(cosines[row, column], np.float32(-0.999)), np.float32(0.999))
                counts[row, int((np.arctanh(cosine) + reach) / step)] += weights[column]
