"""The faces that stand for a cluster."""

import numpy as np
from numpy.typing import ArrayLike

from prosopon.records import Int64


def typical(vectors: ArrayLike, count: int = 1) -> Int64:
    """Row numbers of the `count` faces nearest to all others, the medoid first.

    vectors : (n, d). Nearest in squared Euclidean distance, that is to the mean; for unit vectors
    these are the faces with the largest mean cosine. Equal faces keep their order.
    """
    table = np.asarray(vectors, np.float64)
    distances = np.square(table - table.mean(axis=0, keepdims=True)).sum(axis=1)
    order: Int64 = np.argsort(np.round(distances, 12), kind="stable")[:count].astype(np.int64)
    return order
