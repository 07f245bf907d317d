"""Classifiers that the study trains itself: on whole faces, and on one region alone."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import TensorDataset

from prosopon import zoo
from prosopon.explain import Occlusion, Shares, Study, measure, occlusions, respond
from prosopon.explain.answer_cache import cached
from prosopon.explain.cam import heat_sheet, heats, region_heat
from prosopon.explain.folds import folds_of
from prosopon.explain.labelled import Labelled
from prosopon.explain.networks import LastMaps, MapClassifier, SmallResNet
from prosopon.explain.occlusions import Fill
from prosopon.explain.recipes import Recipe
from prosopon.explain.tasks import ClassifierTask, Faces, prepare, probabilities
from prosopon.metrics.classification import Confusion
from prosopon.progress import track
from prosopon.records import Float32, Float64, Int64, UInt8
from prosopon.training import Data, fit
from prosopon.training.backbones import load_backbone, recalibrate
from prosopon.training.onnx_export import export

_ALL = occlusions()
ALONE = tuple(each for each in _ALL if each.family == "only one region")
"""What classifiers of one region are trained on: five contours, then five strips, each in the order
of STUDY_REGIONS."""
_WARMED = 60
"""Faces of each part whose heat is averaged."""
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """How a study with its own classifiers goes."""

    recipe: Recipe
    folds: int = 5
    fill: Fill = "black"
    alone: bool = True
    """Train on single regions too, by their contours and by their strips."""
    asked: int = 0
    """Faces that are hidden in all ways, drawn from all parts; 0: all."""


def train_classifiers(
    faces: Labelled, name: str, plan: Plan, folder: Path
) -> tuple[list[Study], UInt8, int]:
    """A study for each label, and activation maps of a few faces as a sheet's pictures with its
    number of columns. `folder` keeps networks and answers, and an interrupted run goes on
    there. Raises UsageError where parts can't be made, Diverged as training does."""
    schedule = plan.recipe.schedule
    parts = folds_of(faces.truth[:, 0], faces.people.tolist(), plan.folds, schedule.seed)
    shuffled = np.random.default_rng(schedule.seed).permutation(len(faces))
    asked = np.sort(shuffled[: plan.asked or None])
    source = source_of(faces, plan, folder)
    probabilities, warm, maps, columns = _whole(faces, plan, folder, source, parts, asked)
    alone = _alone(faces, plan, folder, source, parts) if plan.alone else {}
    shares = Shares.of(faces.landmarks[asked[:200]], faces.pictures.shape[1:3], _ALL)
    studies = [
        Study(
            classifier=name,
            label=label,
            size=(faces.pictures.shape[1], faces.pictures.shape[2]),
            fill=plan.fill,
            faces=len(asked),
            people=len(set(faces.people.tolist()) - {""}),
            occlusions=_ALL,
            hidden=shares.picture,
            hidden_regions=shares.regions,
            figures=measure(faces.truth[asked, column], probabilities[..., column], parts[asked]),
            alone={key: values[..., column] for key, values in alone.items()},
            heat={method: values[..., column] for method, values in warm.items()},
        )
        for column, label in enumerate(faces.labels)
    ]
    return studies, maps, columns


def source_of(faces: Labelled, plan: Plan, folder: Path) -> "LearningSource":
    """Pictures, or features of them where only the linear layer learns."""
    kind = _Features if plan.recipe.network.frozen else _Pictures
    return kind(faces, plan, folder)


def _whole(
    faces: Labelled, plan: Plan, folder: Path, source: "LearningSource", parts: Int64, asked: Int64
) -> tuple[Float32, dict[str, Float64], UInt8, int]:
    """Answers (1 + m, asked, labels) of classifiers trained on the other folds, the heat of their
    maps by method (folds, 5, labels), and maps of a few faces."""
    answers = np.empty((1 + len(_ALL), len(asked), len(faces.labels)), np.float32)
    warm: dict[str, list[Any]] = {"CAM": [], "Grad-CAM": []}
    maps, columns = np.empty((0, 1, 1, 3), np.uint8), 1
    for part in track(range(plan.folds), "parts of the data"):
        network = source.trained(0, np.flatnonzero(parts != part), folder / f"whole-{part}")
        here = parts[asked] == part
        answers[:, here] = source.ask(network, asked[here], folder / f"whole-{part}")
        some = faces.rows(asked[here][:_WARMED])
        for method, heat in heats(network, some.pictures).items():
            warm[method].append(
                [np.nanmean(region_heat(each, some.landmarks), axis=0) for each in heat]
            )
        if part == 0:
            some = faces.rows(asked[here][:_SHOWN])
            maps, columns = heat_sheet(network, some.pictures, some.landmarks, plan.fill)
    mean = {method: np.swapaxes(np.array(of), 1, 2) for method, of in warm.items()}
    return answers, mean, maps, columns


def _alone(
    faces: Labelled, plan: Plan, folder: Path, source: "LearningSource", parts: Int64
) -> dict[str, Float64]:
    """Accuracy (folds, 5, labels) of classifiers trained on one region: `own` on that region,
    `whole` on whole faces; then both of its strip."""
    shape = (plan.folds, len(ALONE), len(faces.labels))
    result = {"own": np.empty(shape), "whole": np.empty(shape)}
    for part in track(range(plan.folds), "parts of the data, one region alone"):
        rows = np.flatnonzero(parts == part)
        for place, only in enumerate(ALONE):
            shape_of = "" if only.shape == "contour" else f"-{only.shape}"
            where = folder / f"{only.regions[0]}{shape_of}-{part}"
            network = source.trained(1 + place, np.flatnonzero(parts != part), where)
            for name, version in (("own", 1 + place), ("whole", 0)):
                said = source.predict(network, version, rows) >= 0.5
                result[name][part, place] = Confusion.of(faces.truth[rows], said).accuracy
    half = len(ALONE) // 2
    strips = {f"{name}, strip": of[:, half:] for name, of in result.items()}
    return {name: of[:, :half] for name, of in result.items()} | strips


