"""A neighbour graph of plain numbers, for who has no `prosopon.graph`: scikit-learn's searches."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from prosopon.records import Float32, NeighbourGraph

NEIGHBOURS = 80


def graph_of(vectors: Float32) -> NeighbourGraph:
    """The exact graph of the rows of an (n, d) array, scaled to unit length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = vectors / np.maximum(lengths, np.finfo(vectors.dtype).tiny)
    k = min(NEIGHBOURS, len(units) - 1)
    found = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(units)
    distances, neighbours = found.kneighbors(units)  # Euclidean; a row is among its own, or a twin
    order = np.argsort(neighbours == np.arange(len(units))[:, None], axis=1, kind="stable")[:, :k]
    distances = np.take_along_axis(distances, order, 1)
    similarities = 1 - np.square(distances) / 2
    listed = np.take_along_axis(neighbours, order, 1)
    return NeighbourGraph(np.arange(len(units)), listed, similarities, "")
