"""Train and evaluate attribute networks on labelled pictures, and draw weak segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosopon import attributes, summaries, zoo
from prosopon.attributes import NAMES, ChipAttributes
from prosopon.attributes.segments import PICTURE_SIZE, base_segments, draw_segments
from prosopon.collection.attribute_worker import load_model
from prosopon.collection.attributes import DEFAULT
from prosopon.config import Settings
from prosopon.datasets.attributes import AttributeData, read_dataset
from prosopon.datasets.learnt import marks, warning
from prosopon.errors import UsageError
from prosopon.files import write_bytes, write_table
from prosopon.metrics.classification import attribute_table
from prosopon.metrics.published import table
from prosopon.records import ModelCard
from prosopon.studies.attributes.labelled import Cut, cut_faces

_CARD: dict[str, Any] = {
    "task": "attributes",
    "backend": "onnx-attributes",
    "licence": "that of the photographs it was trained on",
    "mean": (127.5, 127.5, 127.5),
    "scale": 127.5,
}
"""What the cards of all trained networks say."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave."""

    folder: Path
    train: int
    val: int
    without_face: int
    remarks: list[str]
    figures: dict[str, float]
    """Of the best epoch."""
    model: str
    """Card id in the zoo; empty if it was not added."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Figures of several models on several test sets."""

    tables: dict[str, list[dict[str, Any]]]
    """`model on data` → a row an attribute, and `mean`."""
    gains: list[dict[str, Any]]
    """What each further model gains in accuracy over the first: a row an attribute and `mean`, a
    column for `model on data`. Empty for a single model."""
    remarks: list[str]
    files: list[Path]


def train(
    recipe_name: str,
    data_folder: Path,
    output: Path,
    settings: Settings,
    *,
    only: Sequence[str] = (),
    weights: str = "",
    name: str = "",
    keep: Path | None = None,
) -> Trained:
    """Train by a recipe on the partition `train`, judged on `val`; go on where an earlier run in
    `output` stopped. With `name` the network is added to the zoo, for `attributes predict`.

    only : the attributes to learn, instead of the recipe's.
    weights : ImageNet weights for the recipe's backbone.
    keep : a folder that keeps where the faces are; by default `output`.

    Raises UsageError where recipe and data do not fit, Diverged where the loss is no number.
    """
    from prosopon.attributes.recipes import load_recipe
    from prosopon.attributes.tasks import Samples, export_network, make_task
    from prosopon.training import fit_on, load_weights, use_threads

    recipe = load_recipe(recipe_name)
    if only:
        recipe = replace(recipe, attributes=tuple(only))
    if weights:
        if recipe.backbone is None:
            raise UsageError("--weights: only for recipes with a backbone")
        recipe = replace(recipe, backbone=replace(recipe.backbone, weights=weights))
    template = recipe.crop.template()
    if recipe.parsing is not None and template.size != PICTURE_SIZE:
        raise UsageError(f"crop: AttParseNet takes pictures of {PICTURE_SIZE}, not {template.size}")
    parts = {}
    for split in ("train", "val"):
        data = read_dataset(data_folder).split(split).only(recipe.attributes)
        parts[split] = cut_faces(data, template, keep or output, settings)
    wants_segments = recipe.parsing is not None and recipe.parsing.segments
    samples = {
        split: Samples(part.chips, part.data.labels, _segments(part) if wants_segments else None)
        for split, part in parts.items()
    }
    use_threads(settings.workers)
    task = make_task(recipe, samples["train"], samples["val"])
    fit_on(settings.devices, task, task.data, recipe.schedule, output)
    best, facts = load_weights(output / "model.safetensors")
    task.network.load_state_dict(best)
    export_network(task, output / "model.onnx", template)
    if name:
        about = f"trained by the recipe {recipe_name} on {data_folder.name}"
        learnt = marks(_people(read_dataset(data_folder).split("train")))
        fields = {"description": about, "learnt_people": learnt, **_CARD}
        zoo.add(output / "model.onnx", id=name, **fields)
    return Trained(
        output,
        len(samples["train"]),
        len(samples["val"]),
        sum(part.without_face for part in parts.values()),
        list(parts["train"].data.remarks),
        facts["figures"],
        name,
    )


