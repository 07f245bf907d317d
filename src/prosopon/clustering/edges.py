"""The pairs of faces that a graph holds to be similar enough."""

import numpy as np
from scipy.sparse import coo_array, csr_array

from prosopon.records import NeighbourGraph


def edges_above(graph: NeighbourGraph, threshold: float) -> csr_array:
    """Pairs with at least `threshold` cosine: symmetric (n, n), similarity as value.

    A pair counts if either of the two has the other in its list.
    """
    n = len(graph)
    similar = graph.similarities >= threshold
    rows = np.nonzero(similar)[0]
    columns, values = graph.neighbours[similar], graph.similarities[similar]
    directed = coo_array((values, (rows, columns)), shape=(n, n)).tocsr()
    return directed.maximum(directed.T.tocsr())
