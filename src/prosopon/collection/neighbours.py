"""The neighbour graph of a collection: built once, kept beside it, extended when faces come."""

import numpy as np

from prosopon import graph
from prosopon.errors import ProsoponError
from prosopon.records import Embeddings, NeighbourGraph
from prosopon.store import Store


def neighbour_graph(store: Store, embeddings: Embeddings, k: int = 80) -> NeighbourGraph:
    """The graph of these embeddings, from the collection's cache as far as it is there."""
    folder = store.cache / f"graph-{embeddings.model}-{k}"
    try:
        kept = graph.load(folder)
    except ProsoponError:  # none yet, or damaged
        made = graph.build(embeddings, k)
    else:
        if np.array_equal(kept.face_ids, embeddings.face_ids):
            return kept
        begins = np.array_equal(kept.face_ids, embeddings.face_ids[: len(kept)])
        made = graph.extend(kept, embeddings) if begins else graph.build(embeddings, k)
    graph.save(made, folder)
    return made