class LearningSource:
    """Where classifiers learn from. Version 0 is whole faces, 1 to 10 are ALONE."""

    def __init__(self, faces: Labelled, plan: Plan, folder: Path) -> None:
        self.faces, self.plan = faces, plan
        about = (plan.recipe.picture, plan.recipe.network, plan.fill)
        self.key = (*about, zlib.crc32(faces.landmarks.tobytes()))
        """What answers depend on, besides the training."""
        folder.mkdir(parents=True, exist_ok=True)

    def data(self, version: int, rows: Int64) -> Data:
        """What `fit` is to be given."""
        raise NotImplementedError

    def predict(self, network: MapClassifier, version: int, rows: Int64) -> Float32:
        """Probabilities (rows, labels)."""
        raise NotImplementedError

    def ask(self, network: MapClassifier, rows: Int64, folder: Path) -> NDArray[Any]:
        """Probabilities (1 + m, rows, labels) under every occlusion."""
        raise NotImplementedError

    def trained(self, version: int, rows: Int64, folder: Path) -> MapClassifier:
        """A classifier trained on some faces, or taken from `folder` if it is there."""
        recipe = self.plan.recipe
        network = build(recipe, len(self.faces.labels), self.faces.pictures)
        task = ClassifierTask(recipe, network, self.faces.truth[rows])
        fit(task, self.data(version, rows), recipe.schedule, folder)
        return network.eval()


class _Pictures(LearningSource):
    """The whole network learns, from pictures."""

    def __init__(self, faces: Labelled, plan: Plan, folder: Path) -> None:
        super().__init__(faces, plan, folder)
        self.versions = {0: faces.pictures}

    def data(self, version: int, rows: Int64) -> Data:
        return Faces(self._pictures(version)[rows], self.faces.truth[rows])

    def predict(self, network: MapClassifier, version: int, rows: Int64) -> Float32:
        return probabilities(network, self._pictures(version)[rows])

    def ask(self, network: MapClassifier, rows: Int64, folder: Path) -> NDArray[Any]:
        faces = self.faces.rows(rows)
        return cached(
            folder,
            (self.plan.recipe, self.key, rows.tolist()),
            lambda: respond(
                lambda pictures: probabilities(network, pictures),
                faces.pictures,
                faces.landmarks,
                _ALL,
                self.plan.fill,
            ),
        )

    def _pictures(self, version: int) -> UInt8:
        if version not in self.versions:
            only = [ALONE[version - 1]]
            shown = respond(
                lambda pictures: pictures,
                self.faces.pictures,
                self.faces.landmarks,
                only,
                self.plan.fill,
            )
            self.versions[version] = shown[1]
        return self.versions[version]


class _Features(LearningSource):
    """Only the linear layer learns: each picture goes through the body once."""

    def __init__(self, faces: Labelled, plan: Plan, folder: Path) -> None:
        super().__init__(faces, plan, folder)
        network = build(plan.recipe, len(faces.labels), faces.pictures)
        export(_Means(network), (3, *faces.pictures.shape[1:3]), folder / "body.onnx", "features")
        self.body = zoo.onnx_file(folder / "body.onnx", mean=127.5, scale=127.5)
        self.folder = folder
        self.versions = self._features(np.arange(len(faces)), ALONE if plan.alone else ())

    def data(self, version: int, rows: Int64) -> Data:
        labels = torch.from_numpy(self.faces.truth[rows].astype(np.float32))
        return TensorDataset(torch.from_numpy(self.versions[version, rows]), labels)

    def predict(self, network: MapClassifier, version: int, rows: Int64) -> Float32:
        return _answers(network, self.versions[version, rows])

    def ask(self, network: MapClassifier, rows: Int64, folder: Path) -> NDArray[Any]:
        return _answers(network, self._features(rows, _ALL))

    def _features(self, rows: Int64, chosen: Sequence[Occlusion]) -> Float32:
        """(1 + chosen, rows, channels)"""
        faces, fill = self.faces.rows(rows), self.plan.fill

        def compute() -> NDArray[Any]:
            def features(pictures: UInt8) -> Float32:
                return self.body.run(self.body.blob(pictures))[0]

            return respond(features, faces.pictures, faces.landmarks, chosen, fill)

        return cached(self.folder, (self.key, len(chosen), rows.tolist()), compute)


class _Means(torch.nn.Module):
    """The part of a network that is frozen, to be exported."""

    def __init__(self, network: MapClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.network.features(images)


def build(recipe: Recipe, labels: int, pictures: UInt8) -> MapClassifier:
    """The network of a recipe; `pictures` give statistics to weights that came without."""
    about = recipe.network
    torch.manual_seed(recipe.schedule.seed)
    if about.name == "small":
        return MapClassifier(SmallResNet(about.width), 4 * about.width, labels, about.dropout)
    backbone, channels = load_backbone(about.name, about.weights)
    if about.weights and not about.frozen:
        recalibrate(backbone, [prepare(pictures[:64])])
    return MapClassifier(LastMaps(backbone), channels, labels, about.dropout)


def _answers(network: MapClassifier, features: Float32) -> Float32:
    with torch.no_grad():
        answers: Float32 = torch.sigmoid(network.head(torch.from_numpy(features))).numpy()
    return answers
