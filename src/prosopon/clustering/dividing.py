"""Clusters of which somebody says that they are not all one person."""

from collections.abc import Sequence

import numpy as np

from prosopon.clustering.constraints import Constraints
from prosopon.clustering.edges import restricted
from prosopon.clustering.map_equation import MapEquation
from prosopon.records import Int32, Int64, NeighbourGraph

KEPT = 0.8
"""Share of such faces that may be together afterwards."""
STRICTER = 0.95
"""What the distance at the threshold is multiplied with, step by step."""
STEPS = 80


def divided(
    labels: Int32,
    graph: NeighbourGraph,
    mixed: Sequence[Int64],
    threshold: float,
    constraints: Constraints | None = None,
) -> Int32:
    """`labels` (n,) without clusters that hold more than `KEPT` of the faces of one of `mixed`.

    Such a cluster is grouped again at ever stricter thresholds, until it falls apart. The largest
    part keeps its label.

    mixed : rows of faces that are not all one person; the named ones among them don't count.
    threshold : cosine that is too loose.
    """
    labels = labels.copy()
    for rows in mixed:
        if constraints is not None and constraints.names is not None:
            rows = rows[constraints.names[rows] < 0]
        clustered = labels[rows][labels[rows] >= 0]
        if not len(clustered):
            continue
        label = int(np.bincount(clustered).argmax())
        if _is_together(labels[rows] == label):
            members = np.flatnonzero(labels == label)
            inside = np.isin(members, rows)
            known = None if constraints is None else constraints.restricted(members)
            parts = _parts(restricted(graph, members), inside, threshold, known)
            labels[members[parts > 0]] = labels.max() + parts[parts > 0]
    return labels


def _is_together(here: np.ndarray) -> bool:
    return len(here) > 1 and int(here.sum()) > max(KEPT * len(here), 1)


def _parts(
    graph: NeighbourGraph, inside: np.ndarray, threshold: float, constraints: Constraints | None
) -> Int32:
    """(m,) numbers of the parts, 0 for the largest; all 0 where nothing parts them."""
    for step in range(STEPS):
        cosine = 1 - (1 - threshold) * STRICTER**step
        found = MapEquation(cosine).fit(graph, constraints=constraints).labels_
        _, parts, sizes = np.unique(found, return_inverse=True, return_counts=True)
        order = np.argsort(np.argsort(-sizes, kind="stable"), kind="stable")
        parts = order[parts]
        if not _is_together(parts[inside] == np.bincount(parts[inside]).argmax()):
            return np.asarray(parts, np.int32)
    return np.zeros(len(graph), np.int32)
