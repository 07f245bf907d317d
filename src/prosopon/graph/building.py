"""Making a graph, and making it grow."""

from pathlib import Path

import numpy as np
import psutil
from numpy.typing import ArrayLike

from prosopon.errors import ProsoponError, UsageError
from prosopon.graph.cells import WIDTH, nearest_in_cells
from prosopon.graph.search import compare, empty_lists
from prosopon.graph.steps import Steps, fingerprint
from prosopon.protocols import Engine
from prosopon.records import Embeddings, Float32, Int32, Int64, NeighbourGraph

EXACT_UP_TO = 50_000
"""Faces up to which all pairs are compared."""
LONG = 500_000
"""Faces from which a search takes minutes."""
SAMPLE = 1_000
"""Faces whose exact neighbours tell the recall of an approximate graph."""


def build(
    embeddings: Embeddings | ArrayLike,
    k: int = 80,
    exact: bool | None = None,
    unfinished: Path | None = None,
    engine: Engine | None = None,
) -> NeighbourGraph:
    """The graph of the `k` most similar faces of each face.

    embeddings : or an (n, d) array; its rows are scaled to unit length and numbered from 0.
    exact : compare all pairs; by default up to `EXACT_UP_TO` faces.
    unfinished : folder for the finished steps of a search among `LONG` faces or more. Where it was
        stopped, the next one goes on from there. It is removed in the end.
    engine : where the largest part of an approximate search is done; by default by threads. The
        graph is the same.
    """
    if k < 1:
        raise UsageError(f"a graph needs at least one neighbour for each face, got k = {k}")
    if not isinstance(embeddings, Embeddings):
        embeddings = unit_vectors(embeddings)
    vectors = embeddings.vectors
    _refuse_if_too_large(len(vectors), vectors.shape[1], k)
    if exact if exact is not None else len(vectors) <= EXACT_UP_TO:
        lists, recall = empty_lists(len(vectors), k), 1.0
        compare(lists, np.arange(len(vectors)), vectors)
    else:
        folder = unfinished if len(vectors) >= LONG else None
        steps = Steps(folder, fingerprint(embeddings, k) if folder else "")
        lists = nearest_in_cells(vectors, k, steps, engine)
        recall = _recall(lists[0], vectors)
        steps.finish()
    return NeighbourGraph(embeddings.face_ids, *lists, embeddings.model, recall)


def extend(graph: NeighbourGraph, embeddings: Embeddings) -> NeighbourGraph:
    """`graph` with the faces that `embeddings` has beyond the graph's own, which come first.

    Only the new faces are compared, with everything; the result is what `build` would give, as far
    as the old graph was exact. Raises UsageError if the first rows aren't those of the graph.
    """
    known = len(graph)
    if embeddings.model != graph.model:
        raise UsageError(
            f"the graph is of faces embedded with {graph.model!r}, these faces with "
            f"{embeddings.model!r}: similarities across models mean nothing; build a graph for each"
        )
    if not np.array_equal(embeddings.face_ids[:known], graph.face_ids):
        raise UsageError(
            "expected the graph's faces first, in its order, then the new ones; build a new graph "
            "if faces were removed"
        )
    new = np.arange(known, len(embeddings))
    fresh = empty_lists(len(new), graph.neighbours.shape[1])
    neighbours = np.concatenate([graph.neighbours, fresh[0]])
    similarities = np.concatenate([graph.similarities, fresh[1]])
    everyone = np.arange(len(embeddings))

    def groups(rows: Int64) -> list[tuple[Int64, Int64]]:
        return [(rows[rows < known], new), (rows[rows >= known], everyone)]

    compare((neighbours, similarities), everyone, embeddings.vectors, groups)
    return NeighbourGraph(embeddings.face_ids, neighbours, similarities, graph.model, graph.recall)


def unit_vectors(vectors: ArrayLike) -> Embeddings:
    """Rows of plain numbers, scaled to unit length and numbered from 0. Raises UsageError."""
    try:
        rows = np.asarray(vectors, np.float32)
    except (TypeError, ValueError) as error:
        raise UsageError(f"expected an (n, d) array of numbers: {error}") from error
    if rows.ndim != 2:
        raise UsageError(f"expected an (n, d) array of numbers, got one of shape {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        raise UsageError(
            f"row {bad[0]} has the length {float(lengths[bad[0], 0])} ({len(bad)} such rows): a "
            "cosine needs vectors of a direction"
        )
    return Embeddings(np.arange(len(rows)), rows / lengths, "")


def _refuse_if_too_large(n: int, d: int, k: int) -> None:
    """Raises ProsoponError where a graph of n faces would not fit into the memory that is free."""
    lists = n * k * (4 + 4)  # a row number and a cosine for each slot
    edges = lists * 9 // 8  # of a clustering afterwards: measured, see docs/scale.md
    searching = 0
    if n > EXACT_UP_TO:  # coarse vectors, their order, the nearest before, a quarter of the offers
        searching = n * (d * 2 + 8 + WIDTH * 5) + lists // 4
    needed = lists + max(edges, searching)
    free = psutil.virtual_memory().available
    if needed > free:
        raise ProsoponError(
            f"a graph of the {k} nearest of {n:,} faces needs about {needed / 1e9:,.1f} GB of "
            f"memory and {free / 1e9:,.1f} GB are free: close other programs, or use a machine "
            "with more memory"
        )


def _recall(neighbours: Int32, vectors: Float32) -> float:
    """Share of the true neighbours that the lists of a sample of faces hold."""
    n, k = neighbours.shape
    sample = np.sort(np.random.default_rng(0).choice(n, min(SAMPLE, n), replace=False))
    true = empty_lists(len(sample), k)
    compare(true, sample, vectors)
    found = [
        np.isin(want, got).sum() for want, got in zip(true[0], neighbours[sample], strict=True)
    ]
    return float(np.sum(found) / true[0].size)
