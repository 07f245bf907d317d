"""prosopon relocate: a folder of photographs was moved."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb

_SHOWN = 20


def _show(console: Console, result: Any) -> None:
    console.print(f"{result.moved:,} files are at their new place")
    _list(console, result.missing, "are not there; index the folder that they are in")
    _list(console, result.different, "are other files; index the folder to take them in")


def _list(console: Console, paths: list[str], what: str) -> None:
    if paths:
        console.print(f"[yellow]{len(paths):,} {what}:[/yellow]")
        for path in paths[:_SHOWN]:
            console.print(f"  {escape(path)}", soft_wrap=True)
        if len(paths) > _SHOWN:
            console.print(f"  … and {len(paths) - _SHOWN:,} more: --json lists all")


@verb(app, _show, example="prosopon relocate /old/scans /new/scans")
def relocate(
    call: Call,
    old: Path = typer.Argument(help="Where the folder, or file, was."),
    new: Path = typer.Argument(help="Where it is now."),
) -> Any:
    """Say that a folder of photographs was moved or renamed.

    What is known of its photographs goes along, and nothing has to be examined again. Indexing the
    new place does the same, but opens every file.
    """
    with call.open() as collection:
        return collection.relocate(old, new)
