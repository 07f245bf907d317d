"""prosopon explain: train, model, embedder, sweep, draw."""

from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table
from prosopon.cli.verify import percent
from prosopon.errors import UsageError

explain = typer.Typer(help="Which parts of a face a classifier looks at.", no_args_is_help=True)
app.add_typer(explain, name="explain")

Fill = Literal["black", "mean", "skin", "blur"]
Output = Literal["sigmoid", "softmax", "probability"]
Figure = Literal["accuracy", "balanced_accuracy", "precision", "recall", "f1", "stability"]

_DATA = typer.Argument(help="Labelled pictures, in the form of CelebA, LFWA or UMD-AED.")
_OUTPUT = typer.Option(
    ..., "--output", "-o", help="A folder for the page, the tables and what is done already."
)
_FILL = typer.Option("black", help="What stands where it is hidden.")
_FIGURE = typer.Option("accuracy", help="The figure p of q = |p − pₘ|.")
_SPLIT = typer.Option("", help="Only this partition: train, val or test.")
_MOST = typer.Option(0, min=0, help="So many pictures, drawn at random; 0: all.")
_FOLDS = typer.Option(5, min=2, help="Parts of the data, with nobody in two of them.")
_LABEL = typer.Option(["Male"], help="An attribute; may be repeated.")
_RECIPE = typer.Option(
    "small-32",
    help="quick-32, small-32, mobilenet-224, resnet50-32, resnet50-224, or a .toml file.",
)
_WEIGHTS = typer.Option("", help="ImageNet weights for mobilenet_v2 (.npz).")


def _show(console: Console, result: Any) -> None:
    table = Table(title="regions by what hiding them costs, in points; and by what they tell alone")
    for heading in ("classifier", "label", "faces", "whole, %", "hidden", "alone"):
        table.add_column(heading)
    for row in result.studies:
        costs = ", ".join(
            f"{region} {100 * cost:.1f}" for region, cost in zip(row.order, row.costs, strict=True)
        )
        whole, count = percent(row.figure, 1), f"{row.faces:,}"
        table.add_row(row.classifier, row.label, count, whole, costs, ", ".join(row.alone))
    console.print(table)
    for remark in result.remarks:
        console.print(remark)
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


@verb(
    explain,
    _show,
    example="prosopon explain train celeba/ --label Male --recipe small-32 -o looks/",
)
def train(
    call: Call,
    data: Path = _DATA,
    label: list[str] = _LABEL,
    recipe: str = _RECIPE,
    output: Path = _OUTPUT,
    folds: int = _FOLDS,
    fill: Fill = _FILL,
    figure: Figure = _FIGURE,
    alone: bool = typer.Option(True, help="Train on each region alone, too."),
    asked: int = typer.Option(0, min=0, help="Faces that are hidden in all ways; 0: all."),
    weights: str = _WEIGHTS,
    split: str = _SPLIT,
    most: int = _MOST,
) -> Any:
    """Train classifiers on whole faces and on single regions, and see what hiding parts costs.

    Studies in one folder share a page. An interrupted study goes on where it stopped. Needs
    PyTorch, which the extra `train` brings.
    """
    from prosopon.studies.explain.study import Source
    from prosopon.studies.explain.study import train as work

    return work(
        Source(data, split, most),
        recipe,
        label,
        output,
        call.settings(),
        folds=folds,
        fill=fill,
        alone=alone,
        asked=asked,
        weights=weights,
        figure=figure,
    )


