"""prosopon bench: the main table on this machine."""

from itertools import groupby
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb


def _show(console: Console, result: Any) -> None:
    for stage, rows in groupby(result.table, key=lambda row: row.stage):
        console.print(f"\n[bold]{stage}[/bold]")
        for row in rows:
            value = f"{row.value:,.3g}" if row.value < 1000 else f"{row.value:,.0f}"
            console.print(f"  {row.by:40} {value:>8} {row.unit:22} {row.note}", soft_wrap=True)
    console.print()
    console.print(f"{escape(result.machine)}; {result.seconds:.0f} s")
    console.print(", ".join(f"{name} {one}" for name, one in result.versions.items()))


@verb(app, _show, example="prosopon bench -o bench.md")
def bench(
    call: Call,
    output: Path = typer.Option(
        None, "--output", "-o", show_default=False, help="Write the table here, too (Markdown)."
    ),
    faces: int = typer.Option(10_000, min=500, help="Vectors to search and to cluster."),
) -> Any:
    """How fast the main stages are on this machine, beside dlib and scikit-learn: five minutes.

    On people who don't exist; no collection is touched. Leave the machine alone meanwhile.
    """
    from prosopon.studies.bench import bench as run

    return run(output, call.settings(), faces=faces)
