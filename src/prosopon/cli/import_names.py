"""prosopon import: take over names from elsewhere."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, verb
from prosopon.cli.tables import Table, counted
from prosopon.errors import ProsoponError

_SHOWN = 40


def _show(console: Console, result: Any) -> None:
    would = "would be " if result.dry_run else ""
    table = Table("face", "photograph", "comes in as", "is here")
    for line in result.lines[:_SHOWN]:
        cells = (line.step, Path(line.photo).name, line.person or "(no name)", line.here)
        table.add_row(*map(escape, cells))
    if result.lines:
        console.print(table)
        if len(result.lines) > _SHOWN:
            console.print(f"… and {len(result.lines) - _SHOWN:,} more; --json lists all")
    steps = ", ".join(f"{count:,} {step}" for step, count in sorted(result.steps.items()))
    told = f"; faces: {steps}" if steps else ""
    console.print(f"{counted(result.files, 'file')} read{told}")
    if result.people:
        names = ", ".join(result.people[:10]) + "…" * (len(result.people) > 10)
        console.print(f"{len(result.people):,} new persons: {escape(names)}")
    if result.present:
        console.print(
            f"{counted(result.present, 'person')} {would}noted in a photograph without a place"
        )
    if result.described:
        console.print(f"{counted(result.described, 'photograph')} {would}described by a catalogue")
    if result.log:
        console.print(f"{counted(result.log, 'step')} of another log {would}taken over")
    for problem in result.problems[:_SHOWN]:
        console.print(f"[yellow]{escape(problem)}[/yellow]")
    if len(result.problems) > _SHOWN:
        console.print(f"… and {len(result.problems) - _SHOWN:,} more problems")
    if not result.dry_run and result.decisions:
        console.print("prosopon undo takes it back")


@verb(app, _show, name="import", example="prosopon import names.csv --dry-run")
def import_names(
    call: Call,
    files: list[Path] = typer.Argument(
        None,
        help="Files: a catalogue or faces in .csv; .json, .coco.json, .fiftyone.json, "
        ".iiif.json, .xmp, .picasa.ini, contacts.xml; or a folder: the tags of all photographs "
        "below it.",
        show_default=False,
    ),
    form: str = typer.Option(
        None,
        "--format",
        help="csv (; or tab: divided by these), json, coco, fiftyone, iiif, xmp. "
        "xmp with no file: the tags of all photographs, inside them and beside them.",
    ),
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Show what would change, change nothing."
    ),
    author: str = AUTHOR,
) -> Any:
    """Take over names that other programs know, a catalogue, or another collection.

    A catalogue is a table with a row for each photograph: `path` (whole, or its end) or `code`; any
    of `title`, `caption`, `date`, `persons` (divided by |), `place`.

    Faces are matched by overlap on the same photograph (by SHA-256, else by path). What people
    decided here stays. The log of a .json export goes on where this one ends if the two have steps
    in common, or if there is none here.
    """
    with call.open() as collection:
        done = collection.import_(*files or (), form=form, author=author, dry_run=dry_run)
    if done.nothing_read:
        raise ProsoponError("nothing could be read: " + "\n".join(done.problems[:_SHOWN]))
    return done