@verb(
    explain,
    _show,
    example="prosopon explain model attributes-head celeba/ --label Smiling --most 500 -o looks/",
)
def model(
    call: Call,
    classifier: str = typer.Argument(help="An attribute model, or an .onnx file."),
    data: Path = _DATA,
    label: list[str] = typer.Option([], help="An attribute; may be repeated. Default: all."),
    output: Path = _OUTPUT,
    folds: int = _FOLDS,
    fill: Fill = _FILL,
    figure: Figure = _FIGURE,
    split: str = _SPLIT,
    most: int = _MOST,
    output_kind: Output = typer.Option("softmax", help="Of an .onnx file: what its outputs are."),
    column: int = typer.Option(1, min=0, help="Of an .onnx file: which output says yes."),
    channels: str = typer.Option("RGB", help="Of an .onnx file: RGB, BGR or L."),
    mean: float = typer.Option(127.5, help="Of an .onnx file: input is (pixel − mean) / scale."),
    scale: float = typer.Option(127.5, help="Of an .onnx file."),
    padding: float = typer.Option(0.5, help="Of an .onnx file: margin around the face."),
) -> Any:
    """See what a finished classifier looks at: an attribute model, or any ONNX network."""
    from prosopon.studies.explain.classifiers import OnnxFile, attribute_model, onnx_classifier
    from prosopon.studies.explain.study import Source, examine

    settings = call.settings()
    if classifier.endswith(".onnx"):
        if len(label) != 1:
            raise UsageError("name the one attribute that the .onnx file tells, with --label")
        about = OnnxFile(
            Path(classifier), label[0], output_kind, column, channels, mean, scale, padding
        )
        given = onnx_classifier(about)
    else:
        given = attribute_model(classifier)
    return examine(
        Source(data, split, most),
        given,
        label,
        output,
        settings,
        folds=folds,
        fill=fill,
        figure=figure,
    )


@verb(explain, _show, example="prosopon explain embedder lfw/ --most 500 -o looks/")
def embedder(
    call: Call,
    data: Path = typer.Argument(help="People: a folder for each, or CelebA's form."),
    name: str = typer.Option(None, "--embedder", help="Card id of the embedder."),
    output: Path = _OUTPUT,
    folds: int = _FOLDS,
    fill: Fill = _FILL,
    figure: Figure = _FIGURE,
    split: str = _SPLIT,
    most: int = _MOST,
) -> Any:
    """See by what an embedder tells people apart: one picture of each pair is hidden in parts."""
    from prosopon.studies.explain.study import Source, examine_embedder

    settings = call.settings(embedder=name)
    return examine_embedder(
        Source(data, split, most),
        settings.embedder,
        output,
        settings,
        folds=folds,
        fill=fill,
        figure=figure,
    )


def _show_trials(console: Console, result: Any) -> None:
    table = Table(title="the best schedules")
    for heading in result.trials[0]:
        table.add_column(heading.replace("_", " "), justify="right")
    for row in result.trials[:10]:
        table.add_row(
            *(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row.values())
        )
    console.print(table)
    console.print(f"written: {result.recipe}", soft_wrap=True)


@verb(
    explain,
    _show_trials,
    example="prosopon explain sweep celeba/ --split val --recipe small-32 --trials 20 -o sweep/",
)
def sweep(
    call: Call,
    data: Path = _DATA,
    label: list[str] = _LABEL,
    recipe: str = _RECIPE,
    output: Path = _OUTPUT,
    trials: int = typer.Option(20, min=1, help="Schedules to try, with those tried before."),
    weights: str = _WEIGHTS,
    split: str = _SPLIT,
    most: int = _MOST,
) -> Any:
    """Look for a better schedule with Optuna, and write it as a recipe for explain train.

    Use other people than in the study afterwards. An interrupted sweep goes on.
    """
    from prosopon.studies.explain.parameter_sweep import sweep as work
    from prosopon.studies.explain.study import Source

    return work(
        Source(data, split, most),
        recipe,
        label,
        output,
        call.settings(),
        trials=trials,
        weights=weights,
    )


def _show_names(console: Console, result: Any) -> None:
    for number, name in enumerate(result["names"]):
        console.print(f"{number:3} {name}")
    console.print(f"written: {result['file']}", soft_wrap=True)


@verb(explain, _show_names, example="prosopon explain draw portrait.jpg -o sheet.png")
def draw(
    call: Call,
    photo: Path = typer.Argument(help="A photograph with a face."),
    output: Path = typer.Option(..., "--output", "-o", help="The picture to write (.png)."),
    fill: Fill = _FILL,
) -> Any:
    """Draw one face under every occlusion, in rows of twelve, and name them in that order."""
    from prosopon.studies.explain.study import draw as work

    names = work(photo, output, call.settings(), fill)
    return {"file": output, "names": names}
