"""The pairs of faces that a graph holds, and parts of graphs."""

import numpy as np
from scipy.sparse import coo_array, csr_array

from prosopon.records import Int64, NeighbourGraph


def edges_above(graph: NeighbourGraph, threshold: float) -> csr_array:
    """Pairs with at least `threshold` cosine: symmetric (n, n), similarity as value.

    A pair counts if either of the two has the other in its list.
    """
    from prosopon.clustering.edge_kernels import symmetric

    starts, others, values = symmetric(graph.neighbours, graph.similarities, threshold)
    return csr_array((values, others, starts), shape=(len(graph), len(graph)))


def distances_among(graph: NeighbourGraph, rows: Int64) -> csr_array:
    """Cosine distances, of the pairs that the graph holds, among some rows: (m, m)."""
    part = restricted(graph, rows)
    listed = part.neighbours >= 0
    where = (np.nonzero(listed)[0], part.neighbours[listed])
    values = 1 - part.similarities[listed]
    return coo_array((values, where), shape=(len(rows), len(rows))).tocsr()


def restricted(graph: NeighbourGraph, rows: Int64) -> NeighbourGraph:
    """The graph of some rows, in their order, with those of their neighbours that are among them.

    Lists get shorter; nothing is searched anew.
    """
    position = np.full(len(graph) + 1, -1, np.int32)  # the last is for empty slots
    position[rows] = np.arange(len(rows))
    neighbours = position[graph.neighbours[rows]]
    order = np.argsort(neighbours < 0, axis=1, kind="stable")  # those that stay move to the front
    neighbours = np.take_along_axis(neighbours, order, 1)
    similarities = np.take_along_axis(graph.similarities[rows], order, 1)
    similarities[neighbours < 0] = -np.inf
    return NeighbourGraph(graph.face_ids[rows], neighbours, similarities, graph.model, graph.recall)
