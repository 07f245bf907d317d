"""Train an embedder on pictures of people, and hand it to the zoo."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from prosopon import engines, faces, zoo
from prosopon.collection.gallery import Gallery, read_gallery
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.geometry import Template, centres_of_68, cut_chips
from prosopon.metrics.verification import Roc, best_threshold
from prosopon.progress import track
from prosopon.records import Float32, Int64, ModelCard, UInt8
from prosopon.studies.portraits import detector_of, main_of, read
from prosopon.training import fit_on, load_weights
from prosopon.training.history import Row
from prosopon.training.onnx_export import export
from prosopon.verification.networks import read_lightcnn
from prosopon.verification.tasks import Chips, EmbedderTask, Network, Recipe, batches

_JUDGED_ON = 2000
"""Pairs of each kind that an epoch is judged on."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave."""

    folder: Path
    people: int
    pictures: int
    without_face: int
    held_out_people: int
    figures: Row
    """Of the last epoch."""
    model: str
    """Card id in the zoo; empty if it was not added."""


def train(
    recipe: Recipe,
    data: Path,
    output: Path,
    settings: Settings,
    *,
    split: str = "",
    name: str = "",
    keep: Path | None = None,
) -> Trained:
    """Train by `recipe` on the people in `data`, going on where an earlier run in `output` stopped.

    Every tenth person is held out to judge by. Cut faces are kept in `keep` (by default `output`),
    so that several recipes can share them. With `name` the embedder is added to the zoo and
    can be used everywhere from then on. Raises Diverged where the loss is no number any more.
    """
    gallery = read_gallery(data, split, recipe.least_pictures)
    output.mkdir(parents=True, exist_ok=True)
    chips, people = face_chips(gallery, recipe.network.template(), keep or output, settings)
    names = sorted(set(people))
    held_out = {person for place, person in enumerate(names) if place % 10 == 9}
    inside = np.array([person not in held_out for person in people])
    numbers = {person: number for number, person in enumerate(sorted(set(names) - held_out))}
    identities = np.array([numbers[person] for person in people if person in numbers], np.int64)
    of_held_out = [person for person in people if person in held_out]
    judge = _judge(_inner(chips[~inside], recipe), of_held_out) if held_out else None
    task = EmbedderTask(recipe, len(numbers), judge)
    if recipe.network.weights:
        task.network.load_state_dict(load_weights(Path(recipe.network.weights))[0])
    torch.set_num_threads(settings.workers)
    learnt = Chips(chips[inside], identities)
    in_turn = batches(recipe, identities)
    rows = fit_on(settings.devices, task, learnt, recipe.schedule, output, batches=in_turn)
    task.network.load_state_dict(load_weights(output / "model.safetensors")[0])
    export(task.network, recipe.network.input_size, output / "model.onnx")
    if name:
        made_of = (
            f"{recipe.network.name}, {recipe.loss.name} loss, trained on {len(numbers)} people"
        )
        licence = "that of the photographs it was trained on"
        _add(recipe.network, output / "model.onnx", name, f"{made_of} of {data.name}", licence)
    return Trained(
        output,
        len(numbers),
        int(inside.sum()),
        sum(map(len, gallery.values())) - len(chips),
        len(held_out),
        rows[-1],
        name,
    )


def face_chips(
    gallery: Gallery, template: Template, folder: Path, settings: Settings
) -> tuple[UInt8, list[str]]:
    """The main faces (n, h, w, 3) and who they are; kept in `folder` for the next time."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, wanted = folder / "chips.npz", [str(file) for of in gallery.values() for file in of]
    if kept.exists():
        with np.load(kept, allow_pickle=False) as arrays:
            same_size = arrays["chips"].shape[1:3] == template.size
            if same_size and arrays["pictures"].tolist() == wanted:
                return arrays["chips"], arrays["people"].tolist()
    detector = detector_of(settings)
    landmarker = faces.landmarker(zoo.load("dlib-landmarks-68"))

    def cut(file: str) -> UInt8 | None:
        pixels = read(Path(file), settings.max_pixels)
        main = main_of(detector.find(pixels), pixels)
        if main is None:
            return None
        points = main.landmarks
        if not np.isfinite(points).all():
            points = centres_of_68(landmarker.find(pixels, main))
        chip: UInt8 = cut_chips(pixels, points, template)[0]
        return chip

    people = [person for person, of in gallery.items() for _ in of]
    found = engines.Threads(settings.workers).map(cut, wanted)
    pairs = list(zip(track(found, "cutting faces", len(wanted)), people, strict=True))
    chips = [chip for chip, _ in pairs if chip is not None]
    if not chips:
        raise ProsoponError("no face was found in any of the pictures; try another detector")
    shown = [person for chip, person in pairs if chip is not None]
    np.savez(kept, chips=np.stack(chips), people=np.array(shown), pictures=np.array(wanted))
    return np.stack(chips), shown


def _inner(chips: UInt8, recipe: Recipe) -> UInt8:
    """The middle of training chips, as the embedder will see faces."""
    margin = recipe.network.margin
    return chips[:, margin:-margin, margin:-margin] if margin else chips


def _judge(chips: UInt8, people: list[str]) -> Callable[[Callable[[UInt8], Float32]], Row]:
    """Accuracy (at the best threshold) and area of pairs of these faces."""
    rng = np.random.default_rng(0)
    labels = np.array(people)
    pairs = np.array(list(combinations(range(len(chips)), 2)))
    same = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    chosen: Int64 = np.concatenate(
        [rng.permutation(np.flatnonzero(kind))[:_JUDGED_ON] for kind in (same, ~same)]
    )

    def judge(embed: Callable[[UInt8], Float32]) -> Row:
        vectors = embed(chips)
        left, right = pairs[chosen].T
        cosine = np.einsum("ij,ij->i", vectors[left], vectors[right])
        truth = same[chosen]
        threshold = best_threshold(cosine, truth)
        accuracy = float(np.mean((cosine >= threshold) == truth))
        return {"accuracy": accuracy, "area": Roc.of(cosine, truth).area}

    return judge


def import_lightcnn(checkpoint: Path, name: str, licence: str) -> ModelCard:
    """Add a checkpoint of LightCNN-29 by its authors, version 1 or 2, to the zoo."""
    network = read_lightcnn(checkpoint)
    dimensions = network(torch.zeros(1, 1, 128, 128)).shape[1]
    recipe = "lightcnn29" if network.version == 1 else "lightcnn29-v2"
    about = replace(Recipe.read(recipe).network, dimensions=dimensions)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.onnx"
        export(network, about.input_size, file)
        return _add(about, file, name, f"{about.name} from {checkpoint.name}", licence)


def _add(about: Network, file: Path, name: str, description: str, licence: str) -> ModelCard:
    return zoo.add(
        file,
        id=name,
        task="embedder",
        backend="onnx-embedder",
        licence=licence,
        description=description,
        alignment=about.alignment,
        channels="L" if about.grey else "RGB",
        mean=(about.mean,) * 3,
        scale=about.scale,
        output=f"{about.dimensions}-d embedding",
    )
