"""The neighbour graph of a collection: built once, kept beside it, extended when faces come."""

import numpy as np

from prosopon import graph
from prosopon.records import Embeddings, NeighbourGraph
from prosopon.store import Store


def neighbour_graph(store: Store, embeddings: Embeddings, k: int = 80) -> NeighbourGraph:
    """The graph of these embeddings, from the collection's cache as far as it is there."""
    file = store.cache / f"graph-{embeddings.model}-{k}.npz"
    kept = None
    if file.exists():
        try:
            kept = graph.load(file)
        except (OSError, ValueError, KeyError):  # a damaged cache is made again
            kept = None
    if kept is not None and np.array_equal(kept.face_ids, embeddings.face_ids):
        return kept
    made = graph.build(embeddings, k)
    file.parent.mkdir(parents=True, exist_ok=True)
    graph.save(made, file)
    return made
