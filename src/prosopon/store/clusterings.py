"""Runs of clusterers: disposable, all kept with their recipes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select, update

from prosopon.errors import ProsoponError
from prosopon.records import Clustering, ClusteringSpec, Float32, Int64
from prosopon.store.database import now
from prosopon.store.schema import assignments, clusterings, clusters


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


def save(
    connection: Connection,
    clustering: Clustering,
    identifiers: Mapping[int, int],
    qualities: Mapping[int, float],
) -> int:
    """Keep a run and return its id.

    identifiers, qualities : by label; labels missing in `identifiers` get new ones.
    """
    labels, sizes = np.unique(clustering.labels[clustering.labels >= 0], return_counts=True)
    made = connection.execute(
        insert(clusterings).values(
            made_at=now(),
            recipe=asdict(clustering.recipe),
            model=clustering.recipe.model,
            faces=len(clustering),
            clusters=len(labels),
        )
    )
    assert made.inserted_primary_key is not None
    run = int(made.inserted_primary_key[0])
    fresh = connection.scalar(select(func.coalesce(func.max(clusters.c.identifier), 0))) or 0
    rows = []
    for label, size in zip(labels.tolist(), sizes.tolist(), strict=True):
        identifier = identifiers.get(label)
        if identifier is None:
            identifier = fresh = fresh + 1
        rows.append(
            {
                "clustering_id": run,
                "label": label,
                "identifier": identifier,
                "size": size,
                "quality": qualities.get(label),
            }
        )
    if rows:
        connection.execute(insert(clusters), rows)
    columns = (clustering.face_ids, clustering.labels, clustering.membership)
    members = [
        {"clustering_id": run, "face_id": face, "label": label, "strength": strength}
        for face, label, strength in zip(*(column.tolist() for column in columns), strict=True)
    ]
    if members:
        connection.execute(insert(assignments), members)
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
    rows = connection.execute(
        select(assignments.c.face_id, assignments.c.label, assignments.c.strength)
        .where(assignments.c.clustering_id == run)
        .order_by(assignments.c.face_id)
    ).all()
    table = np.array([tuple(row) for row in rows], np.float64).reshape(len(rows), 3)
    return Clustering(
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int32),
        table[:, 2].astype(np.float32),
        found.recipe,
    )


def load_clusters(connection: Connection, run: int) -> ClusterTable:
    """The clusters of a run, by label."""
    rows = connection.execute(
        select(clusters).where(clusters.c.clustering_id == run).order_by(clusters.c.label)
    ).all()
    return ClusterTable(
        np.array([row.label for row in rows], np.int64),
        np.array([row.identifier for row in rows], np.int64),
        np.array([row.size for row in rows], np.int64),
        np.array([np.nan if row.quality is None else row.quality for row in rows], np.float32),
    )


def recount(connection: Connection) -> None:
    """Bring the sizes of clusters and runs up to date after faces were taken out."""
    members = (
        select(func.count())
        .where(
            assignments.c.clustering_id == clusters.c.clustering_id,
            assignments.c.label == clusters.c.label,
        )
        .scalar_subquery()
    )
    connection.execute(update(clusters).values(size=members))
    connection.execute(delete(clusters).where(clusters.c.size == 0))
    for column, table in ((clusterings.c.faces, assignments), (clusterings.c.clusters, clusters)):
        count = (
            select(func.count())
            .select_from(table)
            .where(table.c.clustering_id == clusterings.c.id)
            .scalar_subquery()
        )
        connection.execute(update(clusterings).values({column: count}))


def identifiers(connection: Connection, run: int) -> dict[int, int]:
    """Label → lasting identifier, of a run's clusters."""
    rows = connection.execute(
        select(clusters.c.label, clusters.c.identifier).where(clusters.c.clustering_id == run)
    )
    return {row.label: row.identifier for row in rows}
