"""Look for a recipe's schedule: how well each learns to tell whole faces apart."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from prosopon import zoo
from prosopon.config import Settings
from prosopon.datasets.vocabulary import find as find_attribute
from prosopon.explain.folds import folds_of
from prosopon.explain.labelled import shrunk
from prosopon.explain.recipes import Recipe, load_recipe
from prosopon.explain.train_classifiers import Plan, source_of
from prosopon.files import write_toml
from prosopon.metrics.classification import Confusion
from prosopon.optional import require
from prosopon.progress import track
from prosopon.studies.explain.faces import read_faces, square
from prosopon.studies.explain.study import Source
from prosopon.training import Diverged

_PARTS = 5
"""One of so many parts of the data is held out."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was tried, the best first."""

    trials: list[dict[str, Any]]
    """Accuracy and schedule of each."""
    recipe: Path
    """A file with the best schedule."""


def sweep(
    source: Source,
    recipe_name: str,
    labels: Sequence[str],
    output: Path,
    settings: Settings,
    *,
    trials: int = 20,
    weights: str = "",
) -> Swept:
    """Try schedules until `trials` are known in `output`, by Optuna's tree of Parzen estimators;
    an interrupted sweep goes on. Judged on a fifth of the people; study the recipe on others.

    Raises MissingExtra without Optuna.
    """
    optuna = require("optuna", extra="study")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    recipe = load_recipe(recipe_name)
    if weights:
        recipe = replace(recipe, network=replace(recipe.network, weights=weights))
    zoo.configure(threads=settings.workers, providers=settings.providers)
    side, padding = recipe.picture.side, recipe.picture.padding
    names = [find_attribute(label).name for label in labels]
    cut = read_faces(
        source.folder,
        names,
        square(side, padding),
        output,
        settings,
        split=source.split,
        most=source.most,
        seed=source.seed,
    )
    faces = shrunk(cut, side)
    parts = folds_of(faces.truth[:, 0], faces.people.tolist(), _PARTS, source.seed)
    learnt, judged = np.flatnonzero(parts != 0), np.flatnonzero(parts == 0)

    def accuracy(trial: Any) -> float:
        tried = _with(recipe, _suggested(trial))
        sources = source_of(faces, Plan(tried, alone=False), output)
        try:
            network = sources.trained(0, learnt, output / f"trial-{trial.number}")
        except Diverged:
            return 0.0
        said = sources.predict(network, 0, judged) >= 0.5
        return float(np.nanmean(Confusion.of(faces.truth[judged], said).accuracy))

    study = optuna.create_study(
        storage=f"sqlite:///{(output / 'sweep.db').absolute()}",
        study_name="-".join([Path(recipe_name).stem, *names]),
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=source.seed),
        load_if_exists=True,
    )
    known = len(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)))
    for _ in track(range(known, trials), "trying schedules"):
        study.optimize(accuracy, n_trials=1)
    file = output / f"{Path(recipe_name).stem}-best.toml"
    write_toml(file, _values(_with(recipe, study.best_params)))
    done = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    rows = [{"accuracy": trial.value, **trial.params} for trial in done]
    return Swept(sorted(rows, key=lambda row: -row["accuracy"]), file)


def _suggested(trial: Any) -> dict[str, Any]:
    return {
        "optimizer": trial.suggest_categorical("optimizer", ["adam", "adamw", "sgd"]),
        "rate": trial.suggest_float("rate", 1e-4, 3e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-6, 1e-1, log=True),
        "batch": trial.suggest_categorical("batch", [16, 32, 64, 128]),
    }


def _with(recipe: Recipe, schedule: dict[str, Any]) -> Recipe:
    return replace(recipe, schedule=replace(recipe.schedule, **schedule))


def _values(recipe: Recipe) -> dict[str, Any]:
    """The recipe as `load_recipe` reads it."""
    return {**recipe.settings(), "schedule": asdict(recipe.schedule)}
