"""The compiled loops of neighbour search, on lists that `search` describes."""

import numpy as np
from numba import njit, prange

from prosopon.records import Float32, Int32, Int64


@njit(cache=True, nogil=True)
def keep_best(
    scores: Float32,
    rows: Int64,
    columns: Int64,
    places: Int64,
    neighbours: Int32,
    similarities: Float32,
) -> None:
    """Enter the (r, c) `scores` of faces `rows` against faces `columns` into the rows' lists.

    places : (r,) where each of `rows` has its list. No pair may come twice.
    """
    for r in range(len(rows)):
        mine, cosines = neighbours[places[r]], similarities[places[r]]
        for c in range(len(columns)):
            if scores[r, c] > cosines[-1] and columns[c] != rows[r]:
                _enter(columns[c], scores[r, c], mine, cosines)


@njit(parallel=True, cache=True, nogil=True, fastmath=True)
def neighbours_of_neighbours(
    vectors: Float32, neighbours: Int32, similarities: Float32, width: int
) -> tuple[Int32, Float32]:
    """One round of NN-descent (Dong, Moses and Li, WWW 2011), looking forward only.

    Compares each face with the `width` nearest of its `width` nearest and returns better lists. New
    lists are made from old ones only, so the result doesn't depend on the order of the work.
    """
    n = len(neighbours)
    best, cosines = neighbours.copy(), similarities.copy()
    blocks = 64
    for block in prange(blocks):
        seen = np.full(n, -1, np.int32)  # by which face each was last looked at
        for face in range(block * n // blocks, (block + 1) * n // blocks):
            seen[face] = face
            for other in neighbours[face]:
                if other >= 0:
                    seen[other] = face
            for near in neighbours[face, :width]:
                if near < 0:
                    break
                for candidate in neighbours[near, :width]:
                    if candidate < 0:
                        break
                    if seen[candidate] != face:
                        seen[candidate] = face
                        cosine = np.float32(0)
                        for axis in range(vectors.shape[1]):
                            cosine += vectors[face, axis] * vectors[candidate, axis]
                        if cosine > cosines[face, -1]:
                            _enter(candidate, cosine, best[face], cosines[face])
    return best, cosines


@njit(nogil=True)
def _enter(face: np.int32, cosine: np.float32, neighbours: Int32, similarities: Float32) -> None:
    """Put a face in its place in a full list, pushing the last one out."""
    slot = len(similarities) - 1
    while slot > 0 and similarities[slot - 1] < cosine:
        similarities[slot] = similarities[slot - 1]
        neighbours[slot] = neighbours[slot - 1]
        slot -= 1
    similarities[slot] = cosine
    neighbours[slot] = face
