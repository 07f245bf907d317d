"""Community detection with networkit, made deterministic."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_array, triu

from prosopon.optional import require
from prosopon.records import Int32


def communities(weights: csr_array, find: Callable[[Any], Any], seed: int) -> Int32:
    """(n,) community of each node of a symmetric weighted graph, numbered by their first members.

    `find` makes a networkit community detector of a networkit graph. Its random numbers are seeded
    and it runs on one thread, because on several it isn't deterministic.
    """
    nk = require("networkit", extra="study")

    upper = triu(weights, k=1, format="coo")
    edges = (
        upper.data.astype(np.float64),
        (upper.row.astype(np.uint64), upper.col.astype(np.uint64)),
    )
    threads = nk.getMaxNumberOfThreads()
    nk.setNumberOfThreads(1)
    nk.setSeed(seed, False)
    try:
        graph = nk.GraphFromCoo(edges, weights.shape[0], weighted=True, directed=False)
        found = find(graph).run().getPartition().getVector()
    finally:
        nk.setNumberOfThreads(threads)
    return numbered(np.asarray(found))


def numbered(labels: np.ndarray) -> Int32:
    """Number groups from 0 in the order of their first members."""
    _, first, groups = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first)).astype(np.int32)[groups]
