"""Train an embedder on pictures of people, and hand it to the zoo."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from prosopon import zoo
from prosopon.config import Settings
from prosopon.datasets import read_identities
from prosopon.datasets.learnt import marks
from prosopon.errors import ProsoponError
from prosopon.records import ModelCard, UInt8
from prosopon.studies.models import aligned_faces
from prosopon.training import fit_on, load_weights, use_threads
from prosopon.training.history import Row
from prosopon.training.onnx_export import export
from prosopon.verification.judging import pair_judge
from prosopon.verification.networks import read_lightcnn
from prosopon.verification.tasks import Chips, EmbedderTask, Network, Recipe, batches


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

    Every tenth person is held out to judge by. Where the faces are is kept in `keep` (by default
    `output`), so that several recipes can share it. With `name` the embedder is added to the zoo
    and can be used everywhere from then on. Raises Diverged where the loss is no number any more.
    """
    people_of = read_identities(data, split, recipe.least_pictures)
    output.mkdir(parents=True, exist_ok=True)
    files = [(person, file) for person, of in people_of.items() for file in of]
    portraits = aligned_faces([file for _, file in files], settings, keep or output)
    seen = np.flatnonzero(portraits.found)
    if not len(seen):
        raise ProsoponError("no face was found in any of the pictures; try another detector")
    chips, people = portraits.chips(recipe.network.template()), [files[row][0] for row in seen]
    names = sorted(set(people))
    held_out = {person for place, person in enumerate(names) if place % 10 == 9}
    inside = np.array([person not in held_out for person in people])
    numbers = {person: number for number, person in enumerate(sorted(set(names) - held_out))}
    identities = np.array([numbers[person] for person in people if person in numbers], np.int64)
    of_held_out = [person for person in people if person in held_out]
    judge = pair_judge(_inner(chips[~inside], recipe), of_held_out) if held_out else None
    task = EmbedderTask(recipe, len(numbers), judge)
    if recipe.network.weights:
        task.network.load_state_dict(load_weights(Path(recipe.network.weights))[0])
    use_threads(settings.workers)
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
        learnt_from = marks((person, file) for person, file in files if person in numbers)
        made_of = f"{made_of} of {data.name}"
        _add(recipe.network, output / "model.onnx", name, made_of, licence, learnt_from)
    return Trained(
        output,
        len(numbers),
        int(inside.sum()),
        len(files) - len(chips),
        len(held_out),
        rows[-1],
        name,
    )


def _inner(chips: UInt8, recipe: Recipe) -> UInt8:
    """The middle of training chips, as the embedder will see faces."""
    margin = recipe.network.margin
    return chips[:, margin:-margin, margin:-margin] if margin else chips


def import_lightcnn(checkpoint: Path, name: str, licence: str) -> ModelCard:
    """Add a checkpoint of LightCNN-29 by its authors, version 1 or 2, to the zoo."""
    network = read_lightcnn(checkpoint)
    recipe = "lightcnn29" if network.version == 1 else "lightcnn29-v2"
    about = replace(Recipe.read(recipe).network, dimensions=network.dimensions)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.onnx"
        export(network, about.input_size, file)
        return _add(about, file, name, f"{about.name} from {checkpoint.name}", licence)


def _add(
    about: Network, file: Path, name: str, description: str, licence: str, people: str = ""
) -> ModelCard:
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
        learnt_people=people,
    )
