"""Runs of clusterers: disposable, all kept with their recipes, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, MetaData, Table, delete, insert, select, update

from prosopon.errors import ProsoponError
from prosopon.records import Clustering, ClusteringSpec, Float32, Int64
from prosopon.store.database import now, recall, remember
from prosopon.store.schema import clustering_arrays, clusterings


@dataclass(frozen=True, slots=True)
class Run:
    """One clustering without its assignments."""

    id: int
    made_at: datetime
    recipe: ClusteringSpec
    faces: int
    clusters: int


@dataclass(frozen=True, slots=True, eq=False)
class ClusterTable:
    """The clusters of one run, by label."""

    labels: Int64
    """(c,)"""
    identifiers: Int64
    """(c,) kept from run to run as far as the members are."""
    sizes: Int64
    """(c,)"""
    qualities: Float32
    """(c,) 0 to 1, NaN where not known."""


_BY_FACE = {"faces": "<i8", "labels": "<i4", "strengths": "<f4"}
"""(n,) each: the faces of a run, ascending, and where they are."""
_BY_LABEL = {"identifiers": "<i8", "qualities": "<f4"}
"""(highest label + 1,) each; identifier 0 for a label that no face has."""
_LAST = "last cluster"
"""Where the collection keeps the highest identifier that a cluster has had."""
_PART = 1 << 20
"""Numbers of an array that are kept in one row."""
_KINDS = {**_BY_FACE, **_BY_LABEL}
_EARLIER = MetaData()
_ROWS, _LABELS = (
    Table(name, _EARLIER, *map(Column, columns))
    for name, *columns in (
        ("assignments", "clustering_id", "face_id", "label", "strength"),
        ("clusters", "clustering_id", "label", "identifier", "quality"),
    )
)
"""How runs were kept in the first days."""


def save(
    connection: Connection,
    clustering: Clustering,
    identifiers: Mapping[int, int],
    qualities: Mapping[int, float],
) -> int:
    """Keep a run and return its id.

    identifiers, qualities : by label; labels missing in `identifiers` get new ones.
    """
    sizes = np.bincount(clustering.labels[clustering.labels >= 0])
    names = np.zeros(len(sizes), np.int64)
    names[np.fromiter(identifiers, np.int64, len(identifiers))] = [*identifiers.values()]
    fresh = np.flatnonzero((sizes > 0) & (names == 0))
    names[fresh] = _new_identifiers(connection, len(fresh), int(names.max(initial=0)))
    measured = np.full(len(sizes), np.nan, np.float32)
    measured[np.fromiter(qualities, np.int64, len(qualities))] = [*qualities.values()]
    order = np.argsort(clustering.face_ids, kind="stable")
    made = connection.execute(
        insert(clusterings).values(
            made_at=now(),
            recipe=asdict(clustering.recipe),
            model=clustering.recipe.model,
            faces=len(clustering),
            clusters=int(np.count_nonzero(sizes)),
        )
    )
    assert made.inserted_primary_key is not None
    run = int(made.inserted_primary_key[0])
    _write(connection, run, "faces", clustering.face_ids[order])
    _write(connection, run, "labels", clustering.labels[order])
    _write(connection, run, "strengths", clustering.membership[order])
    _write(connection, run, "identifiers", names)
    _write(connection, run, "qualities", measured)
    return run


def list_runs(connection: Connection) -> list[Run]:
    """All runs, the oldest first."""
    return [
        Run(row.id, row.made_at, ClusteringSpec(**row.recipe), row.faces, row.clusters)
        for row in connection.execute(select(clusterings).order_by(clusterings.c.id))
    ]


def find(connection: Connection, run: int | None = None) -> Run | None:
    """The run of that id, or the last one; None where nothing has been clustered yet.

    Raises ProsoponError for an id that isn't there.
    """
    runs = list_runs(connection)
    if run is None:
        return runs[-1] if runs else None
    for candidate in runs:
        if candidate.id == run:
            return candidate
    known = ", ".join(str(candidate.id) for candidate in runs) or "none"
    raise ProsoponError(f"clustering {run}: no such run; there are: {known}")


def load(connection: Connection, run: int) -> Clustering:
    """A run with its assignments, by face id."""
    found = find(connection, run)
    assert found is not None
    faces, labels, strengths = (_read(connection, run, name) for name in _BY_FACE)
    return Clustering(faces, labels, strengths, found.recipe)


def load_clusters(connection: Connection, run: int) -> ClusterTable:
    """The clusters of a run, by label."""
    names, qualities = (_read(connection, run, name) for name in _BY_LABEL)
    labels = _read(connection, run, "labels")
    sizes = np.bincount(labels[labels >= 0], minlength=len(names))
    there = np.flatnonzero(sizes)
    return ClusterTable(there, names[there], sizes[there], qualities[there])


def identifiers(connection: Connection, run: int) -> dict[int, int]:
    """Label → lasting identifier, of a run's clusters."""
    table = load_clusters(connection, run)
    return dict(zip(table.labels.tolist(), table.identifiers.tolist(), strict=True))


