"""prosopon forget: take somebody out."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, verb
from prosopon.cli.tables import counted


def _show(console: Console, result: Any) -> None:
    if not result.files and not result.dry_run:
        if result.mended:
            console.print(f"taken out: {counted(result.mended, 'picture')} of faces that were gone")
        console.print("the files are rewritten; nothing deleted is left in them")
        return
    what = f"{counted(result.faces, 'face')} and {counted(result.entries, 'entry')} of the log"
    if result.dry_run:
        console.print(f"{what} would be taken out for ever; run it again with --yes")
        return
    console.print(f"{what} are taken out")
    console.print(
        f"searched {counted(len(result.files), 'file')} for "
        f"{counted(result.searched, 'trace')}: none is left"
    )
    for remark in result.remarks:
        console.print(escape(remark))


@verb(app, _show, example="prosopon forget 'Anna Tamm' --yes")
def forget(
    call: Call,
    person: str | None = typer.Argument(None, help="Identifier or name.", show_default=False),
    photo: Path | None = typer.Option(None, help="Forget this photograph instead."),
    yes: bool = typer.Option(False, "--yes", help="Do it; without, only say what would go."),
    author: str = AUTHOR,
) -> Any:
    """Take a person out for ever: faces, vectors, thumbnails, boxes, names.

    The log keeps that something was decided, and nothing of what. Afterwards the bytes of all
    files are searched for traces. This can't be undone. Photographs on disk, sidecars, exports and
    backups are not touched; indexing leaves the faces out, with other detectors too. With neither
    person nor photograph, what should be gone is looked for and taken out, and the files are
    rewritten.
    """
    with call.open() as collection:
        return collection.forget(person, photo=photo, author=author, dry_run=not yes)
