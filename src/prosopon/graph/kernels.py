"""The compiled loops of neighbour search, on lists that `search` describes."""

from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.engines import Threads
from prosopon.records import Float32, Int16, Int32, Int64

_BLOCKS = 64
"""Pieces of the work; a thread needs a mark for every face."""
_SHARES = 4


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


@njit(parallel=True, cache=True, nogil=True)
def join_neighbours(
    coarse: Int16, known: Int32, fresh: Any, neighbours: Int32, similarities: Float32
) -> None:
    """One round of NN-descent (Dong, Moses and Li, WWW 2011), looking forward only.

    Compares each face with the neighbours of its neighbours, both as `known` (n, width) has them,
    and enters what is better into the lists. Pairs of two steps neither of which is `fresh`
    (n, width) were compared in the round before. `known` stays, so the result doesn't depend on
    the order of the work.
    """
    n, width = known.shape
    for block in prange(_BLOCKS):
        seen = np.full(n, -1, np.int32)  # by which face each was last looked at
        for face in range(block * n // _BLOCKS, (block + 1) * n // _BLOCKS):
            seen[face] = face
            for other in neighbours[face]:
                if other >= 0:
                    seen[other] = face
            for slot in range(width):
                near = known[face, slot]
                if near < 0:
                    break
                for step in range(width):
                    candidate = known[near, step]
                    if candidate < 0:
                        break
                    if seen[candidate] == face or not (fresh[face, slot] or fresh[near, step]):
                        continue
                    seen[candidate] = face
                    product = np.int32(0)
                    for axis in range(coarse.shape[1]):
                        product = np.int32(
                            product + np.int32(coarse[face, axis]) * coarse[candidate, axis]
                        )
                    score = np.float32(product)
                    if score > similarities[face, -1]:
                        _enter(candidate, score, neighbours[face], similarities[face])


@njit(parallel=True, cache=True, nogil=True)
def not_among(these: Int32, those: Int32) -> Any:
    """(n, w) which of each row of `these` are not in the same row of `those`."""
    n, width = these.shape
    new = np.ones((n, width), np.bool_)
    for row in prange(n):
        for slot in range(width):
            for other in those[row]:
                if other == these[row, slot]:
                    new[row, slot] = False
                    break
    return new


@njit(cache=True, nogil=True)
def _offered(neighbours: Int32, similarities: Float32, first: int, last: int) -> Any:
    """Faces in whose lists each face from `first` to before `last` is, as far as they are nearer
    than the last of its own: offsets (last - first + 1,), those faces, and their similarities."""
    n, k = neighbours.shape
    starts = np.zeros(last - first + 1, np.int64)
    for face in range(n):
        for slot in range(k):
            other = neighbours[face, slot]
            if first <= other < last and similarities[face, slot] > similarities[other, -1]:
                starts[other - first + 1] += 1
    starts = np.cumsum(starts)
    free = starts[:-1].copy()
    faces, cosines = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    for face in range(n):
        for slot in range(k):
            other = neighbours[face, slot]
            if first <= other < last and similarities[face, slot] > similarities[other, -1]:
                place = free[other - first]
                faces[place], cosines[place] = face, similarities[face, slot]
                free[other - first] += 1
    return starts, faces, cosines


@njit(parallel=True, cache=True, nogil=True)
def _take(
    starts: Any, faces: Any, cosines: Any, first: int, neighbours: Int32, similarities: Float32
) -> None:
    for row in prange(len(starts) - 1):
        face = first + row
        for place in range(starts[row], starts[row + 1]):
            if cosines[place] > similarities[face, -1]:
                known = False
                for other in neighbours[face]:
                    if other == faces[place]:
                        known = True
                        break
                if not known:
                    _enter(faces[place], cosines[place], neighbours[face], similarities[face])


def share(neighbours: Int32, similarities: Float32) -> None:
    """Enter each face into the lists of those in its own list, where it is near enough for that:
    what one face has found is known to the other, without a cosine computed anew.

    By `_SHARES` ranges of faces that are told, so that what waits to be told takes little memory.
    """
    ends = np.linspace(0, len(neighbours), _SHARES + 1).astype(int).tolist()
    parts = list(pairwise(ends))
    engine = Threads(2)
    for ranges in zip(parts[::2], parts[1::2], strict=True):
        told = engine.map(lambda ends: _offered(neighbours, similarities, ends[0], ends[1]), ranges)
        for (first, _), (starts, faces, cosines) in zip(ranges, list(told), strict=True):
            _take(starts, faces, cosines, first, neighbours, similarities)


@njit(parallel=True, cache=True, nogil=True, fastmath=True)
def measure(vectors: Float32, order: Int64, neighbours: Int32, similarities: Float32) -> None:
    """Put cosines in the place of the similarities, and the lists in their order.

    vectors : (n, d); those of row i of the lists, and of the rows that they name, are in `order`.
    """
    for face in prange(len(neighbours)):
        mine = vectors[order[face]]
        for slot in range(neighbours.shape[1]):
            other = neighbours[face, slot]
            if other < 0:
                break
            theirs, cosine = vectors[order[other]], np.float32(0)
            for axis in range(len(mine)):
                cosine += mine[axis] * theirs[axis]
            _enter(other, cosine, neighbours[face, : slot + 1], similarities[face, : slot + 1])


@njit(parallel=True, cache=True, nogil=True)
def _renamed(order: Int64, neighbours: Int32) -> None:
    for row in prange(len(neighbours)):
        for slot in range(neighbours.shape[1]):
            if neighbours[row, slot] >= 0:
                neighbours[row, slot] = order[neighbours[row, slot]]


@njit(cache=True, nogil=True)
def _moved(order: Int64, neighbours: Int32, similarities: Float32) -> None:
    """Row i goes to order[i], round by round, so that no second copy of the lists is needed."""
    done = np.zeros(len(order), np.bool_)
    for first in range(len(order)):
        if done[first]:
            continue
        near, cosines = neighbours[first].copy(), similarities[first].copy()
        row = first
        while not done[row]:
            done[row] = True
            row = order[row]
            for slot in range(len(near)):
                near[slot], neighbours[row, slot] = neighbours[row, slot], near[slot]
                cosines[slot], similarities[row, slot] = similarities[row, slot], cosines[slot]


def back_in_order(order: Int64, neighbours: Int32, similarities: Float32) -> None:
    """Make the lists of rows that were sorted by `order` (n,) those of the rows as they were."""
    _renamed(order, neighbours)
    _moved(order, neighbours, similarities)


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
