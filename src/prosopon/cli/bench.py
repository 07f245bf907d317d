"""prosopon bench: the main table on this machine."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb


def _show(console: Console, result: Any) -> None:
    table = Table("stage", "by", "", "", "what came of it")
    for row in result.table:
        table.add_row(row.stage, row.by, f"{row.value:,.3g}", row.unit, row.note)
    console.print(table)
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
