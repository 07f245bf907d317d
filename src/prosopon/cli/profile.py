"""prosopon profile: where the time went."""

from typing import Any

from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import Table


def _show(console: Console, result: Any) -> None:
    table = Table("stage")
    for heading in ("hits", "average ms", "total s", "MB more"):
        table.add_column(heading, justify="right")
    for row in result["stages"]:
        table.add_row(
            row.stage,
            f"{row.hits:,}",
            f"{row.average_ms:.2f}",
            f"{row.total_s:.1f}",
            f"{row.memory_mb:.1f}",
        )
    console.print(table)


@verb(app, _show, example="prosopon profile --collection archive.prosopon")
def profile(call: Call) -> Any:
    """Where the time of all index and cluster runs went, stage by stage, and what memory each took.

    Stages run side by side in several workers, so their times add up to more than the clock's.
    """
    with call.open() as collection:
        return {"stages": collection.profile()}
