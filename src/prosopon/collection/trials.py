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
from prosopon.collection.cluster import CHOSEN, Scene, load_scene, make
from prosopon.collection.truth import label_faces
from prosopon.errors import ProsoponError, UsageError
from prosopon.records import Embeddings, Threshold
from prosopon.store import Store, faces
from prosopon.store.database import remember
from prosopon.summaries import sweep_chart

_DRAWN = ("pairwise_precision", "pairwise_recall", "pairwise_f", "bcubed_f", "v_measure", "ami")


@dataclass(frozen=True, slots=True)
class Sweep:
    """A method over a range of a parameter."""

    trials: list[Trial]
    points: dict[str, Trial]
    """precision, recall, balance: the operating points of the National Archives' thesis."""
    chosen: dict[str, Any] | None
    """The parameters kept for later runs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What there is to cluster, and who the people are."""

    scene: Scene
    people: NDArray[np.str_]
    """(n,) empty where not known."""

    @property
    def rows(self) -> NDArray[np.bool_]:
        """(n,) whose person is known."""
        return np.asarray(self.people != "", bool)


def sweep(
    store: Store,
    method: str,
    grid: Mapping[str, Sequence[Any]],
    truth: Path,
    *,
    choose: str | None = None,
    table: Path | None = None,
    plot: Path | None = None,
) -> Sweep:
    """Try `method` with every combination of the values in `grid`, and score each.

    choose : precision, recall or balance: keep that operating point for later runs of `cluster`.
    table, plot : a CSV file and a PNG picture to write; the plot is over the first parameter.
    """
    known = _known(store, truth)
    fixed = make(method, {}, known.scene.threshold).get_params()
    full = {**{name: [value] for name, value in fixed.items()}, **grid}
    trials = clustering.sweep(
        method, full, known.scene.graph, known.scene.embeddings, known.people, known.rows
    )
    points = clustering.operating_points(trials)
    chosen = None
    if choose is not None:
        chosen = points[choose].parameters
        with store.begin() as connection:
            remember(connection, CHOSEN, json.dumps({"method": method, "parameters": chosen}))
    if table is not None:
        _write_table(trials, table)
    if plot is not None:
        (parameter, values) = next(iter(grid.items()))
        lines = {name: [trial.scores[name] for trial in trials] for name in _DRAWN}
        marks = {name: float(trial.parameters[parameter]) for name, trial in points.items()}
        if len(grid) > 1:
            raise UsageError("a plot shows one parameter: sweep only one, or leave --plot out")
        plot.write_bytes(sweep_chart(parameter, [float(value) for value in values], lines, marks))
    return Sweep(trials, points, chosen)


def compare(store: Store, methods: Sequence[str], truth: Path | None) -> list[Trial]:
    """Try several methods side by side, each with its defaults for the collection's embedder."""
    if truth is None:
        scene, people, rows = load_scene(store), None, None
    else:
        known = _known(store, truth)
        scene, people, rows = known.scene, known.people, known.rows
    choices = [(name, make(name, {}, scene.threshold).get_params()) for name in methods]
    return clustering.compare(choices, scene.graph, scene.embeddings, people, rows)


def calibrate(store: Store, truth: Path, false_accept_rate: float) -> tuple[Path, Threshold]:
    """Put a threshold on the embedder's card from labelled faces; returns the card's file too."""
    known = _known(store, truth)
    all_faces = known.scene.embeddings
    labelled = Embeddings(
        all_faces.face_ids[known.rows], all_faces.vectors[known.rows], all_faces.model
    )
    benchmark = f"{truth.name}: {len(labelled):,} faces"
    threshold = clustering.calibrate(
        labelled, known.people[known.rows], benchmark, false_accept_rate
    )
    return zoo.calibrate(all_faces.model, threshold), threshold


def _known(store: Store, truth: Path) -> _Known:
    scene = load_scene(store)
    with store.read() as connection:
        table = faces.load_faces(connection, face_ids=scene.embeddings.face_ids.tolist())
    people = label_faces(store, truth, table).people
    if not people:
        raise ProsoponError(f"{truth}: none of its labels meets a face that was found")
    named = [people.get(face, "") for face in scene.embeddings.face_ids.tolist()]
    return _Known(scene, np.array(named))


def _write_table(trials: list[Trial], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        first = trials[0]
        writer.writerow((*first.parameters, "groups", "singletons", "seconds", *first.scores))
        for trial in trials:
            figures = (trial.clusters, trial.singletons, round(trial.seconds, 4))
            writer.writerow((*trial.parameters.values(), *figures, *trial.scores.values()))
