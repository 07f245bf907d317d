"""Soft labels of all clusters in which somebody is named."""

from typing import Literal

import numpy as np
from scipy.sparse import coo_array, csr_array

from prosopon.people.propagation import majority, propagate
from prosopon.records import Float32, Int32, Int64, NeighbourGraph

By = Literal["harmonic", "majority"]
"""Means of the neighbours' probabilities (our own), or the thesis' majority of neighbours."""
_SOFTEST = np.float32(0.999)
"""The highest probability of a soft label: 1 is for hard ones."""


def propagate_labels(
    graph: NeighbourGraph,
    cluster: Int32,
    named: Int32,
    rejected: Int64,
    reliable: np.ndarray | None = None,
    by: By = "harmonic",
) -> tuple[Int32, Float32]:
    """Hard labels → (n,) the most probable person of each face, -1 for none, and how probable.

    Each cluster in which some face has a hard label is softened by itself; see `propagation`.

    cluster, named : (n,) -1 for none.
    rejected : (r, 2) row and person.
    reliable : (n,) False for faces that are too poor to be relied on.
    """
    person = named.copy()
    confidence = (named >= 0).astype(np.float32)
    begun = np.unique(cluster[(named >= 0) & (cluster >= 0)])
    mixed = begun[np.isin(begun, cluster[(named < 0) & (cluster >= 0)])]
    members = np.flatnonzero(np.isin(cluster, mixed))
    members = members[np.argsort(cluster[members], kind="stable")]
    for rows in np.split(members, np.flatnonzero(np.diff(cluster[members])) + 1):
        if len(rows):
            open_rows, best, probability = (
                _soften_one(graph, rows, named[rows], rejected, reliable)
                if by == "harmonic"
                else _by_majority(graph, rows, named[rows])
            )
            person[open_rows], confidence[open_rows] = best, np.minimum(probability, _SOFTEST)
    return person, confidence


def similarities_among(graph: NeighbourGraph, rows: Int64) -> csr_array:
    """(m, m) cosines of the pairs that the graph holds among some rows."""
    position = np.full(len(graph) + 1, -1)  # the last is for empty slots
    position[rows] = np.arange(len(rows))
    columns = position[graph.neighbours[rows]]
    i, slot = np.nonzero(columns >= 0)
    values = graph.similarities[rows][i, slot].astype(np.float64)
    return coo_array((values, (i, columns[i, slot])), shape=(len(rows), len(rows))).tocsr()


def _by_majority(graph: NeighbourGraph, rows: Int64, named: Int32) -> tuple[Int64, Int64, Float32]:
    """As `_soften_one`, by `propagation.majority`."""
    persons, hard = np.unique(named[named >= 0], return_inverse=True)
    labels = np.full(len(rows), -1, np.int32)
    labels[named >= 0] = hard
    soft = majority(similarities_among(graph, rows), labels)
    given = (labels < 0) & (soft.max(axis=1) > 0)
    return rows[given], persons[soft[given].argmax(axis=1)], soft[given].max(axis=1)


def _soften_one(
    graph: NeighbourGraph,
    rows: Int64,
    named: Int32,
    rejected: Int64,
    reliable: np.ndarray | None,
) -> tuple[Int64, Int64, Float32]:
    """Rows of one cluster that get a soft label, the person's number, the probability."""
    persons, hard = np.unique(named[named >= 0], return_inverse=True)
    labels = np.full(len(rows), -1, np.int32)
    labels[named >= 0] = hard
    place = {person: column for column, person in enumerate(persons.tolist())}
    position = {row: index for index, row in enumerate(rows.tolist())}
    no = np.zeros((len(rows), len(persons)), bool)
    for row, person in rejected[np.isin(rejected[:, 0], rows)].tolist():
        if person in place and labels[position[row]] < 0:
            no[position[row], place[person]] = True
    strong = None if reliable is None else reliable[rows]
    soft = propagate(similarities_among(graph, rows), labels, rejected=no, reliable=strong)
    given = (labels < 0) & (soft.max(axis=1) > 0)
    return rows[given], persons[soft[given].argmax(axis=1)], soft[given].max(axis=1)
