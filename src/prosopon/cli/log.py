"""prosopon log, undo, redo, conflicts: what was decided, and taking it back."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import AUTHOR, Call, show_action, verb
from prosopon.cli.tables import Table

STEPS: Any = typer.Argument(None, help="Numbers or identifiers of steps, as prosopon log shows.")


def _show_log(console: Console, result: Any) -> None:
    table = Table("step", "when (UTC)", "who", "what")
    for step in result["steps"]:
        told = escape(step.told)
        table.add_row(
            str(step.number),
            f"{step.at:%Y-%m-%d %H:%M}",
            escape(step.author),
            told if step.holds else f"[strike]{told}[/strike] (undone)",
        )
    console.print(table)
    if result["steps"] and result["steps"][-1].number > 1:
        console.print(f"{result['steps'][-1].number - 1:,} earlier ones; --limit 0 shows all")


@verb(app, _show_log, example="prosopon log --limit 20")
def log(
    call: Call,
    limit: int = typer.Option(40, min=0, help="So many of the last steps; 0 for all."),
    by: str = typer.Option(None, "--by", help="Only the steps of this author."),
) -> Any:
    """Everything that was decided, the latest first. What was undone stays in the log."""
    with call.open() as collection:
        steps = collection.people.log(limit=limit, by=by)
        return {"length": len(collection.decisions), "steps": steps}


@verb(app, show_action, example="prosopon undo 12")
def undo(call: Call, steps: list[str] = STEPS, author: str = AUTHOR) -> Any:
    """Take steps of the log back; without any, your last one. The log keeps both."""
    with call.open() as collection:
        return collection.people.by(author).undo(*steps or ())


@verb(app, show_action, example="prosopon redo 12")
def redo(
    call: Call,
    steps: list[str] = typer.Argument(help="Numbers or identifiers of steps that were undone."),
    author: str = AUTHOR,
) -> Any:
    """Let steps hold again that were taken back."""
    with call.open() as collection:
        return collection.people.by(author).redo(*steps)


def _show_conflicts(console: Console, result: Any) -> None:
    for conflict in result["conflicts"]:
        console.print(f"[bold]{escape(conflict.message)}[/bold]")
        for step in conflict.steps:
            console.print(f"  step {step.number}, {escape(step.author)}: {escape(step.told)}")
    if result["conflicts"]:
        console.print("undo the steps that are wrong: prosopon undo STEP …")
    else:
        console.print("nothing contradicts")


@verb(app, _show_conflicts, example="prosopon conflicts")
def conflicts(call: Call) -> Any:
    """Decisions that can't all hold. Until one is undone, the faces have no name."""
    with call.open() as collection:
        return {"conflicts": collection.people.conflicts()}
