"""Finding the most similar faces by comparing groups of faces with groups of faces.

Lists are two arrays, (n, k) row numbers and (n, k) cosines, descending, -1 and -inf where empty.
"""

import os
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from prosopon.engines import Threads
from prosopon.progress import stage
from prosopon.records import Float32, Int16, Int32, Int64

Lists = tuple[Int32, Float32]
Groups = Callable[[Int64], Iterable[tuple[Int64, Int64]]]
"""Tells, for some rows, which of them are to be compared with which others; no pair twice."""

CHUNK = 16_384
"""Faces whose lists one thread fills at a time."""
BLOCK = 2_048
"""Faces on either side of one matrix product: a thread needs 16 MB."""


def empty_lists(n: int, k: int) -> Lists:
    """Lists of nobody."""
    return np.full((n, k), -1, np.int32), np.full((n, k), -np.inf, np.float32)


def compare(
    lists: Lists, rows: Int64, vectors: Float32 | Int16, groups: Groups | None = None
) -> None:
    """Enter into the lists of `rows`, in their order, the most similar of all `vectors` (n, d).

    Similarities are products of the vectors as they are: cosines of those of unit length.
    groups : what to compare; everything with everything where None.
    """
    everyone, at = np.arange(len(vectors)), places(rows, len(vectors))

    def fill(chunk: Int64) -> int:
        enter(lists, at, vectors, groups(chunk) if groups else [(chunk, everyone)])
        return len(chunk)

    engine = Threads(os.cpu_count() or 1)
    with threadpool_limits(1), stage("finding neighbours", len(rows)) as progress:
        for done in engine.map(fill, blocks(rows, CHUNK)):
            progress.advance(done)


def places(rows: Int64, n: int) -> Int64:
    """(n,) the list that each of n faces has, where the lists are those of `rows`; -1 for none."""
    at = np.full(n, -1)
    at[rows] = np.arange(len(rows))
    return at


def enter(
    lists: Lists,
    at: Int64,
    vectors: Float32 | Int16,
    groups: Iterable[tuple[Int64, Int64]],
) -> None:
    """Compare some rows of `vectors` (n, d) with others, and enter what is nearer into the lists.

    at : (n,) which list each of them has.
    """
    from prosopon.graph.kernels import keep_best

    for some, others in groups:
        for left in blocks(some):
            for right in blocks(others):
                scores = _numbers(vectors[left]) @ _numbers(vectors[right]).T
                keep_best(scores, left, right, at[left], *lists)


def _numbers(vectors: Float32 | Int16) -> Float32:
    return vectors.astype(np.float32, copy=False)


def blocks(rows: Int64, size: int = BLOCK) -> Iterator[Int64]:
    """Cut `rows` into pieces of at most `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
