"""prosopon index: find, align and embed every face."""

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
        f"{counted(result.files, 'photograph')}, {result.unchanged:,} known already, "
        f"{result.examined:,} examined, [bold]{counted(result.faces, 'face')}[/bold] found"
    )
    if result.embedded:
        console.print(
            f"{counted(result.embedded, 'face')} known before embedded with another model"
        )
    if result.turned:
        console.print(f"{result.turned:,} photographs lie on their side and were looked at turned")
    if result.moved:
        console.print(f"{result.moved:,} files moved; what is known of them went along")
    if result.vanished:
        console.print(
            f"{result.vanished:,} files are gone; their faces are kept, and shown again when the "
            "files are back (prosopon relocate OLD NEW after a move)"
        )
    if result.reoriented:
        console.print(
            f"{result.reoriented:,} photographs were turned by another program and looked at anew; "
            "names went along"
        )
    for folder in result.missing:
        console.print(f"{escape(folder)} is no longer there", soft_wrap=True)
    _show_left_out(console, result)
    for path, reason in list(result.unreachable.items())[:20]:
        console.print(f"[yellow]not reachable: {escape(path)}: {escape(reason)}[/yellow]")
    if result.unreachable:
        console.print(
            f"{len(result.unreachable):,} photographs could not be opened and are left for the "
            "next run; workers on other machines need the same folders at the same paths"
        )
    show_failures(console, result.failures)


def _show_left_out(console: Console, result: Any) -> None:
    """What a user might look for in vain."""
    if result.forgotten:
        console.print(
            f"{counted(result.forgotten, 'face')} of forgotten people left out (--with-forgotten)"
        )
    if result.forgotten_photos:
        console.print(
            f"{result.forgotten_photos:,} forgotten photographs left out (--with-forgotten)"
        )
    if result.without_faces:
        console.print(
            f"{counted(result.without_faces, 'photograph')} without a face: prosopon "
            f"status --no-faces"
        )
    if result.not_examined:
        console.print(
            f"[yellow]not looked at with this detector: "
            f"{counted(result.not_examined, 'photograph')} elsewhere; "
            "index their folders too, or their faces stay hidden[/yellow]"
        )
    if result.passed_over:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in result.passed_over.items())
        total = sum(result.passed_over.values())
        console.print(f"{counted(total, 'file')} of other kinds passed over: {escape(kinds)}")
    if result.skipped_folders:
        names = ", ".join(sorted({Path(folder).name for folder in result.skipped_folders}))
        console.print(
            f"{len(result.skipped_folders):,} system folders not entered: {escape(names)} "
            "(setting system_folders)"
        )


def show_failures(console: Console, failures: dict[str, str], most: int = 20) -> None:
    """List the files that gave no picture."""
    if not failures:
        return
    console.print(f"[yellow]{len(failures):,} files could not be used:[/yellow]")
    for path, reason in list(failures.items())[:most]:
        console.print(f"  {escape(path)}: {escape(reason)}", soft_wrap=True)
    if len(failures) > most:
        console.print(f"  … and {len(failures) - most:,} more: prosopon status --json lists all")


@verb(app, _show, example="prosopon index ~/scans --collection archive.prosopon")
def index(
    call: Call,
    folders: list[Path] = typer.Argument(
        help="Folders of photographs, single files, or addresses (s3://…, sftp://…)."
    ),
    look: str = typer.Option(None, help="How closely to look: quick, normal or thorough."),
    detector: str = typer.Option(None, help="Card id of another face detector than the look's."),
    embedder: str = typer.Option(None, help="Card id of the embedder."),
    score_threshold: float = typer.Option(None, help="Least detector score."),
    rotations: bool = typer.Option(None, help="Look in four orientations."),
    engine: str = typer.Option(None, help="serial, threads, processes or ray."),
    workers: int = typer.Option(None, help="How many at a time."),
    retry: bool = typer.Option(False, "--retry", help="Try failed files again."),
    with_forgotten: bool = typer.Option(
        False, "--with-forgotten", help="Take in what was forgotten: faces and photographs."
    ),
) -> Any:
    """Find, align and embed every face in folders of photographs.

    Run it again at any time: what is known is not looked at again, and a run that was interrupted
    or killed goes on where it stopped. Photographs are only read, never changed.
    """
    settings = {
        "look": look,
        "detector": detector,
        "embedder": embedder,
        "score_threshold": score_threshold,
        "rotations": rotations,
        "engine": engine,
        "workers": workers,
    }
    with call.open(create=True, **settings) as collection:
        return collection.index(*folders, retry=retry, with_forgotten=with_forgotten)
