"""Near-duplicates: the same picture at another size, cropped, saved again, lighter or darker."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from prosopon.clustering.edges import edges_above
from prosopon.records import Int32, Int64, NeighbourGraph

Copies = Callable[[Int64, Int64], NDArray[np.bool_]]
"""Of two times p rows, whether each pair is one face in copies of one photograph."""
NEAREST = 10
"""Neighbours of a face among which copies of it are looked for."""


def near_duplicates(graph: NeighbourGraph, cosine: float, copies: Copies | None = None) -> Int32:
    """(n,) number of the picture that each face shows; near-duplicates have the same.

    cosine : from which two faces are near-duplicates, directly or from one to the next.
    copies : says which faces are so besides, however much a copy has suffered.
    """
    pairs = edges_above(graph, cosine)
    if copies is not None:
        rows, places = np.nonzero(graph.neighbours[:, :NEAREST] >= 0)
        others = graph.neighbours[rows, places].astype(np.int64)
        same = copies(rows, others)
        found = (np.ones(int(same.sum()), np.float32), (rows[same], others[same]))
        pairs = pairs + coo_array(found, shape=pairs.shape).tocsr()
    return np.asarray(connected_components(pairs, directed=False)[1], np.int32)


def together(labels: Int32, pictures: Int32) -> Int32:
    """`labels` with near-duplicates in one cluster, the one that most of them are in.

    Where none of them is in a cluster, they stay in none.
    """
    clustered = np.flatnonzero(labels >= 0)
    pairs, counts = np.unique(
        np.column_stack([pictures[clustered], labels[clustered]]), axis=0, return_counts=True
    )
    order = np.lexsort((counts, pairs[:, 0]))  # the last of a picture's is its most common
    most = np.full(int(pictures.max(initial=-1)) + 1, -1, np.int32)
    most[pairs[order, 0]] = pairs[order, 1]
    return most[pictures]
