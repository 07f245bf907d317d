"""A collection as one HTML page."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np
from sqlalchemy import Connection

from prosopon import report as pages
from prosopon.collection import glance
from prosopon.collection.attributes.predict import table_of
from prosopon.collection.current import current
from prosopon.collection.decided import decided
from prosopon.collection.evaluate import evaluate
from prosopon.collection.status import status
from prosopon.collection.thumbnails import face_thumbnails
from prosopon.config import Settings
from prosopon.datasets.vocabulary import cautions
from prosopon.progress import track
from prosopon.records import Recipe
from prosopon.store import Store, catalogue, clusterings, faces
from prosopon.store import attributes as attribute_values
from prosopon.store.attributes import AttributeTable

LEAST_SUMMED_UP = 4
"""Faces; of fewer there is nothing to sum up that a contact sheet does not show."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one page."""

    clusters: int = 200
    faces_each: int = 24
    alone: int = 200
    summed_up: int = 50
    """Clusters with eigenface and attributes: the largest, of at least LEAST_SUMMED_UP faces."""


def report(
    store: Store,
    target: Path,
    settings: Settings,
    *,
    clustering: int | None = None,
    truth: Path | None = None,
    limits: Limits = Limits(),
) -> Path:
    """Write the page to `target`: numbers, clusters (the largest first), faces alone, failures."""
    page = collection_page(store, settings, clustering, truth, limits)
    partial = target.with_name(target.name + ".part")
    partial.write_text(pages.collection_page(page), encoding="utf-8")
    partial.replace(target)
    return target


def collection_page(
    store: Store,
    settings: Settings,
    clustering: int | None,
    truth: Path | None,
    limits: Limits,
) -> pages.Collection:
    """All that the page says."""
    with store.read() as connection:
        run = clusterings.find(connection, clustering)
        groups = _Groups.none() if run is None else _Groups.load(store, connection, run.id)
    listed = groups.clusters[: limits.clusters]
    alone = groups.alone[: limits.alone]
    shown = [*(face for cluster in listed for face in cluster.faces[: limits.faces_each]), *alone]
    views = _views(store, shown, settings)
    several = [group for group in listed if len(group.faces) >= LEAST_SUMMED_UP]
    attributes = _attributes(store, settings)
    charts = _charts(store, settings, several[: limits.summed_up], attributes, limits.faces_each)
    return pages.Collection(
        title=Path(store.name).stem,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
        cards=_cards(store, groups),
        clusters=[
            pages.Cluster(
                identifier=cluster.identifier,
                size=len(cluster.faces),
                faces=[views[face] for face in cluster.faces[: limits.faces_each]],
                quality=None if np.isnan(cluster.quality) else cluster.quality,
                charts=charts.get(cluster.identifier, ()),
            )
            for cluster in listed
        ],
        clusters_left_out=len(groups.clusters) - len(listed),
        alone=[views[face] for face in alone],
        alone_left_out=len(groups.alone) - len(alone),
        failures=status(store).failures,
        recipe="" if run is None else describe(run.recipe),
        scores={} if truth is None else evaluate(store, truth, clustering).scores,
        cautions=cautions(attributes.names) if attributes and charts else {},
    )


@dataclass(frozen=True, slots=True)
class _Group:
    identifier: int
    quality: float
    faces: list[int]
    """Face ids, those that belong most firmly first."""


@dataclass(frozen=True, slots=True)
class _Groups:
    """A run's faces, sorted for showing."""

    clusters: list[_Group]
    """Of two faces or more, the largest first."""
    alone: list[int]

    @classmethod
    def none(cls) -> Self:
        return cls([], [])

    @classmethod
    def load(cls, store: Store, connection: Connection, run: int) -> Self:
        made = clusterings.load(connection, run)
        table = clusterings.load_clusters(connection, run)
        withheld = decided(connection, current(store, connection).detector_id).withheld()
        order = np.lexsort((made.face_ids, -made.strengths, made.labels))
        order = order[~np.isin(made.face_ids[order], withheld)]
        ids, labels = made.face_ids[order], made.labels[order]
        starts = np.searchsorted(labels, table.labels)
        ends = np.searchsorted(labels, table.labels, side="right")
        groups = [
            _Group(int(identifier), float(quality), ids[start:end].tolist())
            for identifier, quality, start, end in zip(
                table.identifiers, table.qualities, starts, ends, strict=True
            )
        ]
        alone = ids[labels < 0].tolist() + [g.faces[0] for g in groups if len(g.faces) == 1]
        several = [group for group in groups if len(group.faces) > 1]
        several.sort(key=lambda group: -len(group.faces))
        return cls(several, alone)


def describe(recipe: Recipe) -> str:
    """A recipe in one line."""
    parameters = ", ".join(f"{name} {value}" for name, value in recipe.parameters.items())
    return f"{recipe.algorithm} ({parameters}) on embeddings of {recipe.model}"


def _views(store: Store, face_ids: list[int], settings: Settings) -> dict[int, pages.Face]:
    thumbnails = face_thumbnails(store, face_ids, settings)
    with store.read() as connection:
        table = faces.load_faces(connection, face_ids=face_ids)
        files = catalogue.find_many(connection, sorted(set(table.photo_ids.tolist())))
    views = {}
    for face, photo_id in zip(table.ids.tolist(), table.photo_ids.tolist(), strict=True):
        path = Path(files[photo_id].path)
        views[face] = pages.Face(face, thumbnails.get(face, b""), path.as_uri(), path.name)
    return views


def _attributes(store: Store, settings: Settings) -> AttributeTable | None:
    """What was predicted, if anything was."""
    with store.read() as connection:
        predicted = attribute_values.current(connection) is not None
    return table_of(store, settings) if predicted else None


def _charts(
    store: Store,
    settings: Settings,
    groups: list[_Group],
    attributes: AttributeTable | None,
    faces_each: int,
) -> dict[int, list[pages.Chart]]:
    """Eigenface and, where attributes were predicted, their occurrence, by cluster."""
    charts = {}
    for group in track(groups, "summing up clusters"):
        pictures = glance.pictures(store, group.faces[:faces_each], settings)
        drawn = {
            "Mean face, and the mean moved both ways along the leading components": (
                glance.eigenface(store, pictures)
            ),
            "Share of each attribute in the cluster and in the collection": (
                b"" if attributes is None else glance.occurrence(attributes, group.faces)
            ),
        }
        charts[group.identifier] = [pages.Chart(pic, text) for text, pic in drawn.items() if pic]
    return charts


def _cards(store: Store, groups: _Groups) -> list[pages.Card]:
    counts = status(store)
    figures = {
        "photographs": counts.photos,
        "faces": counts.faces,
        "clusters of two or more": len(groups.clusters),
        "faces in them": sum(len(group.faces) for group in groups.clusters),
        "faces alone": len(groups.alone),
        "files that could not be used": len(counts.failures),
    }
    return [pages.Card(f"{value:,}", label) for label, value in figures.items()]
