"""A collection as one HTML page."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from prosopon import report as pages
from prosopon.collection import summaries
from prosopon.collection.collection import Collection
from prosopon.collection.view import CollectionView
from prosopon.datasets.vocabulary import cautions
from prosopon.files import write_text
from prosopon.progress import track
from prosopon.records import ClusteringSpec
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
    collection: Collection,
    target: str | Path,
    *,
    clustering: int | None = None,
    truth: str | Path | None = None,
    limits: Limits = Limits(),
) -> Path:
    """Write the collection as one HTML page: numbers, clusters, faces alone, failures.

    clustering : a run; by default the last one.
    truth : as for `evaluate`: adds the scores to the page.
    """
    target = Path(target)
    page = collection_page(collection, clustering, truth, limits)
    write_text(target, pages.collection_page(page))
    return target


def collection_page(
    collection: Collection, clustering: int | None, truth: str | Path | None, limits: Limits
) -> pages.Collection:
    """All that the page says: only of faces that may be shown."""
    view = collection.view_of(clustering)
    groups = _groups(view)
    several = [group for group in groups if len(group.faces) > 1]
    in_several = {face for group in several for face in group.faces}
    single = [face for face in view.visible.ids.tolist() if face not in in_several]
    listed, alone = several[: limits.clusters], single[: limits.alone]
    shown = [*(face for group in listed for face in group.faces[: limits.faces_each]), *alone]
    cards = _face_cards(collection, view, shown)
    attributes = collection.attributes() if collection.attributes.known() else None
    summed_up = [group for group in listed if len(group.faces) >= LEAST_SUMMED_UP]
    charts = _charts(collection, summed_up[: limits.summed_up], attributes, limits.faces_each)
    scores = collection.evaluate(truth, clustering=clustering).scores if truth else {}
    failures = collection.status().failures
    return pages.Collection(
        title=Path(collection.name).stem,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
        cards=_figures(view, several, single, failures),
        clusters=[
            pages.Cluster(
                identifier=group.identifier,
                size=len(group.faces),
                faces=[cards[face] for face in group.faces[: limits.faces_each]],
                name=group.name,
                quality=None if np.isnan(group.quality) else group.quality,
                charts=charts.get(group.identifier, ()),
            )
            for group in listed
        ],
        clusters_left_out=len(several) - len(listed),
        alone=[cards[face] for face in alone],
        alone_left_out=len(single) - len(alone),
        failures=failures,
        recipe="" if view.faces.run is None else describe(view.faces.run.recipe),
        scores=scores,
        cautions=cautions(attributes.names) if attributes and charts else {},
    )


@dataclass(frozen=True, slots=True)
class _Group:
    identifier: int
    quality: float
    name: str
    """Who most of its named faces are; empty where nobody is named."""
    faces: list[int]
    """Those that may be shown, those that belong most firmly first."""


def _groups(view: CollectionView) -> list[_Group]:
    """The clusters with faces to show, the largest first."""
    groups = []
    for label in np.flatnonzero(view.cluster_sizes).tolist():
        rows = view.faces.members(label)
        known = view.known_as(label)
        name = view.persons[next(iter(known))].name if known else ""
        faces = view.faces.face_ids[rows[view.shown[rows]]].tolist()
        quality = float(view.faces.qualities[label])
        groups.append(_Group(int(view.faces.identifiers[label]), quality, name, faces))
    return sorted(groups, key=lambda group: -len(group.faces))


def describe(recipe: ClusteringSpec) -> str:
    """A recipe in one line."""
    parameters = ", ".join(f"{name} {value}" for name, value in recipe.parameters.items())
    return f"{recipe.algorithm} ({parameters}) on embeddings of {recipe.model}"


def _face_cards(
    collection: Collection, view: CollectionView, faces: list[int]
) -> dict[int, pages.Face]:
    thumbnails = collection.thumbnails(faces)
    rows = view.faces.rows(faces)
    photos = view.photos_of(np.unique(view.faces.photo_ids[rows]).tolist())
    cards = {}
    for row in rows.tolist():
        face, path = (
            int(view.faces.face_ids[row]),
            Path(photos[int(view.faces.photo_ids[row])].path),
        )
        cards[face] = pages.Face(face, thumbnails.get(face, b""), path.as_uri(), path.name)
    return cards


def _charts(
    collection: Collection,
    groups: list[_Group],
    attributes: AttributeTable | None,
    faces_each: int,
) -> dict[int, list[pages.Chart]]:
    """Eigenface and, where attributes were predicted, their occurrence, by cluster."""
    charts = {}
    for group in track(groups, "summing up clusters"):
        pictures = summaries.pictures(collection, group.faces[:faces_each])
        drawn = {
            "Mean face, and the mean moved both ways along the leading components": (
                summaries.eigenface(collection, pictures)
            ),
            "Share of each attribute in the cluster and in the collection": (
                b"" if attributes is None else summaries.occurrence(attributes, group.faces)
            ),
        }
        charts[group.identifier] = [pages.Chart(pic, text) for text, pic in drawn.items() if pic]
    return charts


def _figures(
    view: CollectionView, several: list[_Group], single: list[int], failures: dict[str, str]
) -> list[pages.Card]:
    figures = {
        "photographs": view.faces.photo_count,
        "faces": len(view.visible),
        "clusters of two or more": len(several),
        "faces in them": sum(len(group.faces) for group in several),
        "faces alone": len(single),
        "files that could not be used": len(failures),
    }
    return [pages.Card(f"{value:,}", label) for label, value in figures.items()]
