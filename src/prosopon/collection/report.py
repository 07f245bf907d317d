"""A collection as one HTML page."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from prosopon import languages
from prosopon import report as pages
from prosopon.clustering import interval
from prosopon.collection import checks, summaries, together
from prosopon.collection.collection import Collection
from prosopon.collection.roster import NOBODY
from prosopon.collection.view import CollectionView
from prosopon.datasets.vocabulary import cautions
from prosopon.errors import UsageError
from prosopon.files import write_text
from prosopon.languages import gettext as _
from prosopon.paths import is_remote, url
from prosopon.persons import life
from prosopon.progress import track
from prosopon.records import ClusteringSpec, Int64

LEAST_SUMMED_UP = 4
"""Faces; of fewer there is nothing to sum up that a contact sheet does not show."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one page."""

    people: int = 500
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
    language: str = "en",
) -> Path:
    """Write the collection as one HTML page, for people who were not there.

    The persons by name, the groups without one, what is left; how reliable the names are; and
    behind a fold the figures.

    clustering : a run; by default the last one.
    truth : as for `evaluate`: adds the scores to the page.
    language : of the page, as in `languages.LANGUAGES`.

    Raises UsageError for a language that there is not.
    """
    if language not in languages.LANGUAGES:
        known = ", ".join(languages.LANGUAGES)
        raise UsageError(f"language {language!r}: there is none; there are {known}")
    target = Path(target)
    with languages.speaking(language):
        page = collection_page(collection, clustering, truth, limits)
        write_text(target, pages.collection_page(page))
    return target


def collection_page(
    collection: Collection, clustering: int | None, truth: str | Path | None, limits: Limits
) -> pages.Collection:
    """All that the page says: only of faces that may be shown."""
    view = collection.view_of(clustering)
    named = [place for place in view.roster.in_order() if view.faces_of[place]]
    groups = {label: rows for label in view.to_name.tolist() if len(rows := _open(view, label)) > 1}
    in_groups = np.concatenate([*groups.values(), np.empty(0, np.int64)])
    several = np.flatnonzero(view.shown & view.doubtful & (view.who == NOBODY))
    alone = np.setdiff1d(np.union1d(np.flatnonzero(view.open), several), in_groups)
    listed = {place: _faces_of(view, place) for place in named[: limits.people]}
    shown = dict(list(groups.items())[: limits.clusters])
    cut = [rows[: limits.faces_each] for rows in (*listed.values(), *shown.values())]
    cards = _face_cards(collection, view, np.concatenate([*cut, alone[: limits.alone]]))
    clusters = _clusters(collection, view, limits)
    status = collection.status()
    found = checks.quality(view)
    known = collection.attributes() if collection.attributes.known() else None
    return pages.Collection(
        title=Path(collection.name).stem,
        made=languages.moment_text(datetime.now().astimezone()),
        photos=view.faces.photo_count,
        faces=len(view.visible),
        named=int((view.shown & (view.who != NOBODY)).sum()),
        years=_span(together.years(view, np.flatnonzero(view.shown))),
        without_faces=len(status.without_faces),
        people=[_person(view, place, rows, cards, limits) for place, rows in listed.items()],
        people_count=len(named),
        groups=[
            pages.Group(int(view.faces.identifiers[label]), len(rows), _cut(rows, cards, limits))
            for label, rows in shown.items()
        ],
        groups_count=len(groups),
        alone=[cards[row] for row in alone[: limits.alone].tolist()],
        alone_count=len(alone),
        failures=status.failures,
        quality=pages.Quality(found.checked, found.right, found.low, found.high),
        recipe="" if view.faces.run is None else describe(view.faces.run.recipe),
        clusters=clusters,
        scores=collection.evaluate(truth, clustering=clustering).scores if truth else {},
        cautions=cautions(known.names) if known and any(c.charts for c in clusters) else {},
    )


def _open(view: CollectionView, label: int) -> Int64:
    rows = view.faces.members(label)
    return rows[view.open[rows]]


