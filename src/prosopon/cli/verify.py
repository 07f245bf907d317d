"""prosopon verify: hold embedders against published lists of pairs; train embedders."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table, counted
from prosopon.verification.protocols import PROTOCOLS, Protocol

verify = typer.Typer(
    help="Same person or not: score embedders on a published list of pairs.",
    no_args_is_help=True,
)
app.add_typer(verify, name="verify")


def percent(value: float, digits: int = 2) -> str:
    """A share as a percentage; a dash where it is not known."""
    return "–" if value != value else f"{100 * value:.{digits}f}"


def _show(console: Console, result: Any) -> None:
    rates = list(next(iter(result.embedders.values())).true_accepts)
    table = Table(title=f"{result.protocol}, view {result.view} (%; faces by {result.detector})")
    table.add_column("embedder")
    for heading in (
        "accuracy",
        "± SEM",
        "95 % over people",
        "AUC",
        "EER",
        *(f"TAR at FAR {rate}" for rate in rates),
    ):
        table.add_column(heading, justify="right")
    table.add_column("pairs", justify="right")
    table.add_column("without face", justify="right")
    refused = any(scores.without_face for scores in result.embedders.values())
    if refused:
        table.add_column("accuracy, AUC without those", justify="right")
    for id, scores in result.embedders.items():
        spread = "–".join(percent(bound, 1) for bound in scores.accuracy_interval)
        first = (percent(scores.accuracy), percent(scores.standard_error), spread)
        values = (
            scores.area,
            scores.equal_error_rate,
            *scores.true_accepts.values(),
        )
        counts = (f"{scores.pairs:,}", f"{scores.without_face:,}")
        found = f"{percent(scores.accuracy_of_found)}, {percent(scores.area_of_found)}"
        table.add_row(id, *first, *map(percent, values), *counts, *([found] if refused else []))
    console.print(table)
    for remark in result.remarks:
        console.print(f"[yellow]{escape(remark)}[/yellow]")
    if result.published:
        rows = (
            f"{loss} {percent(of['accuracy'])}, {percent(of['area'])}"
            for loss, of in result.published.items()
        )
        console.print(
            f"published for SFNet-20 on VGGFace2 (accuracy, AUC; view 2): {'; '.join(rows)}"
        )
    for grouping in result.groupings:
        _show_groups(console, grouping)
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


def _show_groups(console: Console, grouping: Any) -> None:
    table = Table(title=f"{grouping.embedder} by {grouping.label} (%, with 95 % intervals)")
    table.add_column("group")
    for heading in ("pairs", "accuracy", "false accepts", "false rejects", "AUC"):
        table.add_column(heading, justify="right")
    for group in grouping.groups:
        table.add_row(
            group.group,
            f"{group.pairs:,}",
            _ranged(group.accuracy, group.accuracy_interval),
            _ranged(group.false_accepts, group.false_accepts_interval),
            _ranged(group.false_rejects, group.false_rejects_interval),
            percent(group.area),
        )
    console.print(table)
    for gap in grouping.gaps:
        console.print(
            f"largest gap in {gap.figure}: {gap.worse} worse than {gap.better} by "
            f"{_ranged(gap.difference, gap.interval)}"
        )


def _ranged(value: float, interval: tuple[float, float]) -> str:
    return f"{percent(value)} ({percent(interval[0], 1)} to {percent(interval[1], 1)})"


def _register(protocol: Protocol) -> None:
    views = ", ".join(map(str, protocol.lists))

    def run(
        call: Call,
        data: Path = typer.Option(help="The folder with the list and the pictures."),
        embedder: list[str] = typer.Option(
            ["dlib-resnet"], help="Card id of an embedder; may be repeated."
        ),
        pairs: list[Path] = typer.Option(
            [], help="The list of pairs, where it is not in its usual place."
        ),
        view: int = typer.Option(2, help=f"Which view: {views}."),
        detector: str = typer.Option(None, help="Card id of the face detector."),
        look: str = typer.Option(None, help="quick, normal or thorough."),
        score_threshold: float = typer.Option(None, help="Least detector score."),
        aligned: str = typer.Option(
            "", help="The pictures are cut to this template already, such as arcface-112."
        ),
        mirror: bool = typer.Option(False, "--mirror", help="Add each mirrored face's vector."),
        labels: Path = typer.Option(
            None, help="A CSV of what the pictures show; the first column names them."
        ),
        by: list[str] = typer.Option([], help="A column of --labels to group by; may be repeated."),
        output: Path = typer.Option(
            None, "--output", "-o", help="A folder for plots, the worst pairs and all values."
        ),
        keep: Path = typer.Option(None, help="A folder to keep vectors in, for the next time."),
    ) -> Any:
        from prosopon.studies.verify import Task
        from prosopon.studies.verify import verify as work

        settings = call.settings(
            detector=detector,
            look=look,
            score_threshold=score_threshold,
        )
        task = Task(protocol.name, data, pairs, view, aligned, mirror)
        return work(task, embedder, settings, labels=labels, by=by, output=output, keep=keep)

    run.__doc__ = (
        f"{protocol.title}.\n\nThresholds are chosen on the other folds only. With several "
        "embedders, faces are looked for once."
    )
    example = f"prosopon verify {protocol.name} --data {protocol.name}/ --embedder dlib-resnet"
    register: Callable[..., Any] = verb(verify, _show, name=protocol.name, example=example)
    register(run)


for _protocol in PROTOCOLS.values():
    _register(_protocol)


def _show_templates(console: Console, result: Any) -> None:
    table = Table(
        title=f"{counted(result.templates, 'template')} of "
        f"{counted(result.pictures, 'picture')} (%)"
    )
    first = next(iter(result.embedders.values()))
    table.add_column("embedder")
    headings = [f"TAR at FAR {rate}" for rate in first.true_accepts]
    if result.pairs:
        headings = ["AUC", "EER", *headings]
    if first.identified:
        headings += [f"rank {rank}" for rank in first.identified.ranks]
        headings += [f"TPIR at FPIR {rate}" for rate in first.identified.true_identifications]
    for heading in headings:
        table.add_column(heading, justify="right")
    for id, scores in result.embedders.items():
        values = [scores.area, scores.equal_error_rate] if result.pairs else []
        values += scores.true_accepts.values()
        if scores.identified:
            values += scores.identified.ranks.values()
            values += scores.identified.true_identifications.values()
        table.add_row(id, *map(percent, values))
    console.print(table)
    console.print(
        f"{counted(result.without_face, 'picture')} without a face; "
        f"{counted(result.empty, 'template')} without any, "
        "which count as refused"
    )
    for remark in result.remarks:
        console.print(f"[yellow]{escape(remark)}[/yellow]")
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


@verb(verify, _show_templates, example="prosopon verify templates --data IJBC/")
def templates(
    call: Call,
    data: Path = typer.Option(help="IJB-B, IJB-C or TinyFace, as its authors lay it out."),
    embedder: list[str] = typer.Option(
        ["dlib-resnet"], help="Card id of an embedder; may be repeated."
    ),
    detector: str = typer.Option(None, help="Card id of the face detector."),
    aligned: str = typer.Option("", help="The pictures are cut to this template already."),
    mirror: bool = typer.Option(False, "--mirror", help="Add each mirrored face's vector."),
    output: Path = typer.Option(None, "--output", "-o", help="A folder for the plots."),
    keep: Path = typer.Option(None, help="A folder to keep vectors in, for the next time."),
) -> Any:
    """Several pictures of a person as one: one to one (TAR at FAR), and one to many.

    One to many: the share of probes whose own subject is among the nearest of the gallery, and
    TPIR at FPIR: who is found while so many strangers would be taken for somebody.
    """
    from prosopon.studies.templates import verify_templates

    settings = call.settings(detector=detector)
    return verify_templates(
        data, embedder, settings, aligned=aligned, mirror=mirror, output=output, keep=keep
    )


def _show_trained(console: Console, result: Any) -> None:
    figures = ", ".join(f"{name} {value:.4g}" for name, value in result.figures.items())
    console.print(
        f"trained on {counted(result.pictures, 'picture')} of {result.people:,} people "
        f"({result.without_face:,} without a face, {result.held_out_people:,} people held out)"
    )
    console.print(f"last epoch: {figures}")
    if result.model:
        console.print(f"added to the zoo: prosopon index --embedder {result.model}")
    console.print(f"written: {result.folder}", soft_wrap=True)


@verb(
    verify,
    _show_trained,
    example="prosopon verify train sfnet20-cosface --data vggface2/train -o cosface --name mine",
)
def train(
    call: Call,
    recipe: str = typer.Argument(help="A recipe's TOML file, or the name of one that comes along."),
    data: Path = typer.Option(help="A folder for each person, or CelebA's form."),
    output: Path = typer.Option(..., "--output", "-o", help="A folder for weights and curves."),
    split: str = typer.Option("", help="The part of CelebA's splits to train on."),
    name: str = typer.Option("", help="Add the embedder to the zoo under this card id."),
    keep: Path = typer.Option(None, help="A folder for cut faces, to share among recipes."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
    workers: int = typer.Option(None, help="Threads."),
    devices: int = typer.Option(None, help="GPUs to train on, or processes without one."),
) -> Any:
    """Train an embedder. An interrupted training goes on where it stopped.

    Every tenth person is held out, and each epoch is judged by pairs of them.
    """
    from prosopon.optional import require

    require("torch", extra="train")
    from prosopon.studies.train_embedder import train as work
    from prosopon.verification.tasks import Recipe

    settings = call.settings(detector=detector, workers=workers, devices=devices)
    return work(Recipe.read(recipe), data, output, settings, split=split, name=name, keep=keep)


def _show_added(console: Console, result: Any) -> None:
    console.print(f"added to the zoo: {result.id}, {result.output} ({result.description})")


@verb(
    verify,
    _show_added,
    name="lightcnn",
    example="prosopon verify lightcnn LightCNN_29Layers_V2_checkpoint.pth.tar --name lightcnn29-v2",
)
def lightcnn(
    call: Call,
    checkpoint: Path = typer.Argument(help="LightCNN-29, version 1 or 2, as its authors publish."),
    name: str = typer.Option(help="Card id in the zoo."),
    licence: str = typer.Option("not stated by its authors", help="The weights' terms."),
) -> Any:
    """Add the authors' weights of LightCNN-29 to the zoo.

    Only tensors are read from the checkpoint, never code. Needs PyTorch.
    """
    from prosopon.optional import require

    require("torch", extra="train")
    from prosopon.studies.train_embedder import import_lightcnn

    return import_lightcnn(checkpoint, name, licence)
