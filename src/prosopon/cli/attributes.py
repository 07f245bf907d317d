"""prosopon attributes: predict, train, evaluate, segments, cluster."""

import math
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table, counted
from prosopon.cli.verify import percent
from prosopon.errors import UsageError

attributes = typer.Typer(
    help="Facial attributes: predict, train, group, sum up.", no_args_is_help=True
)
app.add_typer(attributes, name="attributes")


def _show_predicted(console: Console, result: Any) -> None:
    console.print(
        f"[bold]{counted(result.faces, 'face')}[/bold] in "
        f"{counted(result.photos, 'photograph')} given "
        f"{len(result.attributes)} attributes by {result.model}; {result.known:,} had them already"
    )
    for path, reason in result.failures.items():
        console.print(f"{path}: {reason}", soft_wrap=True)
    console.print(
        "Attributes describe how a face looks in a picture. Some are opinions of those who "
        "labelled the training pictures: see docs/attributes.md"
    )


@verb(attributes, _show_predicted, example="prosopon attributes predict -c family.prosopon")
def predict(
    call: Call,
    model: str = typer.Option("attributes-head", help="An attribute model; see prosopon models."),
    without: str = typer.Option(
        "", help="Attributes that are not to be kept, separated by commas: attractive, young."
    ),
    again: bool = typer.Option(False, "--again", help="Look at all faces anew."),
) -> Any:
    """Give every face the probabilities of 40 attributes.

    Only faces that have none yet are looked at. Search them with prosopon find.
    """
    with call.open() as collection:
        return collection.attributes.predict(model, without=_words(without), again=again)


def _show_trained(console: Console, result: Any) -> None:
    figures = ", ".join(f"{name} {value:.4g}" for name, value in result.figures.items())
    console.print(
        f"trained on {counted(result.train, 'face')}, judged on {result.val:,} "
        f"({counted(result.without_face, 'picture')} without a face); the best epoch: {figures}"
    )
    for remark in result.remarks:
        console.print(remark)
    console.print(f"written: {result.folder}", soft_wrap=True)
    if result.model:
        console.print(f"use it:  prosopon attributes predict --model {result.model}")


