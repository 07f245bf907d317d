"""prosopon photos, date: search photographs; say when they were taken."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, show_action, verb
from prosopon.cli.tables import Table
from prosopon.errors import UsageError


def _show(console: Console, result: Any) -> None:
    console.print(f"[bold]{result.fitting:,}[/bold] photographs")
    table = Table("photograph", "date", "title or caption", "persons")
    for one in result.photos:
        path = f"{one.path} (+{one.copies})" if one.copies else one.path
        cells = (path, one.date, (one.title or one.caption)[:60], ", ".join(one.persons))
        table.add_row(*map(escape, cells))
    if result.photos:
        console.print(table)


@verb(app, _show, example="prosopon photos --text wedding --with 'Anna Tamm' --with 'Mari Tamm'")
def photos(
    call: Call,
    text: str = typer.Option(
        "", help="Somewhere in a path, title, caption, keyword, place or code."
    ),
    folder: str = typer.Option("", help="Below this folder."),
    persons: list[str] = typer.Option(
        [], "--with", metavar="PERSON", help="Who is in it, by name or id; repeat for all of them."
    ),
    taken: str = typer.Option("", help="When: 1938, 1930s, 1930/1939; whatever may fall into it."),
    no_face: bool = typer.Option(False, "--no-face", help="Only those without a face."),
    unnamed: bool = typer.Option(False, "--unnamed", help="Only those with an unnamed face."),
    doubtful: bool = typer.Option(False, "--doubtful", help="Only those with a name in doubt."),
    by_date: bool = typer.Option(False, "--by-date", help="The earliest first, not by folder."),
    copies: bool = typer.Option(
        False, "--copies", help="List every copy; otherwise the first, with how many there are."
    ),
    limit: int = typer.Option(100, min=1, help="How many to list."),
) -> Any:
    """Search photographs by text, folder, date, and who is in them; all that is given must fit."""
    from prosopon.collection.photographs import Order, Showing

    given = {Showing.NO_FACE: no_face, Showing.UNNAMED: unnamed, Showing.DOUBTFUL: doubtful}
    faces = [showing for showing, wanted in given.items() if wanted]
    if len(faces) > 1:
        raise UsageError("give one of --no-face, --unnamed and --doubtful")
    with call.open() as collection:
        return collection.search_photos(
            text,
            folder=folder,
            taken=taken,
            persons=persons,
            faces=faces[0] if faces else Showing.ANY,
            order=Order.DATE if by_date else Order.FOLDER,
            copies=copies,
            limit=limit,
        )


@verb(app, show_action, example="prosopon date 1938-07 scan12.jpg scan13.jpg")
def date(
    call: Call,
    when: str = typer.Argument(help="1938, 1938-07, 'ca. 1938', 1930s, 1938/1940; '' for none."),
    photographs: list[Path] = typer.Argument(help="Photographs of the collection."),
    author: str = AUTHOR,
) -> Any:
    """Say when photographs were taken; that counts before catalogue and files."""
    with call.open() as collection:
        return collection.date(photographs, when, author=author)
