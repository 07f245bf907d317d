"""prosopon compare: clustering methods side by side."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.sweep import score_cells, score_table, warn_of_swallowed


def _show(console: Console, result: Any) -> None:
    table = score_table("method")
    table.add_column("MB", justify="right")
    for trial in result["trials"]:
        table.add_row(trial.method, *score_cells(trial), f"{trial.memory / 1e6:,.0f}")
    console.print(table)
    trials = result["trials"]
    warn_of_swallowed(console, [trial.method for trial in trials], trials)


@verb(app, _show, example="prosopon compare adaptive dbscan hdbscan --truth people/")
def compare(
    call: Call,
    methods: list[str] = typer.Argument(None, help="By default all that need no number of groups."),
    truth: Path = typer.Option(None, help="As for evaluate; without it, no scores."),
) -> Any:
    """Clustering methods side by side on one collection: scores, groups, faces alone, seconds and
    memory. Nothing is kept.
    """
    with call.open() as collection:
        return {"trials": collection.compare(methods or (), truth)}
