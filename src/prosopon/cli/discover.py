"""prosopon attributes discover: attributes learnt from telling two people apart."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from prosopon.cli.attributes import attributes
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table, counted
from prosopon.cli.verify import percent


def _show(console: Console, result: Any) -> None:
    table = Table(
        title=f"{counted(result.faces, 'face')} of {result.people:,} people learnt from, "
        f"on features of {result.embedder} (%)"
    )
    table.add_column("vectors")
    for heading in ("numbers", "accuracy", "± SEM", "AUC", "nearest is right", "mean precision"):
        table.add_column(heading, justify="right")
    for row in result.rows:
        figures = (row.accuracy, row.standard_error, row.area, row.nearest, row.precision)
        table.add_row(row.vectors, f"{row.numbers:,}", *map(percent, figures))
    console.print(table)
    for file in result.files:
        console.print(f"written: {file}", soft_wrap=True)


@verb(
    attributes,
    _show,
    example="prosopon attributes discover --data celeba/ --protocol lfw --test lfw/ -o discovered",
)
def discover(
    call: Call,
    data: Path = typer.Option(help="People to learn from: a folder for each, or CelebA's form."),
    test: Path = typer.Option(help="The folder with a list of pairs to test on."),
    protocol: str = typer.Option("lfw", help="The list's form; see prosopon verify."),
    embedder: str = typer.Option(None, help="Card id of the embedder whose features are frozen."),
    count: list[int] = typer.Option([16, 64, 256, 1024], help="How many; may be repeated."),
    least_pictures: int = typer.Option(5, help="People with fewer pictures are left out."),
    split: str = typer.Option("", help="The part of CelebA's splits to learn from."),
    seed: int = typer.Option(0, help="For the pairs by chance."),
    keep: Path = typer.Option(None, help="A folder to keep vectors in, for the next time."),
    output: Path = typer.Option(None, "--output", "-o", help="A folder for weights and a page."),
    detector: str = typer.Option(None, help="Card id of the face detector."),
) -> Any:
    """Learn attributes that nobody has named, and see what they are worth.

    Each tells two people apart; all together are a new vector for any face. Pairs by chance are
    compared with look-alikes, the 40 attributes and the embedding itself.
    """
    from prosopon.studies.pairwise_attributes import pairwise_attributes as work
    from prosopon.studies.verify import Task

    settings = call.settings(detector=detector, embedder=embedder)
    return work(
        data,
        Task(protocol, test),
        settings.embedder,
        settings,
        counts=sorted(count),
        least_pictures=least_pictures,
        split=split,
        seed=seed,
        keep=keep,
        output=output,
    )
