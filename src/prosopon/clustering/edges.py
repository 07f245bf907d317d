"""The pairs of faces that a graph holds, as sparse matrices."""

import numpy as np
from scipy.sparse import coo_array, csr_array

from prosopon.records import Int64, NeighbourGraph


def edges_above(graph: NeighbourGraph, threshold: float) -> csr_array:
    """Pairs with at least `threshold` cosine: symmetric (n, n), similarity as value.

    A pair counts if either of the two has the other in its list.
    """
    n = len(graph)
    similar = graph.similarities >= threshold
    counts = np.count_nonzero(similar, axis=1)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    directed = csr_array(
        (graph.similarities[similar], graph.neighbours[similar], indptr), shape=(n, n)
    )
    return directed.maximum(directed.T.tocsr())


def distances_among(graph: NeighbourGraph, rows: Int64) -> csr_array:
    """Cosine distances, of the pairs that the graph holds, among some rows: (m, m)."""
    position = np.full(len(graph) + 1, -1)  # the last is for empty slots
    position[rows] = np.arange(len(rows))
    columns = position[graph.neighbours[rows]]
    inside = columns >= 0
    values = 1 - graph.similarities[rows][inside]
    where = (np.nonzero(inside)[0], columns[inside])
    return coo_array((values, where), shape=(len(rows), len(rows))).tocsr()
