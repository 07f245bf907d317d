"""Group the faces of a collection by attribute, and sum up each group on one page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from prosopon import clustering, summaries
from prosopon.attributes import grouping
from prosopon.attributes.grouping import Weighting
from prosopon.collection import Collection
from prosopon.collection import summaries as pictures_of
from prosopon.datasets.vocabulary import cautions, find
from prosopon.errors import UsageError
from prosopon.files import write_bytes, write_table, write_text
from prosopon.metrics.published import table as published
from prosopon.protocols import Clusterer
from prosopon.records import Float32, Int32
from prosopon.report import render
from prosopon.store.attributes import AttributeTable

_SHOWN = 24
"""Faces on a contact sheet, the most typical."""
_AVERAGED = 96
"""Faces that an eigenface is made from, the most typical."""
_GROUPS_SHOWN = 24
"""The largest groups are drawn; all are in the CSV."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """How to group."""

    method: Literal["k-means", "agglomerative", "dbscan"] = "k-means"
    clusters: int = 16
    """Not for dbscan."""
    linkage: str = "average"
    metric: str = "euclidean"
    eps: float | None = None
    """Of dbscan; None: the median distance to the nearest face number `min_samples`."""
    min_samples: int = 3
    """Of dbscan."""
    attributes: tuple[str, ...] = ()
    """Empty: all."""
    weights: Weighting | tuple[float, ...] = "even"
    values: Literal["probabilities", "labels"] = "probabilities"
    study: tuple[int, int] | None = None
    """Silhouettes of all methods for so many clusters, from and to."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of faces."""

    label: int
    faces: int
    prominent: list[str]
    distinctive: list[str]
    noisy: list[str]
    medoid: int
    """Face id."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """What a grouping gave."""

    method: str
    faces: int
    in_no_group: int
    silhouette: float
    equal_vectors: float
    """The silhouette of faces with equal labels taken for a group each: what labels alone reach."""
    published: dict[str, float]
    """Method → silhouette that the papers give for all of CelebA."""
    groups: list[Group]
    study: list[dict[str, Any]]
    files: list[Path]


def group(collection: Collection, wanted: Grouping, output: Path | None = None) -> Grouped:
    """Group the faces; with `output`, write tables, charts and a page into that folder.

    Raises ProsoponError if there are no attributes yet, UsageError for what can't be grouped so.
    """
    table = collection.attributes()
    names = [find(word).name for word in wanted.attributes] or list(table.names)
    columns = table.columns(names)
    present = table.present[:, columns]
    chosen = present if wanted.values == "labels" else table.values[:, columns]
    if wanted.method != "dbscan":
        grouping.check_clusters(wanted.clusters, len(table))
    points = grouping.points(chosen, _weights(wanted.weights, present, names))
    if wanted.eps is None:
        wanted = replace(wanted, eps=grouping.reach(points, wanted.min_samples))
    made = _Partition.of(_title(wanted), table, points, wanted)
    study = [] if wanted.study is None else _study(wanted, points)
    files: list[Path] = []
    if output is not None:
        partitions = [made]
        if wanted.weights != "even":  # beside it, what it would be without weights
            plain = grouping.points(chosen, np.ones(len(names)))
            partitions.append(_Partition.of("Without weights", table, plain, wanted))
        files = _write(collection, output, table, partitions, study)
    return Grouped(
        wanted.method,
        len(points),
        int(np.count_nonzero(made.labels < 0)),
        grouping.silhouette(points, made.labels, metric=_metric(wanted)),
        grouping.silhouette(present, grouping.equal_vectors(present)),
        {method: of[0] for method, of in published("transfer-silhouettes").rows.items()},
        made.groups,
        study,
        files,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Partition:
    """One way in which the faces were grouped."""

    title: str
    points: Float32
    """(n, a) what was clustered."""
    labels: Int32
    """(n,)"""
    groups: list[Group]
    """The largest first."""

    @classmethod
    def of(cls, title: str, table: AttributeTable, points: Float32, wanted: Grouping) -> Self:
        labels = _clusterer(wanted, wanted.clusters).fit(points).labels_
        return cls(title, points, labels, _summarised(table, labels, points))


def _weights(
    given: Weighting | tuple[float, ...], present: NDArray[np.bool_], names: Sequence[str]
) -> Float32:
    if isinstance(given, str):
        return grouping.weights(present.mean(axis=0), given)
    if len(given) != len(names):
        raise UsageError(f"weights: expected {len(names)} numbers, got {len(given)}")
    return np.array(given, np.float32)


def _metric(wanted: Grouping) -> str:
    """The metric that the method itself goes by; ward's linkage knows one only."""
    chooses = wanted.method == "agglomerative" and wanted.linkage != "ward"
    return wanted.metric if chooses else "euclidean"


