"""Weak faces: small, blurred, averted, hardly faces at all. They join people and make none.

Such faces resemble one another more than they resemble the person that they show, so among
themselves they would make large groups of everybody, and glue others together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosopon.clustering.constraints import Constraints
from prosopon.clustering.edges import distances_among, restricted
from prosopon.records import Int32, Int64, NeighbourGraph

FLOOR = 0.01
"""What a neighbour just at the threshold weighs; the rest is its cosine above the threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class WeakFaces:
    """Which faces are weak, and how similar a neighbour must be for them to join it."""

    rows: NDArray[np.bool_]
    """(n,)"""
    cosine: float

    def cluster(
        self,
        strong: Callable[[Int64, NeighbourGraph, Constraints | None], Int32],
        graph: NeighbourGraph,
        constraints: Constraints | None,
    ) -> Int32:
        """(n,) labels: those that `strong` gives to the other rows, and who joins them.

        strong : of some rows, their graph and what is known of them, the labels. Faces that are
            named or must-linked are never weak. A weak face that joins nobody is in no cluster.
        """
        weak = self.rows.copy()
        if constraints is not None:
            weak[constraints.must_link] = False
            weak &= True if constraints.names is None else constraints.names < 0
        rows = np.flatnonzero(~weak)
        labels = np.full(len(graph), -1, np.int32)
        known = None if constraints is None else constraints.restricted(rows)
        labels[rows] = strong(rows, restricted(graph, rows), known)
        if constraints is None:
            return self._joined(labels, graph, np.flatnonzero(weak))
        graph = constraints.applied(graph)
        labels = self._joined(labels, graph, np.flatnonzero(weak))
        return constraints.enforced(labels, lambda part: distances_among(graph, part))

    def _joined(self, labels: Int32, graph: NeighbourGraph, weak: Int64) -> Int32:
        """Each weak face goes where more than half of its similar strong neighbours are."""
        near, similarities = graph.neighbours[weak], graph.similarities[weak]
        groups = np.where(near < 0, -1, labels[near])
        weights = np.where(groups >= 0, similarities - self.cosine + FLOOR, 0).clip(min=0)
        weights[similarities < self.cosine] = 0
        joined = labels.copy()
        for face, group, weight in zip(weak.tolist(), groups, weights, strict=True):
            if weight.any():
                sums = np.bincount(group[weight > 0], weight[weight > 0])
                if sums.max() > weight.sum() / 2:
                    joined[face] = sums.argmax()
        return joined
