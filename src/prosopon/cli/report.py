"""prosopon report: the collection as one HTML page."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb


def _show(console: Console, result: Any) -> None:
    console.print(f"open {escape(str(result['file']))} in a browser")


@verb(app, _show, example="prosopon report people.html")
def report(
    call: Call,
    target: Path = typer.Argument(Path("report.html"), help="The page to write."),
    clustering: int = typer.Option(None, help="A run; by default the last one."),
    truth: Path = typer.Option(None, help="As for evaluate: adds the scores to the page."),
    clusters: int = typer.Option(200, min=0, help="How many clusters to show."),
    faces: int = typer.Option(24, min=1, help="How many faces of each person and cluster."),
    language: str = typer.Option("en", help="Of the page: en, de or et."),
) -> Any:
    """The collection as one self-contained HTML page: the people by name, groups without a name,
    what is left; how reliable the names are; behind a fold, figures for specialists.
    """
    from prosopon.collection.report import Limits

    limits = Limits(clusters=clusters, faces_each=faces)
    with call.open() as collection:
        file = collection.report(
            target, clustering=clustering, truth=truth, limits=limits, language=language
        )
        return {"file": file}
