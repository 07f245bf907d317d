"""When faces are added: clustering only what is near them, and gathering up what is left over."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from prosopon.clustering.base import GraphClusterer
from prosopon.clustering.constraints import Constraints
from prosopon.clustering.edges import distances_among, restricted
from prosopon.clustering.weak import WeakFaces
from prosopon.records import Int32, Int64, NeighbourGraph


def update(
    previous: Int32,
    graph: NeighbourGraph,
    estimator: GraphClusterer,
    constraints: Constraints | None = None,
    weak: WeakFaces | None = None,
) -> Int32:
    """(n,) labels of all faces of `graph`, of which the first have the labels `previous`.

    Clustered anew are the new faces and the clusters linked to one of them. The clusters linked to
    those take part, but keep their labels. Old clusters keep their labels as far as their faces
    stay together.
    """
    if weak is not None:
        labels = weak.cluster(
            lambda rows, part, told: update(
                previous[rows[rows < len(previous)]], part, estimator, told
            ),
            graph,
            constraints,
        )
        return _trimmed(estimator, graph, labels, constraints)
    known, n = len(previous), len(graph)
    labels = np.concatenate([previous, np.full(n - known, -1, np.int32)])
    new = np.arange(n) >= known
    method = estimator.informed(graph, _guessed(labels, graph, new))
    near = method.links(graph)
    anew = new | _whole(labels, _beside(near, new))
    rows = np.flatnonzero(_whole(labels, _beside(near, anew)) | anew)
    told = None if constraints is None else constraints.restricted(rows)
    found = method.of(rows).fit(restricted(graph, rows), constraints=told).labels_
    free = int(labels.max(initial=-1)) + 1
    labels[anew] = _taken_over(labels[rows], found, anew[rows], free)
    return _trimmed(estimator, graph, labels, constraints)


def _trimmed(
    estimator: GraphClusterer, graph: NeighbourGraph, labels: Int32, known: Constraints | None
) -> Int32:
    labels = estimator.trimmed(graph, labels)
    if known is None:
        return labels
    return known.enforced(labels, lambda part: distances_among(graph, part))


def cluster_leftovers(labels: Int32, graph: NeighbourGraph, estimator: GraphClusterer) -> Int32:
    """`labels` with the faces alone or in no cluster grouped by `estimator`, a looser one.

    Groups that it finds get new labels; all other faces keep theirs.
    """
    rows = leftovers(labels)
    found = estimator.fit(restricted(graph, rows)).labels_
    grouped = (found >= 0) & (np.bincount(found[found >= 0], minlength=1)[found] > 1)
    labels = labels.copy()
    groups = np.unique(found[grouped], return_inverse=True)[1]
    labels[rows[grouped]] = labels.max(initial=-1) + 1 + groups
    return labels


def leftovers(labels: Int32) -> Int64:
    """Rows of the faces that are alone in their cluster or in none."""
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    return np.flatnonzero((labels < 0) | (sizes[labels] == 1))


def _guessed(labels: Int32, graph: NeighbourGraph, new: NDArray[np.bool_]) -> Int32:
    """`labels` where each of the `new` faces has the one of its nearest neighbour with any.

    A face without such a neighbour gets a label of its own.
    """
    guessed = labels.copy()
    listed = np.where(graph.neighbours[new] < 0, -1, labels[graph.neighbours[new]])
    first = listed[np.arange(len(listed)), np.argmax(listed >= 0, axis=1)]
    alone = labels.max(initial=-1) + 1 + np.arange(len(listed), dtype=np.int32)
    guessed[new] = np.where(first >= 0, first, alone)
    return guessed


def _beside(near: csr_array, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which nodes have an edge to one of the chosen."""
    beside: NDArray[np.bool_] = (near[chosen].sum(axis=0) if chosen.any() else chosen) != 0
    return beside


def _whole(labels: Int32, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The chosen faces and everyone in their clusters."""
    whole: NDArray[np.bool_] = np.isin(labels, labels[chosen & (labels >= 0)]) | chosen
    return whole


def _taken_over(old: Int32, found: Int32, anew: NDArray[np.bool_], free: int) -> Int32:
    """Labels for the faces clustered `anew`, from the `old` ones where a group `found` has any.

    A group with faces that keep their labels takes the label of most of those. Of the others, the
    one with most faces of an old cluster continues it. The rest get labels from `free` on.
    """
    label_of: dict[int, int] = {}
    for these in (~anew, anew):
        taken = set(label_of.values())
        both = these & (old >= 0) & (found >= 0)
        pairs, common = np.unique(
            np.column_stack([found[both], old[both]]), axis=0, return_counts=True
        )
        for group, label in pairs[np.argsort(-common, kind="stable")].tolist():
            if group not in label_of and label not in taken:
                label_of[group] = label
                if these is anew:
                    taken.add(label)
    groups = found[anew]
    for group in np.unique(groups[groups >= 0]).tolist():
        if group not in label_of:
            label_of[group] = free
            free += 1
    label_of[-1] = -1
    return np.array([label_of[group] for group in groups.tolist()], np.int32)