def remove_faces(connection: Connection, face_ids: Sequence[int]) -> None:
    """Take faces out of every run, and bring its counts up to date."""
    for run in connection.scalars(select(clusterings.c.id)).all():
        columns = {name: _read(connection, run, name) for name in _BY_FACE}
        kept = ~np.isin(columns["faces"], face_ids)
        if kept.all():
            continue
        for name, column in columns.items():
            _write(connection, run, name, column[kept])
        labels = columns["labels"][kept]
        count = len(np.unique(labels[labels >= 0]))
        connection.execute(
            update(clusterings)
            .where(clusterings.c.id == run)
            .values(faces=len(labels), clusters=count)
        )


def take_over_rows(connection: Connection) -> None:
    """Bring runs that were kept row by row, as in the first days, into columns."""
    if not sqlalchemy.inspect(connection).has_table(_ROWS.name):
        return
    for run in connection.scalars(select(clusterings.c.id)).all():
        of_run = select(_ROWS).where(_ROWS.c.clustering_id == run).order_by(_ROWS.c.face_id)
        rows = [(row.face_id, row.label, row.strength) for row in connection.execute(of_run)]
        for place, name in enumerate(_BY_FACE):
            _write(connection, run, name, np.array([row[place] for row in rows]))
        found = connection.execute(select(_LABELS).where(_LABELS.c.clustering_id == run)).all()
        labels = [row.label for row in found]
        for name, none, values in (
            ("identifiers", 0, [row.identifier for row in found]),
            ("qualities", np.nan, [row.quality for row in found]),
        ):
            column = np.full(max(labels, default=-1) + 1, none)
            column[labels] = np.array(values, column.dtype)  # None becomes NaN
            _write(connection, run, name, column)
        _new_identifiers(connection, 0, max((row.identifier for row in found), default=0))
    _EARLIER.drop_all(connection)


def _new_identifiers(connection: Connection, count: int, above: int) -> Int64:
    """(count,) identifiers that no cluster ever had, higher than `above`."""
    last = max(above, int(recall(connection, _LAST) or 0))
    remember(connection, _LAST, str(last + count))
    return last + 1 + np.arange(count)


def _write(connection: Connection, run: int, name: str, values: NDArray[Any]) -> None:
    """Keep one array of a run in place of what was kept under its name."""
    rows = (clustering_arrays.c.clustering_id == run) & (clustering_arrays.c.name == name)
    connection.execute(delete(clustering_arrays).where(rows))
    packed = values.astype(_KINDS[name])
    for part, start in enumerate(range(0, len(packed), _PART)):
        content = packed[start : start + _PART].tobytes()
        connection.execute(
            insert(clustering_arrays).values(
                clustering_id=run, name=name, part=part, content=content
            )
        )


def _read(connection: Connection, run: int, name: str) -> NDArray[Any]:
    parts = connection.scalars(
        select(clustering_arrays.c.content)
        .where(clustering_arrays.c.clustering_id == run, clustering_arrays.c.name == name)
        .order_by(clustering_arrays.c.part)
    )
    return np.frombuffer(b"".join(parts), _KINDS[name])
