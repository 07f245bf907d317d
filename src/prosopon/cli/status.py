"""prosopon status: what the collection holds, and what went wrong."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.index import show_failures


def _show(console: Console, result: Any) -> None:
    console.print(f"[bold]{escape(result.collection)}[/bold]")
    console.print(f"{result.photos:,} photographs at {result.paths:,} paths")
    if result.detector:
        console.print(
            f"{result.examined:,} examined with {result.detector}: {result.faces:,} faces, "
            f"embedded with {result.embedder}"
        )
    for run in result.clusterings:
        parameters = ", ".join(f"{name}={value}" for name, value in run.recipe.parameters.items())
        console.print(
            f"clustering {run.id}, {run.made_at:%Y-%m-%d %H:%M} UTC: "
            f"{run.recipe.algorithm}({escape(parameters)}), "
            f"{run.faces:,} faces in {run.clusters:,} clusters"
        )
    show_failures(console, result.failures)


@verb(app, _show, example="prosopon status --collection archive.prosopon")
def status(call: Call) -> Any:
    """What the collection holds, and which files could not be used."""
    from prosopon.collection.status import status as run

    with call.open() as store:
        return run(store)
