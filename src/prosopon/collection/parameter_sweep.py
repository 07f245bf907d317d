"""Clustering methods tried on faces whose people are known: sweep, compare, calibrate."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon import clustering, zoo
from prosopon.clustering import Trial
from prosopon.collection.cluster import CHOSEN, make
from prosopon.collection.collection import Collection
from prosopon.collection.faces import FaceIndex
from prosopon.collection.ground_truth import label_faces
from prosopon.errors import ProsoponError, UsageError
from prosopon.records import Embeddings, Threshold
from prosopon.store.database import remember
from prosopon.summaries import sweep_chart
from prosopon.tables import Result, Table

_DRAWN = ("pairwise_precision", "pairwise_recall", "pairwise_f", "bcubed_f", "v_measure", "ami")


POINTS = ("precision", "recall", "balance")
"""The operating points that a sweep finds."""


@dataclass(frozen=True, slots=True)
class Sweep(Result):
    """A method over a range of a parameter."""

    trials: Table[Trial]
    points: dict[str, Trial]
    """precision, recall, balance: the operating points of the National Archives' thesis."""
    chosen: dict[str, Any] | None
    """The parameters kept for later runs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What there is to cluster, and who the people are."""

    faces: FaceIndex
    people: NDArray[np.str_]
    """(n,) empty where not known."""

    @property
    def rows(self) -> NDArray[np.bool_]:
        """(n,) whose person is known."""
        return np.asarray(self.people != "", bool)


def sweep(
    collection: Collection,
    method: str,
    grid: Mapping[str, Sequence[Any]],
    truth: str | Path,
    *,
    choose: str | None = None,
    table: str | Path | None = None,
    plot: str | Path | None = None,
) -> Sweep:
    """Try `method` with every combination of the values in `grid`, and score each.

    choose : precision, recall or balance: keep that operating point for later runs of `cluster`.
    table, plot : a CSV file and a PNG picture to write; the plot is over the first parameter.
    """
    if choose not in (None, *POINTS):
        raise UsageError(f"--choose {choose}: expected {', '.join(POINTS)}")
    if plot is not None and len(grid) > 1:
        raise UsageError("a plot shows one parameter: sweep only one, or leave --plot out")
    known = _known(collection, truth)
    fixed = make(method, {}, known.faces.threshold).get_params()
    full = {**{name: [value] for name, value in fixed.items()}, **grid}
    trials = clustering.sweep(
        method, full, known.faces.graph, known.faces.embeddings, known.people, known.rows
    )
    points = clustering.operating_points(trials)
    chosen = None
    if choose is not None:
        chosen = points[choose].parameters
        with collection.store.begin() as connection:
            remember(connection, CHOSEN, json.dumps({"method": method, "parameters": chosen}))
    if table is not None:
        _write_table(trials, Path(table))
    if plot is not None:
        (parameter, values) = next(iter(grid.items()))
        lines = {name: [trial.scores[name] for trial in trials] for name in _DRAWN}
        marks = {name: float(trial.parameters[parameter]) for name, trial in points.items()}
        Path(plot).write_bytes(
            sweep_chart(parameter, [float(value) for value in values], lines, marks)
        )
    return Sweep(Table(trials), points, chosen)


def compare(
    collection: Collection, methods: Sequence[str] = (), truth: str | Path | None = None
) -> Table[Trial]:
    """Try several methods side by side, each with its defaults for the collection's embedder.

    methods : by default all that need no number of groups.
    truth : as for `evaluate`; without it there are no scores. Nothing is kept.
    """
    chosen = methods or [
        name
        for name, method in clustering.METHODS.items()
        if method.parameters.keys().isdisjoint(["n_init"])
    ]
    found, people, rows = collection.view.faces, None, None
    if truth is not None:
        known = _known(collection, truth)
        found, people, rows = known.faces, known.people, known.rows
    choices = [(name, make(name, {}, found.threshold).get_params()) for name in chosen]
    return Table(clustering.compare(choices, found.graph, found.embeddings, people, rows))


@dataclass(frozen=True, slots=True)
class Calibrated(Result):
    """A threshold, and where it is kept."""

    card: Path
    """The file of the embedder's card."""
    threshold: Threshold


def calibrate(
    collection: Collection, truth: str | Path, *, false_accept_rate: float = 1e-4
) -> Calibrated:
    """Put a threshold on the embedder's card from labelled faces.

    truth : as for `evaluate`.
    false_accept_rate : share of the pairs of strangers that may pass.
    """
    truth = Path(truth)
    known = _known(collection, truth)
    all_faces = known.faces.embeddings
    labelled = Embeddings(
        all_faces.face_ids[known.rows], all_faces.vectors[known.rows], all_faces.model
    )
    benchmark = f"{truth.name}: {len(labelled):,} faces"
    threshold = clustering.calibrate_threshold(
        labelled, known.people[known.rows], benchmark, false_accept_rate
    )
    return Calibrated(zoo.calibrate(all_faces.model, threshold), threshold)


def _known(collection: Collection, truth: str | Path) -> _Known:
    found = collection.view.faces
    rows = found.rows(found.graph.face_ids.tolist())
    people = label_faces(collection, Path(truth), found.table.of(rows)).people
    if not people:
        raise ProsoponError(f"{truth}: none of its labels meets a face that was found")
    return _Known(found, np.array([people.get(face, "") for face in found.graph.face_ids.tolist()]))


def _write_table(trials: list[Trial], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        first = trials[0]
        writer.writerow((*first.parameters, "groups", "singletons", "seconds", *first.scores))
        for trial in trials:
            figures = (trial.clusters, trial.singletons, round(trial.seconds, 4))
            writer.writerow((*trial.parameters.values(), *figures, *trial.scores.values()))