def _clusterer(wanted: Grouping, clusters: int) -> Clusterer:
    if wanted.method == "dbscan":  # identity's takes unit vectors, which these points are not
        return grouping.dbscan(wanted.eps, wanted.min_samples)
    parameters: dict[str, dict[str, Any]] = {
        "k-means": {"n_init": 10},
        "agglomerative": {"linkage": wanted.linkage, "metric": _metric(wanted)},
    }
    made: Clusterer = clustering.make(
        wanted.method, n_clusters=clusters, **parameters[wanted.method]
    )
    return made


def _study(wanted: Grouping, points: Float32) -> list[dict[str, Any]]:
    """The papers' protocol: DBSCAN's own number of clusters is given to the others too."""

    def sized(method: Any, linkage: str = "") -> Any:
        settings = Grouping(method, linkage=linkage or wanted.linkage, metric=wanted.metric)
        return lambda k: _clusterer(settings, k)

    methods = {"k-means": sized("k-means")} | {
        f"agglomerative, {linkage}": sized("agglomerative", linkage)
        for linkage in ("ward", "complete", "average", "single")
    }
    dbscan = Grouping("dbscan", eps=wanted.eps, min_samples=wanted.min_samples)
    assert wanted.study is not None
    first, last = wanted.study
    return grouping.silhouette_study(
        points, methods, {"DBSCAN": _clusterer(dbscan, 0)}, range(first, last + 1)
    )


def _summarised(table: AttributeTable, labels: Int32, points: Float32) -> list[Group]:
    """The groups, the largest first."""
    groups = []
    for label in np.unique(labels[labels >= 0]).tolist():
        rows = np.flatnonzero(labels == label)
        found = summaries.Occurrence.of(table.names, table.present, rows)
        medoid = rows[summaries.typical(points[rows])[0]]
        groups.append(
            Group(
                label,
                len(rows),
                found.prominent,
                found.distinctive,
                found.noisy,
                int(table.face_ids[medoid]),
            )
        )
    return sorted(groups, key=lambda each: (-each.faces, each.label))


def _write(
    collection: Collection,
    output: Path,
    table: AttributeTable,
    partitions: Sequence[_Partition],
    study: list[dict[str, Any]],
) -> list[Path]:
    files = [output / "groups.csv", output / "groups.html"]
    rows = [
        (face, label, *(f"{value:.4f}" for value in row))
        for face, label, row in zip(table.face_ids, partitions[0].labels, table.values, strict=True)
    ]
    write_table(files[0], rows, ("face", "group", *table.names))
    chart = b""
    if study:
        chart = summaries.silhouette_chart(study, "Silhouettes of the methods")
        files += [output / "silhouettes.csv", output / "silhouettes.png"]
        write_table(files[2], study)
        write_bytes(files[3], chart)
    columns = [
        {
            "title": made.title,
            "groups": [
                _shown(collection, table, made, group) for group in made.groups[:_GROUPS_SHOWN]
            ],
            "left_out": max(len(made.groups) - _GROUPS_SHOWN, 0),
        }
        for made in partitions
    ]
    shown = {
        "collection": Path(collection.name).stem,
        "faces": len(table),
        "columns": columns,
        "chart": chart,
        "equal_vectors": grouping.silhouette(table.present, grouping.equal_vectors(table.present)),
        "cautions": cautions(table.names),
    }
    page = render("attribute_groups.html", page=shown)
    write_text(files[1], page)
    return files


def _shown(
    collection: Collection, table: AttributeTable, made: _Partition, group: Group
) -> dict[str, Any]:
    """A group for the page: its chart, its eigenface and its most typical faces."""
    rows = np.flatnonzero(made.labels == group.label)
    typical = rows[summaries.typical(made.points[rows], _AVERAGED)]
    pictures = pictures_of.pictures(collection, table.face_ids[typical].tolist())
    first = dict(islice(pictures.items(), _SHOWN))
    return {
        "group": group,
        "chart": pictures_of.occurrence(table, table.face_ids[rows]),
        "sheet": pictures_of.sheet(first, [group.medoid]),
        "mean": pictures_of.eigenface(collection, pictures),
    }


def _title(wanted: Grouping) -> str:
    kind = "given" if isinstance(wanted.weights, tuple) else wanted.weights
    return wanted.method.capitalize() + ("" if kind == "even" else f", {kind} weights")
