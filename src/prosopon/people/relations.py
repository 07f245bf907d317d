"""Pairs of groups of faces that may be one person, and what speaks for and against it.

One computation for all suggestions: a group may be a single face, a cluster, or all faces of a
named person. Pairs are found along the edges of the neighbour graph, never by comparing all with
all.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.records import Float32, Int32, Int64, NeighbourGraph

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEATURES = (
    "distance of the nearest faces",
    "its lead over the next group",
    "distance of the means",
    "its lead over the next group",
    "spread of the one group",
    "spread of the other group",
    "log size of the one group",
    "log size of the other group",
    "log votes for each face",
    "share of votes",
    "distance of the other's face to its own nearest",
    "share of neighbours that the nearest faces have in common",
    "log number of groups near the one",
    "log number of groups near the other",
)
"""What is known of a pair; distances in units of the threshold's. The last four because a distance
means different things in sparse and in crowded regions (Zhu, Wen and Sun, "A rank-order distance
based clustering algorithm for face tagging", CVPR 2011)."""
COMMON = 20
"""Nearest neighbours that are compared for those in common."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """n faces, each in at most one group. Groups are numbers from 0."""

    of: Int32
    """(n,) -1 for none."""
    weight: Float32
    """(n,) 0 to 1: how much the face counts; faces of no weight speak for nobody."""

    @property
    def count(self) -> int:
        return int(self.of.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of one group with another, (c,) each."""

    one: Int64
    other: Int64
    face: Int64
    """Row of the face of the one group that is nearest to the other."""
    evidence_face: Int64
    """Row of the other's face that it is nearest to."""
    nearest: Float32
    """Their cosine."""
    votes: Float32
    """Edges between the two."""
    features: Float
    """(c, len(FEATURES))"""

    def __len__(self) -> int:
        return len(self.one)

    def __getitem__(self, which: NDArray[np.generic]) -> Self:
        """Some of them, by mask or by position."""
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})


def groups_of(cluster: Int32, which: Mask) -> Int32:
    """(n,) groups of the faces `which`, numbered from 0: those of a cluster together, others alone.

    cluster : (n,) -1 for none.
    """
    keys = np.where(
        cluster >= 0, cluster, int(cluster.max(initial=-1)) + 1 + np.arange(len(cluster))
    )
    groups = np.full(len(cluster), -1, np.int32)
    groups[which] = np.unique(keys[which], return_inverse=True)[1]
    return groups


def pairs(
    vectors: Float32,
    graph: NeighbourGraph,
    ones: Groups,
    others: Groups,
    threshold: float,
    *,
    k: int | None = None,
    radius: float | None = None,
) -> Pairs:
    """The pairs that share an edge, by the number of the one group.

    vectors : (n, d) unit length, rows as those of the graph.
    threshold : cosine from which two faces count as one person.
    k : so many neighbours of each face are looked at (None: all that the graph holds).
    radius : of these, the ones of at least this cosine (None: up to twice the threshold's
        distance).
    """
    unit = 1 - threshold
    radius = 1 - 2 * unit if radius is None else radius
    i, j, cosine = _edges(graph, ones, others, k, radius)
    keys = ones.of[i] * np.int64(max(others.count, 1)) + others.of[j]
    order = np.lexsort((-cosine, keys))
    i, j, cosine, keys = i[order], j[order], cosine[order], keys[order]
    new = np.diff(keys, prepend=-1) != 0
    votes = np.bincount(np.cumsum(new) - 1, others.weight[j])[: np.count_nonzero(new)]
    i, j, cosine = i[new], j[new], cosine[new]
    one, other = ones.of[i].astype(np.int64), others.of[j].astype(np.int64)
    first, second = Summary.of(vectors, ones), Summary.of(vectors, others)
    between = np.einsum("cd,cd->c", first.mean[one], second.mean[other])
    total = np.bincount(one, votes, minlength=ones.count)
    features = np.column_stack(
        (
            (1 - cosine) / unit,
            (cosine - _rivals(one, cosine, radius)) / unit,
            (1 - between) / unit,
            (between - _rivals(one, between, radius)) / unit,
            first.spread[one] / unit,
            second.spread[other] / unit,
            np.log(first.size[one]),
            np.log(second.size[other]),
            np.log(votes / first.size[one]),
            votes / total[one],
            (1 - graph.similarities[j, 0]) / unit,
            _in_common(graph, i, j),
            np.log(np.bincount(one)[one]),
            np.log(np.bincount(other)[other]),
        )
    )
    return Pairs(one, other, i, j, cosine, votes.astype(np.float32), features.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Of each group: where it is, how wide, how large."""

    mean: Float32
    """(g, d) unit length; 0 for a group without weight."""
    spread: Float32
    """(g,) 1 minus the length of the faces' mean: 0 for one face."""
    size: Float32
    """(g,) sum of weights, at least 1."""

    @classmethod
    def of(cls, vectors: Float32, groups: Groups) -> Self:
        """Summarise."""
        rows = np.flatnonzero((groups.of >= 0) & (groups.weight > 0))
        weight, group = groups.weight[rows], groups.of[rows]
        sums = np.zeros((groups.count, vectors.shape[1]), np.float32)
        np.add.at(sums, group, vectors[rows] * weight[:, None])
        size = np.bincount(group, weight, minlength=groups.count).astype(np.float32)
        length = np.linalg.norm(sums, axis=1)
        mean = sums / np.maximum(length, 1e-12)[:, None]
        several = np.bincount(group, minlength=groups.count) > 1  # of one face rounding is left
        spread = 1 - np.divide(length, size, out=np.ones_like(length), where=several)
        return cls(mean, np.maximum(spread, 0), np.maximum(size, 1))


def _edges(
    graph: NeighbourGraph, ones: Groups, others: Groups, k: int | None, radius: float
) -> tuple[Int64, Int64, Float32]:
    """Rows i, j and their cosine, for every edge from a face of one group to one of another."""
    asked = np.flatnonzero(ones.of >= 0)
    neighbours, cosines = graph.neighbours[asked, :k], graph.similarities[asked, :k]
    speaks = (others.of >= 0) & (others.weight > 0)
    position, slot = np.nonzero((neighbours >= 0) & (cosines >= radius) & speaks[neighbours])
    return asked[position], neighbours[position, slot].astype(np.int64), cosines[position, slot]


def _in_common(graph: NeighbourGraph, i: Int64, j: Int64) -> Float32:
    """Share of the nearest neighbours of faces i that are among those of faces j, pair by pair."""
    nearest = np.sort(graph.neighbours[:, :COMMON], axis=1)
    share = np.empty(len(i), np.float32)
    for start in range(0, len(i), _BLOCK):
        block = slice(start, start + _BLOCK)
        both = np.sort(np.hstack([nearest[i[block]], nearest[j[block]]]), axis=1)
        twice = (both[:, 1:] == both[:, :-1]) & (both[:, 1:] >= 0)
        share[block] = np.count_nonzero(twice, axis=1) / COMMON
    return share


_BLOCK = 65_536
"""Pairs looked at together, which bounds the memory."""


def _rivals(group: Int64, score: Float32, none: float) -> Float32:
    """For each pair the best score among the other pairs of the same group."""
    order = np.lexsort((-score, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    second = np.full(len(starts), none, score.dtype)
    second[sizes > 1] = score[order][starts[sizes > 1] + 1]
    rivals = np.repeat(score[order][starts], sizes)
    rivals[starts] = second
    result = np.empty_like(score)
    result[order] = rivals
    return result