def _faces_of(view: CollectionView, place: int) -> Int64:
    """Rows of a person's faces: sure ones first, those that belong most firmly first."""
    rows = np.flatnonzero(view.shown & (view.who == place))
    return rows[np.lexsort((-view.faces.membership[rows], view.doubtful[rows]))]


def _person(
    view: CollectionView, place: int, rows: Int64, cards: dict[int, pages.Face], limits: Limits
) -> pages.Person:
    one = view.persons[place]
    return pages.Person(
        name=one.name,
        life=life(one),
        note=one.note,
        size=len(rows),
        doubtful=int(view.doubtful[rows].sum()),
        years=_span(together.years(view, rows)),
        beside=[(who.name, count) for who, count in together.with_whom(view, place)[:6]],
        faces=_cut(rows, cards, limits),
    )


def _cut(rows: Int64, cards: dict[int, pages.Face], limits: Limits) -> list[pages.Face]:
    return [cards[row] for row in rows[: limits.faces_each].tolist()]


def _span(years: list[tuple[int, int]]) -> str:
    if not years:
        return ""
    first, last = years[0][0], years[-1][0]
    return str(first) if first == last else f"{first}–{last}"


def _clusters(collection: Collection, view: CollectionView, limits: Limits) -> list[pages.Cluster]:
    """The clusters of two and more with their figures, the largest first."""
    labels = np.flatnonzero(view.cluster_sizes > 1)
    labels = labels[np.argsort(-view.cluster_sizes[labels], kind="stable")][: limits.clusters]
    large = labels[view.cluster_sizes[labels] >= LEAST_SUMMED_UP][: limits.summed_up].tolist()
    charts = _charts(collection, view, large, limits.faces_each)
    made = []
    for label in labels.tolist():
        known, quality = view.known_as(label), float(view.faces.qualities[label])
        made.append(
            pages.Cluster(
                identifier=int(view.faces.identifiers[label]),
                size=int(view.cluster_sizes[label]),
                name=view.persons[next(iter(known))].name if known else "",
                quality=None if np.isnan(quality) else quality,
                quality_range=interval(quality),
                charts=charts.get(label, ()),
            )
        )
    return made


def describe(recipe: ClusteringSpec) -> str:
    """A recipe in one line."""
    parameters = ", ".join(f"{name} {value}" for name, value in recipe.parameters.items())
    return f"{recipe.algorithm} ({parameters}) on embeddings of {recipe.model}"


def _face_cards(collection: Collection, view: CollectionView, rows: Int64) -> dict[int, pages.Face]:
    """By row."""
    thumbnails = collection.thumbnails(view.faces.face_ids[rows].tolist())
    photos = view.photos_of(np.unique(view.faces.photo_ids[rows]).tolist())
    cards = {}
    for row in rows.tolist():
        face, photo = int(view.faces.face_ids[row]), photos.get(int(view.faces.photo_ids[row]))
        path = Path(photo.path) if photo else Path()
        address = (url(path) if is_remote(path) else path.as_uri()) if photo else ""
        cards[row] = pages.Face(face, thumbnails.get(face, b""), address, path.name)
    return cards


def _charts(
    collection: Collection, view: CollectionView, labels: list[int], faces_each: int
) -> dict[int, list[pages.Chart]]:
    """Eigenface and, where attributes were predicted, their occurrence, by cluster."""
    attributes = collection.attributes() if collection.attributes.known() else None
    charts = {}
    for label in track(labels, "summing up clusters"):
        rows = view.faces.members(label)
        faces = view.faces.face_ids[rows[view.shown[rows]]].tolist()
        pictures = summaries.pictures(collection, faces[:faces_each])
        drawn = {
            _("Mean face, and the mean moved both ways along the leading components"): (
                summaries.eigenface(collection, pictures)
            ),
            _("Share of each attribute in the cluster and in the collection"): (
                b"" if attributes is None else summaries.occurrence(attributes, faces)
            ),
        }
        charts[label] = [pages.Chart(pic, text) for text, pic in drawn.items() if pic]
    return charts
