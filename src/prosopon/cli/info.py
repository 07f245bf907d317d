"""prosopon info: what was found in one photograph."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table


def _show(console: Console, result: Any) -> None:
    photo = result.photo
    console.print(f"[bold]{escape(photo.path)}[/bold]  {photo.width}×{photo.height}")
    console.print(f"sha256 {photo.sha256}")
    for label, text in _said(result):
        console.print(f"{label}: {escape(text)}")
    table = Table("face", "cluster", "who", padding=(0, 0))
    for heading in ("x", "y", "width", "height", "score", "sharpness", "yaw", "pitch", "roll"):
        table.add_column(heading, justify="right")
    for face in result.faces:
        numbers = (face.x, face.y, face.width, face.height)
        quality = (face.score, *face.quality.values())
        table.add_row(
            str(face.id),
            "" if face.cluster is None else str(face.cluster),
            escape(face.name or face.mark),
            *(f"{value:.0f}" for value in numbers),
            *(f"{value:.2f}" for value in quality),
        )
    console.print(table if result.faces else "no faces")
    if result.withheld:
        console.print(f"{result.withheld} withheld: of restricted persons")


def _said(result: Any) -> list[tuple[str, str]]:
    """What is said of the photograph, as (label, text)."""
    about = result.about
    taken = f"{result.date} (from: {result.date_source})" if result.date else ""
    lines = [("taken", taken), ("reference code", about.code)]
    lines += [(name, getattr(about, name)) for name in ("title", "caption", "place")]
    lines += [("keywords", "; ".join(about.keywords)), ("persons named", "; ".join(about.persons))]
    lines += [("noted without a place", "; ".join(result.present))]
    lines += [(name, getattr(about, name)) for name in ("creator", "rights")]
    return [(label, text) for label, text in lines if text]


@verb(app, _show, example="prosopon info scans/1931/p17.jpg --draw p17.png")
def info(
    call: Call,
    photo: Path = typer.Argument(help="A photograph that has been indexed."),
    draw: Path = typer.Option(None, help="Draw boxes and landmarks over it, into this file."),
) -> Any:
    """What was found in one photograph, and what files, catalogue and people say of it."""
    with call.open() as collection:
        return collection.info(photo, draw=draw)
