"""prosopon contributions: what contributors suggested, and what becomes of it."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, show_action, verb
from prosopon.cli.tables import Table

contributions = typer.Typer(
    help="What contributors suggested: list, accept, decline.", no_args_is_help=True
)
app.add_typer(contributions, name="contributions")

STEPS: Any = typer.Argument(help="Numbers of steps, as prosopon contributions list shows them.")


def _show_list(console: Console, result: Any) -> None:
    table = Table("step", "by", "suggested", "")
    for one in result["contributions"]:
        odds = "contradicts what was decided" if one.at_odds else ""
        table.add_row(str(one.steps[0]), escape(one.author), escape("; ".join(one.told)), odds)
    console.print(table)


@verb(contributions, _show_list, name="list", example="prosopon contributions list --by Kati")
def list_contributions(
    call: Call, by: str = typer.Option(None, help="Only those of this contributor.")
) -> Any:
    """What contributors suggested and nobody has accepted or declined yet."""
    with call.open() as collection:
        return {"contributions": collection.contributions.list(by)}


@verb(contributions, show_action, example="prosopon contributions accept 12 13")
def accept(
    call: Call,
    steps: list[int] = STEPS,
    overrule: bool = typer.Option(
        False, "--overrule", help="Also where it takes away what was decided."
    ),
    author: str = AUTHOR,
) -> Any:
    """Decide what was suggested; what contradicts earlier decisions is left, but for --overrule."""
    with call.open() as collection:
        return collection.contributions.by(author).accept(*steps, overrule=overrule)


@verb(contributions, show_action, example="prosopon contributions decline 12")
def decline(call: Call, steps: list[int] = STEPS, author: str = AUTHOR) -> Any:
    """Let nothing come of what was suggested."""
    with call.open() as collection:
        return collection.contributions.by(author).decline(*steps)
