"""prosopon sweep: one clustering method over a range of parameters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, parse_parameters, verb
from prosopon.cli.tables import Table
from prosopon.errors import UsageError

COLUMNS = {
    "pairwise_precision": "P",
    "pairwise_recall": "R",
    "pairwise_f": "F",
    "bcubed_f": "B³",
    "v_measure": "V",
    "ami": "AMI",
}
"""The scores that fit on a narrow screen; `--json` has all."""


def score_table(first: str) -> Table:
    """A table with the columns of `score_cells` after the first."""
    table = Table(padding=(0, 0))
    table.add_column(first)
    for name in ("groups", "alone", "s", *COLUMNS.values()):
        table.add_column(name, justify="right")
    return table


def score_cells(trial: Any) -> list[str]:
    """A trial's figures as text; blanks where the truth is not known."""
    counts = [f"{trial.clusters:,}", f"{trial.singletons:,}", f"{trial.seconds:.2f}"]
    return counts + [f"{trial.scores[name]:.3f}" if trial.scores else "" for name in COLUMNS]


def warn_of_swallowed(console: Console, names: Sequence[str], trials: Sequence[Any]) -> None:
    """Say which trials have most of the faces in one cluster."""
    told = [
        f"{name} ({of.swallowed:,})" for name, of in zip(names, trials, strict=True) if of.swallowed
    ]
    if told:
        console.print(f"[yellow]most of the faces in one cluster: {', '.join(told)}[/yellow]")


def _show(console: Console, result: Any) -> None:
    table = score_table("parameters")
    at = {id(trial): name for name, trial in result.points.items()}
    varied = {
        name
        for name in result.trials[0].parameters
        if len({str(trial.parameters[name]) for trial in result.trials}) > 1
    }
    shown = [
        ", ".join(f"{name} {trial.parameters[name]}" for name in sorted(varied))
        for trial in result.trials
    ]
    for name, trial in zip(shown, result.trials, strict=True):
        mark = f" ← {at[id(trial)]}" if id(trial) in at else ""
        table.add_row(name + mark, *score_cells(trial))
    console.print(table)
    warn_of_swallowed(console, shown, result.trials)
    if result.chosen is not None:
        console.print(f"kept for later runs: {result.chosen}")


def parse_range(text: str) -> list[str]:
    """`0.2:0.4:0.05` → the values from 0.2 to 0.4 in steps of 0.05; `a,b` → these two."""
    if ":" not in text:
        return text.split(",")
    try:
        low, high, step = (float(part) for part in text.split(":"))
        if step <= 0 or high < low:
            raise ValueError
    except ValueError as error:
        raise UsageError(f"{text!r}: expected FROM:TO:STEP such as 0.2:0.4:0.02") from error
    return [f"{value:.10g}" for value in np.arange(low, high + step / 2, step)]


@verb(app, _show, example="prosopon sweep --method dbscan --over eps=0.2:0.4:0.02 --truth people/")
def sweep(
    call: Call,
    truth: Path = typer.Option(help="As for evaluate."),
    over: list[str] = typer.Option(
        help="NAME=FROM:TO:STEP or NAME=A,B,C; several give every combination."
    ),
    method: str = typer.Option("dbscan", help="The clustering method."),
    choose: str = typer.Option(None, help="precision, recall or balance: keep it for later runs."),
    table: Path = typer.Option(None, help="Write all scores into this CSV file."),
    plot: Path = typer.Option(None, help="Draw the scores into this PNG file."),
) -> Any:
    """Try a clustering method over a range of parameters, on faces whose people are known.

    Three points are marked. Precision: the highest homogeneity, and with that the most
    completeness; recall: the highest completeness, and with that the most homogeneity; balance:
    the best mean of V-measure, ARI and AMI.
    """
    grid = {name: parse_range(text) for name, text in parse_parameters(over).items()}
    with call.open() as collection:
        return collection.sweep(method, grid, truth, choose=choose, table=table, plot=plot)
