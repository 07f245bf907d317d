"""prosopon benchmark: build verification benchmarks, and look into what they measure."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table, counted
from prosopon.cli.verify import percent
from prosopon.errors import UsageError

benchmark = typer.Typer(
    help="Build a verification benchmark; find look-alikes; face or picture?", no_args_is_help=True
)
app.add_typer(benchmark, name="benchmark")


def _show_built(console: Console, result: Any) -> None:
    for name, count in result.counts.items():
        console.print(f"{name}: {count:,}")
    for name, made in result.protocols.items():
        spread, share = made.contribution, made.shares
        console.print(
            f"[bold]{name}[/bold]: {counted(made.pairs, 'pair')} of {made.people:,} people in "
            f"{len(made.pairs_by_split)} splits; each person in {spread['least']:.0f} to "
            f"{spread['most']:.0f} of them (mean {spread['mean']:.1f}, deviation "
            f"{spread['deviation']:.1f}), {share['least']:.1%} to {share['most']:.1%} of a split"
        )
    for problem in result.problems:
        console.print(f"[yellow]{escape(problem)}[/yellow]")
    console.print(
        f"pictures were compared by {result.picture_model}; look at near_duplicates.html, write "
        "verdicts into near_duplicates.csv, and build again"
    )
    console.print(f"written: {result.folder}", soft_wrap=True)


@verb(
    benchmark,
    _show_built,
    example="prosopon benchmark build --data people/ --look-alikes pairs.csv -o mybenchmark",
)
def build(
    call: Call,
    data: Path = typer.Option(help="A folder for each person, or CelebA's form."),
    look_alikes: Path = typer.Option(help="A CSV with a heading and two names on each line."),
    output: Path = typer.Option(..., "--output", "-o", help="The benchmark's folder."),
    labels: Path = typer.Option(None, help="A CSV: person, then labels to balance by."),
    picture_weights: Path = typer.Option(
        None, help="MobileNetV2 weights (.npz) to compare pictures by; without, DINOv2."
    ),
    splits: int = typer.Option(10, help="How many; nobody is in two."),
    combinations: int = typer.Option(500, help="Of pictures, at most, for a pair or a person."),
    pairs: int = typer.Option(7000, help="Of each kind in a split, at most."),
    vise_pairs: int = typer.Option(1750, help="The same of the ViSE protocol."),
    split: str = typer.Option("", help="The part of CelebA's splits to build from."),
    title: str = typer.Option("A verification benchmark", help="For the data sheet."),
    terms: str = typer.Option(
        "Not stated: ask whoever built this before passing it on.", help="For the data sheet."
    ),
    seed: int = typer.Option(0, help="The same seed gives the same benchmark."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
    workers: int = typer.Option(None, help="Threads."),
) -> Any:
    """Build a benchmark the way DoppelVer was built.

    Pictures without a face and duplicates go; near-duplicates are for you to judge. The
    Doppelganger and the ViSE protocol are written in DoppelVer's form, with a data sheet:
    prosopon verify doppelganger --data mybenchmark.
    """
    from prosopon.studies.benchmark import Plan
    from prosopon.studies.benchmark import build as work
    from prosopon.verification.building.sampling import Sizes

    plan = Plan(
        data=data,
        look_alikes=look_alikes,
        output=output,
        labels=labels,
        picture_weights=picture_weights,
        title=title,
        terms=terms,
        sizes=Sizes(splits, combinations, pairs, vise_pairs),
        seed=seed,
        split=split,
    )
    return work(plan, call.settings(detector=detector, workers=workers))


def _show_look_alikes(console: Console, result: Any) -> None:
    table = Table(title=f"look-alikes among {result.people:,} people")
    for heading in ("one", "other"):
        table.add_column(heading)
    for heading in ("people", "closest pictures"):
        table.add_column(heading, justify="right")
    for pair in result.pairs[:20]:
        table.add_row(
            escape(pair.one), escape(pair.other), f"{pair.similarity:.3f}", f"{pair.closest:.3f}"
        )
    console.print(table)
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


@verb(
    benchmark,
    _show_look_alikes,
    example="prosopon benchmark look-alikes --collection archive.prosopon -o look-alikes",
)
def look_alikes(
    call: Call,
    data: Path | None = typer.Option(
        None, help="A folder for each person, instead of the collection."
    ),
    most: int = typer.Option(100, help="How many pairs."),
    least_pictures: int = typer.Option(1, help="People with fewer are left out."),
    each: int = typer.Option(0, help="In how many pairs a person may be; 0: in any number."),
    embedder: str = typer.Option(None, help="Card id, for --data."),
    split: str = typer.Option("", help="The part of CelebA's splits."),
    output: Path = typer.Option(None, "--output", "-o", help="A folder for a CSV and a page."),
    keep: Path = typer.Option(None, help="A folder to keep vectors in, for --data."),
    detector: str = typer.Option(None, help="Card id of the face detector, for --data."),
) -> Any:
    """Find the people whom one may confuse.

    People, not pictures, are compared: in a collection the clusters of the last clustering.
    """
    from prosopon.studies import look_alikes as work

    if most < 1:
        raise UsageError(f"--most: expected 1 or more, got {most}")
    settings = call.settings(detector=detector, embedder=embedder)
    wanted = work.Wanted(most, least_pictures, each)
    if data is None:
        with call.open() as collection:
            return work.in_collection(collection, wanted, output)
    return work.in_folder(data, settings.embedder, settings, wanted, output, split=split, keep=keep)


def _show_background_bias(console: Console, result: Any) -> None:
    console.print(
        f"{counted(result.alike_pairs, 'pair')} of different people with the most alike of "
        f"{counted(result.pictures, 'picture')} ({result.picture_model}, cosine from "
        f"{result.least_cosine:.3f}), and {result.random_pairs:,} by chance; thresholds let 1 % of "
        "those pass"
    )
    table = Table("embedder", "surroundings", title="face or picture?")
    for heading in ("mean cosine", "false matches %", "variance explained %"):
        table.add_column(heading, justify="right")
    for study in result.studies:
        for variant, explained in study.explained.items():
            low, high = explained.interval
            table.add_row(
                study.embedder,
                variant,
                f"{study.mean[variant]:.4f}",
                percent(study.false_matches[variant]),
                f"{percent(explained.share)} ({percent(low, 1)} to {percent(high, 1)})",
            )
    console.print(table)
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


@verb(
    benchmark,
    _show_background_bias,
    example="prosopon benchmark background-bias --data people/ --picture-weights mobilenet_v2.npz",
)
def background_bias(
    call: Call,
    data: Path = typer.Option(help="A folder for each person, or CelebA's form."),
    embedder: list[str] = typer.Option(["dlib-resnet"], help="Card id; may be repeated."),
    picture_weights: Path = typer.Option(
        None, help="MobileNetV2 weights (.npz) to compare pictures by; without, DINOv2."
    ),
    pairs: int = typer.Option(500, help="Alike pairs, and as many by chance."),
    pictures: int = typer.Option(2000, help="Drawn from the folder at most."),
    split: str = typer.Option("", help="The part of CelebA's splits."),
    seed: int = typer.Option(0, help="For what is drawn."),
    output: Path = typer.Option(None, "--output", "-o", help="A folder for the plot."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
) -> Any:
    """How far embedders follow the picture instead of the face.

    Pairs of different people whose pictures are alike are compared with the surroundings of the
    face as they are, blurred, exchanged for others, and the same around both faces.
    """
    from prosopon.studies.background_bias import background_bias as work

    return work(
        data,
        embedder,
        call.settings(detector=detector),
        pairs=pairs,
        most_pictures=pictures,
        picture_weights=picture_weights,
        output=output,
        split=split,
        seed=seed,
    )
