"""Embeddings → NeighbourGraph: the nearest neighbours of every face, found once, used by all.

Contract of a graph of n faces with k slots each:

- A row's neighbours are row numbers of the same graph, most similar first. The row itself is never
  among them, its exact duplicates are. Each appears once.
- Neighbourhood is not symmetric: i may be in j's list without j being in i's, as j may have k
  nearer ones.
- Fewer than k other faces leave empty slots, always last: neighbour -1, similarity -inf.
- Equal similarities stand in no particular order, and which of several equals gets the last slot
  is not specified.
- `recall` is 1 for exact graphs; else the share of the true neighbours that the lists hold,
  measured on a sample against an exact search. Similarities are always computed exactly.
"""

from pathlib import Path

import faiss
import numpy as np

from prosopon.errors import ProsoponError
from prosopon.progress import stage
from prosopon.records import Embeddings, Float32, Int32, NeighbourGraph

BLOCK = 16_384
"""Rows searched at a time: bounds the memory beyond vectors and result to some 10 MB."""


def build(embeddings: Embeddings, k: int = 80) -> NeighbourGraph:
    """Return the graph of the `k` most similar faces of each face."""
    if k < 1:
        raise ProsoponError(f"a graph needs at least one neighbour for each face, got k = {k}")
    neighbours, similarities = _exact(embeddings.vectors, k)
    return NeighbourGraph(embeddings.face_ids, neighbours, similarities, embeddings.model)


def _exact(vectors: Float32, k: int) -> tuple[Int32, Float32]:
    """The `k` nearest of each row among all others: (n, k) row numbers and similarities."""
    n = len(vectors)
    neighbours = np.full((n, k), -1, np.int32)
    similarities = np.full((n, k), -np.inf, np.float32)
    found = min(k, n - 1)
    with stage("finding neighbours", n) as progress:
        for start in range(0, n if found > 0 else 0, BLOCK):
            rows = np.arange(start, min(start + BLOCK, n))
            nearest = faiss.knn(vectors[rows], vectors, found + 1, faiss.METRIC_INNER_PRODUCT)
            others, cosines = _without_self(rows, nearest[1], nearest[0])
            neighbours[rows, :found], similarities[rows, :found] = others, cosines
            progress.advance(len(rows))
    return neighbours, similarities


def _without_self(
    rows: np.ndarray, neighbours: np.ndarray, similarities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Drop each row from its own list of k + 1; the last of the list where it isn't in there."""
    is_self = neighbours == rows[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    shape = (len(rows), neighbours.shape[1] - 1)
    return neighbours[~is_self].reshape(shape), similarities[~is_self].reshape(shape)


def save(graph: NeighbourGraph, path: Path) -> None:
    """Write `graph` to the file `path` (numpy's .npz, uncompressed)."""
    with path.open("wb") as file:
        np.savez(
            file,
            face_ids=graph.face_ids,
            neighbours=graph.neighbours,
            similarities=graph.similarities,
            model=np.array(graph.model),
            recall=np.array(graph.recall),
        )


def load(path: Path) -> NeighbourGraph:
    """Read a graph that `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return NeighbourGraph(
            face_ids=arrays["face_ids"],
            neighbours=arrays["neighbours"],
            similarities=arrays["similarities"],
            model=str(arrays["model"]),
            recall=float(arrays["recall"]),
        )
