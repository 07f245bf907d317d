"""prosopon export: hand over what was found."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb


def _show(console: Console, result: Any) -> None:
    console.print(f"{result['faces']:,} faces written to {escape(str(result['file']))}")


@verb(app, _show, example="prosopon export faces.csv")
def export(
    call: Call,
    target: Path = typer.Argument(help="A .csv or .json file."),
    clustering: int = typer.Option(None, help="A run; by default the last one."),
) -> Any:
    """Write every face: path, sha256, box in pixels of the upright photo, score, landmarks,
    cluster and person.
    """
    from prosopon.workflows.export import export as run

    with call.open() as store:
        return {"faces": run(store, target, clustering), "file": target}
