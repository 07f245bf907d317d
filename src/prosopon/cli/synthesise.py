"""prosopon synthesise: an album of people who don't exist."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import counted


def _show(console: Console, result: Any) -> None:
    console.print(
        f"{counted(result.photos, 'photograph')} with {counted(result.faces, 'face')} "
        f"of {result.people:,} people in "
        f"{escape(str(result.folder))}; the truth about them is in truth.csv"
    )


@verb(app, _show, example="prosopon synthesise album --people 40 --photos 8")
def synthesise(
    call: Call,
    folder: Path = typer.Argument(help="A new folder, or that of an earlier album."),
    people: int = typer.Option(40, help="How many people."),
    photos: int = typer.Option(8, help="Photographs of each person."),
    groups: int = typer.Option(0, help="Photographs of three to six people besides."),
    seed: int = typer.Option(0, help="Another number gives other people."),
    size: int = typer.Option(400, help="Longer side in pixels."),
    workers: int = typer.Option(None, help="How many to draw at a time."),
) -> Any:
    """Draw an album of people who don't exist, with complete truth: who, boxes, 68 landmarks,
    attributes. Deterministic from the seed.
    """
    from prosopon.collection.synthesise import synthesise as run

    workers = call.settings(workers=workers).workers
    return run(
        folder, people=people, photos=photos, groups=groups, seed=seed, size=size, workers=workers
    )
