"""prosopon evaluate: hold a clustering against the truth."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table


def _show(console: Console, result: dict[str, Any]) -> None:
    table = Table(title=f"clustering {result['clustering']}")
    table.add_column("score")
    table.add_column("value", justify="right")
    for name, value in result.items():
        if name not in ("clustering", "warning"):
            table.add_row(
                name.replace("_", " "), f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
            )
    console.print(table)
    if result.get("warning"):
        console.print(f"[yellow]Warning:[/yellow] {escape(result['warning'])}")


@verb(app, _show, example="prosopon evaluate --truth people/ --json")
def evaluate(
    call: Call,
    truth: Path = typer.Option(
        help="A folder with a folder for each person, or a CSV with the columns path and person "
        "(and x, y, width, height in pixels where a photo shows several people)."
    ),
    clustering: int = typer.Option(None, help="A run; by default the last one."),
    labels: Path | None = typer.Option(
        None,
        help="Instead of a collection: a label a line, as cluster --vectors writes them; --truth "
        "is such a file too.",
    ),
) -> Any:
    """Hold a clustering against the truth.

    Faces that the truth is silent on are left out. A label without a box is taken for the photo's
    main face. Scores that begin with "all" count every labelled face of the collection's
    photographs: one that was not found is a face alone. Where the embedder has learnt from labelled
    people, that is said.
    """
    if labels is not None:
        from prosopon.studies.vectors import evaluate_labels

        return {"clustering": str(labels), **evaluate_labels(truth, labels)}
    with call.open() as collection:
        result = collection.evaluate(truth, clustering=clustering)
    return {
        "clustering": result.clustering,
        "labels": result.labels,
        "unmatched": result.unmatched,
        "repeated": result.repeated,
        **result.scores,
        **({"warning": result.warning} if result.warning else {}),
    }