def evaluate(
    models: Sequence[str],
    data_folders: Sequence[Path],
    settings: Settings,
    *,
    split: str = "",
    output: Path | None = None,
    keep: Path | None = None,
) -> Evaluated:
    """Figures of each model (card id, or the .onnx of a training) on each labelled data set.

    split : the partition to judge on; empty: all pictures.
    keep : a folder that keeps where the faces are.

    Raises UsageError where a data set has labels for none of a model's attributes.
    """
    published = table("transfer-attributes")
    tables: dict[str, list[dict[str, Any]]] = {}
    gains: dict[str, dict[str, Any]] = {}
    remarks: list[str] = []
    for folder in data_folders:
        everything = read_dataset(folder)
        data = everything.split(split) if split else everything
        remarks += [f"{folder.name}: {remark}" for remark in data.remarks]
        first: dict[str, float] = {}
        for name in models or [DEFAULT]:
            model = _model(name)
            shared = [each for each in model.attributes if each in data.attributes]
            if not shared:
                raise UsageError(f"{folder}: has labels for none of the attributes of {model.id}")
            part = cut_faces(data.only(shared), model.template, keep, settings)
            columns = [model.attributes.index(each) for each in shared]
            values = model.predict(part.chips)[:, columns]
            rows = attribute_table(shared, part.data.labels, values)
            leant = attribute_table(shared, part.data.labels, values, model.thresholds[columns])
            for row, other in zip(rows, leant, strict=True):
                for network in published.columns:
                    if row["attribute"] in published.rows:
                        row[f"published_{network}"] = published[str(row["attribute"]), network]
                row["accuracy_at_threshold"] = other["accuracy"]
                row["balanced_accuracy_at_threshold"] = other["balanced_accuracy"]
            if warned := _warning(name, model.id, data):
                remarks.append(f"{folder.name}: {warned}")
            title = f"{model.id} on {folder.name}"
            tables[title] = rows
            accuracies = {str(row["attribute"]): float(row["accuracy"]) for row in rows}
            for attribute in accuracies.keys() & first.keys():
                row = gains.setdefault(attribute, {"attribute": attribute})
                row[title] = accuracies[attribute] - first[attribute]
            first = first or accuracies
    gained = [gains[name] for name in (*NAMES, "mean") if name in gains]
    files: list[Path] = []
    if output is not None:
        improvement = {"improvement": gained} if gained else {}
        files = _write_tables(tables | improvement, output)
    return Evaluated(tables, gained, remarks, files)


def segments(
    data_folder: Path,
    output: Path,
    settings: Settings,
    *,
    split: str = "",
    draw: int = 12,
    keep: Path | None = None,
) -> list[Path]:
    """Write the base segments of every picture, packed to bits, with the names that belong to
    them, and draw them over the first faces.

    keep : a folder that keeps where the faces are.
    """
    from prosopon.attributes.recipes import load_recipe

    data = read_dataset(data_folder)
    template = load_recipe("attparsenet").crop.template()
    part = cut_faces(data.split(split) if split else data, template, keep, settings)
    masks = _segments(part)
    output.mkdir(parents=True, exist_ok=True)
    files = [output / "segments.npz", output / "segments.png"]
    names = [str(path.relative_to(data_folder)) for path in part.data.pictures]
    np.savez_compressed(
        files[0],
        pictures=np.array(names),
        segments=np.packbits(masks, axis=-1),
        shape=np.array(masks.shape),
        labels=part.data.labels,
        attributes=np.array(part.data.attributes),
    )
    drawn = [
        draw_segments(chip, base) for chip, base in zip(part.chips, masks[:draw], strict=False)
    ]
    sheet = summaries.contact_sheet(np.stack(drawn), columns=6, cell=PICTURE_SIZE[0])
    write_bytes(files[1], sheet)
    return files


def _people(data: AttributeData) -> list[tuple[str, Path]]:
    return list(zip(data.identities.tolist(), data.pictures, strict=True))


def _warning(name: str, id: str, data: AttributeData) -> str:
    """Where the model's card says that it has learnt from some of these people."""
    card = zoo.cards().get(name)
    return warning(id, card.learnt_people, _people(data)) if card else ""


def _segments(part: Cut) -> NDArray[np.bool_]:
    return np.stack([base_segments(points) for points in part.landmarks])


def _model(name: str) -> ChipAttributes:
    """A card id, or the .onnx that a training left."""
    path = Path(name)
    if path.suffix != ".onnx":
        return load_model(name)
    if not path.is_file():
        raise UsageError(f"{path}: no such network")
    card = ModelCard(id=path.parent.name, sha256="", source=f"file:{path.name}", **_CARD)
    return attributes.load(zoo.Model(card, {"": path}), zoo.load)


def _write_tables(tables: Mapping[str, list[dict[str, Any]]], output: Path) -> list[Path]:
    files = []
    for title, rows in tables.items():
        path = output / f"{title.replace(' ', '-').replace('/', '-')}.csv"
        write_table(path, rows)
        files.append(path)
    return files
