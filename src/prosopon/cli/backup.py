"""prosopon backup, restore: a copy of the collection to keep elsewhere."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import counted


def _show_backup(console: Console, result: Any) -> None:
    console.print(f"{escape(result.file)}: the collection, copied and read back", soft_wrap=True)
    console.print(
        f"{escape(result.log)}: its {counted(result.decisions, 'decision')} as text", soft_wrap=True
    )


@verb(app, _show_backup, example="prosopon backup /media/disk -c town.prosopon")
def backup(
    call: Call,
    target: str | None = typer.Argument(
        None, help="A folder, or a new file; by default beside the collection.", show_default=False
    ),
) -> Any:
    """Copy the collection to another place, also while it is in use.

    Copying the file by other means may leave out what was decided last. Photographs are not copied.
    Keep the copies as you keep the collection: they hold names and faces, and what is forgotten
    later stays in them.
    """
    with call.open() as collection:
        return collection.backup(target)


def _show_restored(console: Console, result: Any) -> None:
    console.print(f"{escape(result.file)}: restored, {counted(result.decisions, 'decision')}")


@verb(app, _show_restored, example="prosopon restore /media/disk/town.prosopon -c town.prosopon")
def restore(
    call: Call,
    source: Path = typer.Argument(help="A backup, or the log of decisions beside it (.jsonl)."),
) -> Any:
    """Make a collection from a backup, or from a log of decisions alone.

    A backup becomes a collection that is not there yet. A log goes into a collection without
    decisions; the names appear on the faces of the photographs that are indexed there.
    """
    from prosopon.collection.backup import restore as restored

    return restored(source, call.settings().collection)
