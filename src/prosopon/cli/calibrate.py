"""prosopon calibrate: an embedder's threshold from labelled faces."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb


def _show(console: Console, result: Any) -> None:
    threshold = result.threshold
    console.print(
        f"cosine [bold]{threshold.cosine:.4f}[/bold]: {threshold.false_accept_rate:.2e} of the "
        f"pairs of strangers pass, {threshold.false_reject_rate:.1%} of the pairs of one person "
        f"fail ({escape(threshold.benchmark)}). Kept in {escape(str(result.card))}"
    )


@verb(app, _show, example="prosopon calibrate --truth people/")
def calibrate(
    call: Call,
    truth: Path = typer.Option(help="As for evaluate."),
    false_accept_rate: float = typer.Option(
        1e-4, min=1e-9, max=0.5, help="Share of the pairs of strangers that may pass."
    ),
) -> Any:
    """Choose the threshold of the collection's embedder on labelled faces, and keep it on the
    model's card with the data, the error rates and the date.
    """
    with call.open() as collection:
        return collection.calibrate(truth, false_accept_rate=false_accept_rate)
