"""The compiled loops over neighbour lists: pairs of faces, the nearest of the same cluster."""

from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit, prange

from prosopon.clustering.threads import serial_for_few
from prosopon.engines import Threads
from prosopon.files import let_go
from prosopon.records import Float32, Int32

_MANY = 4_000_000
"""Faces for which two more ranges are worth their time: two at a time are told what others' lists
say of them, which takes memory beside the result."""


@njit(cache=True, nogil=True)
def _weight(cosine: float, one: int, other: int, crowd: Float32, known: Any, least: Any) -> Any:
    """What a pair of faces weighs; -inf where it is no edge. See `symmetric`."""
    reach, threshold, margin = least
    if cosine < reach or (cosine < threshold and not (known[one] and known[other])):
        return -np.inf
    common = (crowd[one] + crowd[other]) / np.float32(2)
    found = (np.float32(cosine) - common) / max(np.float32(1) - common, np.float32(1e-6))
    return found if found >= margin else -np.inf


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def _own(neighbours: Int32, similarities: Float32, crowd: Float32, known: Any, least: Any) -> Any:
    """(n,) edges by each face's own list."""
    own = np.zeros(len(neighbours), np.int32)
    for face in prange(len(neighbours)):
        for slot in range(neighbours.shape[1]):
            other, cosine = neighbours[face, slot], similarities[face, slot]
            if other < 0 or cosine < least[0]:
                break
            own[face] += _weight(cosine, face, other, crowd, known, least) > -np.inf
    return own


@njit(cache=True, nogil=True)
def _by_others(
    neighbours: Int32,
    similarities: Float32,
    crowd: Float32,
    known: Any,
    least: Any,
    first: int,
    last: int,
) -> Any:
    """Edges of the faces from `first` to before `last` by the lists of others: offsets
    (last - first + 1,), whose lists, and the weights."""
    starts = np.zeros(last - first + 1, np.int64)
    free = starts[:-1].copy()
    faces, weights = np.empty(0, np.int32), np.empty(0, np.float32)
    for entering in (False, True):  # counted first, for the offsets
        if entering:
            starts = np.cumsum(starts)
            free = starts[:-1].copy()
            faces, weights = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
        for face in range(len(neighbours)):
            for slot in range(neighbours.shape[1]):
                other, cosine = neighbours[face, slot], similarities[face, slot]
                if other < 0 or cosine < least[0]:
                    break
                if not first <= other < last:
                    continue
                weight = _weight(cosine, face, other, crowd, known, least)
                if weight == -np.inf:
                    continue
                if entering:
                    place = free[other - first]
                    faces[place], weights[place] = face, weight
                    free[other - first] += 1
                else:
                    starts[other - first + 1] += 1
    return starts, faces, weights


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def _enter(
    neighbours: Int32,
    similarities: Float32,
    crowd: Float32,
    known: Any,
    least: Any,
    first: int,
    told: Any,
    places: Any,
    others: Int32,
    values: Float32,
) -> Any:
    """Each face's own edges and those by others' lists (see `_by_others`), from its place on; where
    both have one, the larger weight stays. (m,) how many each face then has."""
    starts, faces, weights = told
    left = np.zeros(len(places), np.int64)
    for row in prange(len(places)):
        face = first + row
        free = places[row]
        for slot in range(neighbours.shape[1]):
            other, cosine = neighbours[face, slot], similarities[face, slot]
            if other < 0 or cosine < least[0]:
                break
            weight = _weight(cosine, face, other, crowd, known, least)
            if weight > -np.inf:
                others[free], values[free] = other, weight
                free += 1
        own = free
        for told_at in range(starts[row], starts[row + 1]):
            at = places[row]
            while at < own and others[at] != faces[told_at]:
                at += 1
            if at < own:
                values[at] = max(values[at], weights[told_at])
            else:
                others[free], values[free] = faces[told_at], weights[told_at]
                free += 1
        left[row] = free - places[row]
    return left


@njit(cache=True, nogil=True)
def _closed_up(places: Any, left: Any, others: Int32, values: Float32) -> None:
    """Move the edges together, towards the first of the places."""
    free = places[0] if len(places) else 0
    for row in range(len(places)):
        for place in range(places[row], places[row] + left[row]):
            others[free], values[free] = others[place], values[place]
            free += 1


def symmetric(
    neighbours: Int32,
    similarities: Float32,
    reach: float,
    threshold: float = -np.inf,
    margin: float = -np.inf,
    crowd: Float32 | None = None,
    known: Any = None,
) -> Any:
    """Pairs that are edges by either list: offsets (n + 1,), faces and weights, by face.

    An edge has a cosine of at least `reach`, and of `threshold` where not both faces are `known`
    (n,). It weighs its relative similarity, of at least `margin`: the cosine from the mean of two
    faces' `crowd` (n,) upwards, as a share of what there is up to 1. Without crowd, its cosine.
    Where both lists have a pair, the larger cosine counts. Memory is needed for each pair twice, 8
    bytes each, and for half of the lists' edges once more, a quarter among ten million faces. That
    of a mapped graph is given back.
    """
    # Not compiled itself: a cached function that calls a parallel one starts no threads for it
    # when it is loaded, and the first call ends in a segmentation fault.
    n = len(neighbours)
    crowd = np.zeros(n, np.float32) if crowd is None else crowd
    known = np.zeros(n, np.bool_) if known is None else known
    least = (float(reach), float(threshold), float(margin))
    lists = (neighbours, similarities, crowd, known, least)
    own = _own(*lists)
    most = 2 * int(own.sum(dtype=np.int64))  # what isn't written to takes no memory
    others, values = np.empty(most, np.int32), np.empty(most, np.float32)
    starts = np.zeros(n + 1, np.int64)
    ends = np.linspace(0, n, 5 + 2 * (n // _MANY)).astype(int).tolist()
    parts = list(pairwise(ends))
    engine = Threads(2)
    for two in zip(parts[::2], parts[1::2], strict=True):
        found = engine.map(lambda ends: _by_others(*lists, *ends), two)
        for (first, last), told in zip(two, list(found), strict=True):
            room = own[first:last] + np.diff(told[0])
            places = starts[first] + np.cumsum(room) - room
            left = _enter(*lists, first, told, places, others, values)
            _closed_up(places, left, others, values)
            starts[first + 1 : last + 1] = starts[first] + np.cumsum(left)
    let_go(neighbours)
    let_go(similarities)
    if starts[-1] < np.iinfo(np.int32).max:
        starts = starts.astype(np.int32)  # scipy makes the other numbers as long as these
    return starts, others[: starts[-1]], values[: starts[-1]]


@serial_for_few
@njit(parallel=True, cache=True, nogil=True)
def nearest(neighbours: Int32, similarities: Float32, labels: Int32, most: int, own: bool) -> Any:
    """(n,) sum of the similarities of the first `most` in each list that are in the same cluster
    (`own`), or under another label; and (n,) how many they are."""
    n, k = neighbours.shape
    sums, counts = np.zeros(n), np.zeros(n, np.int32)
    for face in prange(n):
        if own and labels[face] < 0:
            continue
        for slot in range(k):
            other = neighbours[face, slot]
            if other < 0 or counts[face] == most:
                break
            if (labels[other] == labels[face]) == own:
                sums[face] += similarities[face, slot]
                counts[face] += 1
    return sums, counts
