"""prosopon find: faces by what they show, like others, or perhaps of a person."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table


def _show(console: Console, result: Any) -> None:
    count = len(result.hits) if result.fitting is None else result.fitting
    among = "" if result.faces is None else f" of {result.faces:,}"
    question = escape(result.question.replace("_", " "))
    console.print(f"[bold]{count:,}[/bold]{among} faces: {question}")
    table = Table()
    table.add_column(result.scored, justify="right")
    table.add_column("face", justify="right")
    table.add_column("name")
    table.add_column("photograph", overflow="fold")
    for hit in result.hits:
        table.add_row(f"{hit.score:.3f}", str(hit.face), escape(hit.name), escape(hit.photo))
    if result.hits:
        console.print(table)
    for name, caution in result.cautions.items():
        console.print(f"{name}: {caution}")


@verb(app, _show, example="prosopon find --attributes 'eyeglasses, not smiling'")
def find(
    call: Call,
    attributes: str = typer.Option(None, help="What they show: eyeglasses, not smiling."),
    like: list[int] = typer.Option(
        [], metavar="FACE", help="Faces most like this one; may be repeated."
    ),
    person: str = typer.Option(None, help="Unnamed faces that may be this person: a name or id."),
    limit: int = typer.Option(50, min=1, help="How many faces to list, the best first."),
    model: str = typer.Option(None, help="Whose attributes; by default those last predicted."),
) -> Any:
    """List faces by what they show, like others, or perhaps of a person.

    --attributes needs prosopon attributes predict first; --like and --person need prosopon cluster.
    """
    with call.open() as collection:
        return collection.find(attributes, like=like, person=person, limit=limit, model=model)
