"""prosopon pseudolabel: labels without labels."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import counted


class RecipeName(StrEnum):
    """Recipes of consensus subspace clustering."""

    FAITHFUL = "faithful"
    MENDED = "mended"


def _show(console: Console, result: Any) -> None:
    sizes = ", ".join(f"{size:,}" for size in result.sizes)
    console.print(
        f"{counted(result.images, 'image')} in {counted(result.clusters, 'cluster')} of {sizes}; "
        f"mean confidence {result.confidence:.2f}"
    )
    if result.clusters < result.asked:
        console.print(
            f"[yellow]{result.asked} clusters were asked for and {result.clusters} found: the "
            "consensus left the others empty[/yellow]"
        )
    if result.unused:
        console.print(f"{result.unused:,} could not be used")
    for file in (result.file, result.chart):
        console.print(f"written: {file}", soft_wrap=True, markup=False)


@verb(app, _show, example="prosopon pseudolabel chips/ --clusters 10 --out labels.csv")
def pseudolabel(
    call: Call,
    images: Path | None = typer.Argument(
        None,
        help="A folder of images of one size, or a .npy file of images or vectors; "
        "without it, the faces of the collection.",
    ),
    out: Path = typer.Option(
        Path("pseudolabels.csv"), help="The CSV to write; a chart goes beside it."
    ),
    clusters: int = typer.Option(None, min=1, help="How many; found from the data if not given."),
    recipe: RecipeName = typer.Option(
        RecipeName.MENDED, help="As published, or with its weak steps mended."
    ),
    repeats: int = typer.Option(10, min=1, help="Repetitions that the consensus is made of."),
    seed: int = typer.Option(0, min=0, help="Of everything random."),
    identity: bool = typer.Option(
        False, "--identity", help="Faces by their identity vectors instead of their pixels."
    ),
) -> Any:
    """Group images into classes that nobody named, with a confidence for each.

    Consensus subspace clustering; needs PyTorch, no labels and no GPU. An interrupted run goes on
    where it stopped.
    """
    from prosopon.optional import require

    require("torch", extra="train")
    from prosopon.studies.pseudolabel import faces_of, images_in
    from prosopon.studies.pseudolabel import pseudolabel as work

    if images is not None:
        samples = images_in(images, call.settings())
    else:
        with call.open() as collection:
            samples = faces_of(collection, identity=identity)
    return work(
        samples,
        out,
        n_clusters=clusters,
        recipe=recipe.value,
        n_repeats=repeats,
        random_state=seed,
    )