@verb(
    attributes,
    _show_trained,
    example="prosopon attributes train attparsenet --data celeba/ --output runs/parse",
)
def train(
    call: Call,
    recipe: str = typer.Argument(
        help="mobilenet-v2, attparsenet, attparsenet-baseline, or a .toml file."
    ),
    data: Path = typer.Option(help="Labelled pictures with partitions train and val."),
    output: Path = typer.Option(..., "--output", "-o", help="Weights, curves and state."),
    only: str = typer.Option("", help="Attributes to learn, separated by commas."),
    weights: str = typer.Option("", help="ImageNet weights for the backbone (.npz)."),
    name: str = typer.Option("", help="Add the network to the models under this name."),
    keep: Path = typer.Option(None, help="A folder to keep in where faces are, for other runs."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
    devices: int = typer.Option(None, help="GPUs to train on, or processes without one."),
) -> Any:
    """Train an attribute network. An interrupted training goes on where it stopped.

    Data in the form of CelebA, LFWA or UMD-AED, or an album of prosopon synthesise. Needs PyTorch:
    pip install 'prosopon-archive\\[train]'.
    """
    from prosopon.studies.attributes.learn import train as workflow

    return workflow(
        recipe,
        data,
        output,
        call.settings(detector=detector, devices=devices),
        only=_words(only),
        weights=weights,
        name=name,
        keep=keep,
    )


def _show_evaluated(console: Console, result: Any) -> None:
    for title, rows in result.tables.items():
        table = Table(title=f"{title} (%)")
        table.add_column("attribute")
        for heading in ("majority", "accuracy", "balanced", "F1", "ECE", "leaning", "paper"):
            table.add_column(heading, justify="right")
        for row in rows:
            figures = ("majority", "accuracy", "balanced_accuracy", "f1", "calibration_error")
            leant = ("accuracy_at_threshold", "balanced_accuracy_at_threshold")
            table.add_row(
                str(row["attribute"]).replace("_", " "),
                *(percent(row[name], 1) for name in figures),
                "/".join(percent(row[name], 1) for name in leant),
                percent(row.get("published_MobileNetV2", math.nan), 0),
            )
        console.print(table)
    if result.gains:
        titles = list(result.gains[-1])[1:]
        table = Table(title="accuracy gained over the first model (percentage points)")
        for heading in ("attribute", *titles):
            table.add_column(heading, justify="left" if heading == "attribute" else "right")
        for row in result.gains:
            name = row["attribute"].replace("_", " ")
            gained = [f"{100 * row[t]:+.1f}" if t in row else "–" for t in titles]
            table.add_row(name, *gained)
        console.print(table)
    for line in result.remarks:
        console.print(line)
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


@verb(
    attributes,
    _show_evaluated,
    example="prosopon attributes evaluate --data celeba/ --split val -o figures",
)
def evaluate(
    call: Call,
    data: list[Path] = typer.Option(help="Labelled pictures; may be repeated."),
    model: list[str] = typer.Option(
        ["attributes-head"], help="A model, or the .onnx of a training; may be repeated."
    ),
    split: str = typer.Option("", help="Only this partition: train, val or test."),
    output: Path = typer.Option(None, "--output", "-o", help="Write tables into this folder."),
    keep: Path = typer.Option(None, help="A folder to keep in where faces are, for other runs."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
) -> Any:
    """Figures per attribute on labelled pictures, for several models and data sets.

    At probability 0.5; and accuracy / balanced accuracy at the thresholds from which the model
    calls an attribute present (leaning). Several models: what each gains over the first. The
    tables that --output writes have precision, recall and counts. Paper: MobileNetV2's accuracy on
    all of CelebA (Anzalone and others 2019).
    """
    from prosopon.studies.attributes.learn import evaluate as workflow

    settings = call.settings(detector=detector)
    return workflow(model, data, settings, split=split, output=output, keep=keep)


def _show_files(console: Console, result: Any) -> None:
    for file in result:
        console.print(f"written: {file}", soft_wrap=True)


@verb(attributes, _show_files, example="prosopon attributes segments --data celeba/ -o segments")
def segments(
    call: Call,
    data: Path = typer.Option(help="Labelled pictures."),
    output: Path = typer.Option(..., "--output", "-o", help="The folder to write to."),
    split: str = typer.Option("", help="Only this partition."),
    draw: int = typer.Option(12, min=1, help="Faces to draw them on."),
    keep: Path = typer.Option(None, help="A folder to keep in where faces are, for other runs."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
) -> Any:
    """Write the weak segments of labelled pictures: ten regions of each face, from 68 landmarks."""
    from prosopon.studies.attributes.learn import segments as workflow

    settings = call.settings(detector=detector)
    return workflow(data, output, settings, split=split, draw=draw, keep=keep)


def _show_grouped(console: Console, result: Any) -> None:
    console.print(
        f"{counted(result.faces, 'face')} in "
        f"[bold]{counted(len(result.groups), 'group')}[/bold] by {result.method}, "
        f"{result.in_no_group:,} in none; mean silhouette {_figure(result.silhouette)}"
    )
    table = Table()
    table.add_column("group", justify="right")
    table.add_column("faces", justify="right")
    table.add_column("sets it apart")
    for group in result.groups[:20]:
        words = ", ".join(group.distinctive[:5]).replace("_", " ")
        table.add_row(str(group.label), f"{group.faces:,}", words)
    console.print(table)
    best = {row["method"]: row for row in sorted(result.study, key=lambda row: row["silhouette"])}
    for method, row in best.items():
        console.print(f"best of {method}: {row['k']} groups, {_figure(row['silhouette'])}")
    equal = _figure(result.equal_vectors)
    published = ", ".join(f"{method} {of:.2f}" for method, of in result.published.items())
    console.print(f"faces with equal labels taken for a group each: {equal}")
    console.print(f"published for all of CelebA: {published}")
    _show_files(console, result.files)


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


@verb(
    attributes,
    _show_grouped,
    example="prosopon attributes cluster --clusters 16 --weights rare --study 2:50 -o groups",
)
def cluster(
    call: Call,
    method: str = typer.Option("k-means", help="k-means, agglomerative or dbscan."),
    clusters: int = typer.Option(16, min=1, help="How many groups; dbscan finds its own number."),
    only: str = typer.Option("", help="Attributes to group by, separated by commas."),
    weights: str = typer.Option(
        "even", help="even, common, rare, or a number for each attribute, separated by commas."
    ),
    values: str = typer.Option("probabilities", help="probabilities, or labels (yes and no)."),
    linkage: str = typer.Option(
        "average", help="Of agglomerative: ward, complete, average, single."
    ),
    metric: str = typer.Option("euclidean", help="Of agglomerative: euclidean, manhattan, cosine."),
    eps: float = typer.Option(
        None, help="Of dbscan; by default the median distance to the nearest face --min-samples."
    ),
    min_samples: int = typer.Option(3, min=1, help="Of dbscan."),
    study: str = typer.Option("", metavar="FROM:TO", help="Compare all methods for these numbers."),
    output: Path = typer.Option(None, "--output", "-o", help="Write a page and tables there."),
) -> Any:
    """Group the faces by attribute, and sum up each group."""
    from prosopon.studies.attributes.group import Grouping
    from prosopon.studies.attributes.group import group as workflow

    wanted = Grouping(
        method=_one_of(method, "--method", "k-means", "agglomerative", "dbscan"),
        clusters=clusters,
        linkage=_one_of(linkage, "--linkage", "ward", "complete", "average", "single"),
        metric=_one_of(metric, "--metric", "euclidean", "manhattan", "cosine", "l1", "l2"),
        eps=eps,
        min_samples=min_samples,
        attributes=_words(only),
        weights=_weights(weights),
        values=_one_of(values, "--values", "probabilities", "labels"),
        study=_range(study),
    )
    with call.open() as collection:
        return workflow(collection, wanted, output)


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in text.split(","))))


def _one_of(value: str, flag: str, *known: str) -> Any:
    if value not in known:
        raise UsageError(f"{flag}: expected {', '.join(known)}, got {value!r}")
    return value


def _weights(text: str) -> Any:
    if text in ("even", "common", "rare"):
        return text
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--weights: expected even, common, rare or numbers, got {text!r}"
        ) from error


def _range(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit() and 2 <= int(first) <= int(last)):
        raise UsageError(f"--study: expected two numbers from 2 up, such as 2:50, got {text!r}")
    return int(first), int(last)
