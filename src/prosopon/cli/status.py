"""prosopon status: what the collection holds, and what went wrong."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.index import show_failures
from prosopon.cli.tables import counted


def _show(console: Console, result: Any) -> None:
    if isinstance(result, list):
        for path in result:
            console.print(escape(path), soft_wrap=True)
        return
    if isinstance(result, dict):
        for copy, first in result.items():
            console.print(f"{escape(copy)} is a copy of {escape(first)}", soft_wrap=True)
        return
    console.print(f"[bold]{escape(result.collection)}[/bold]")
    console.print(f"{counted(result.photos, 'photograph')} at {counted(result.paths, 'path')}")
    if result.detector:
        console.print(
            f"{result.examined:,} examined with {result.detector}: "
            f"{counted(result.faces, 'face')}, "
            f"embedded with {result.embedder}"
        )
    for run in result.clusterings:
        parameters = ", ".join(f"{name}={value}" for name, value in run.recipe.parameters.items())
        console.print(
            f"clustering {run.id}, {run.made_at:%Y-%m-%d %H:%M} UTC: "
            f"{run.recipe.algorithm}({escape(parameters)}), "
            f"{counted(run.faces, 'face')} in {counted(run.clusters, 'cluster')}"
        )
    if result.gone:
        console.print(f"{result.gone:,} paths are gone")
    for told in result.folders_gone:
        console.print(f"[yellow]{escape(told)}[/yellow]", soft_wrap=True)
    if result.without_faces:
        console.print(
            f"{counted(len(result.without_faces), 'photograph')} without a face (--no-faces)"
        )
    if result.copies:
        console.print(f"{len(result.copies):,} photographs are copies of others (--copies)")
    if result.copies is None:
        console.print("copies of photographs: not looked for among so many (--copies does)")
    show_failures(console, result.failures)


@verb(app, _show, example="prosopon status --collection archive.prosopon")
def status(
    call: Call,
    no_faces: bool = typer.Option(False, "--no-faces", help="List photographs without a face."),
    copies: bool = typer.Option(False, "--copies", help="List copies of other photographs."),
) -> Any:
    """What the collection holds, and which files could not be used."""
    with call.open() as collection:
        found = collection.status(copies=copies or None)
    if no_faces:
        return found.without_faces
    return found.copies if copies else found
