"""prosopon demo: the main job from beginning to end."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import counted


def _show(console: Console, result: Any) -> None:
    scores = result.evaluated.scores
    console.print(
        f"Drew {counted(result.album.photos, 'photograph')} of {result.album.people:,} "
        f"people who don't "
        f"exist, found {counted(result.indexed.faces or result.clustered.faces, 'face')} in them, "
        f"and grouped these into [bold]{counted(result.clustered.clusters, 'cluster')}[/bold] "
        f"({counted(result.clustered.singletons, 'face')} alone), in {result.seconds:.0f} s."
    )
    console.print(
        "Held against the truth:  "
        + "  ".join(
            f"{name.replace('_', ' ')} [bold]{scores[name]:.3f}[/bold]"
            for name in ("pairwise_precision", "pairwise_recall", "pairwise_f", "bcubed_f")
        )
    )
    console.print("\nWhere to look:")
    for what, path in (
        ("the page of all clusters", result.report),
        ("every face as a table", result.export),
        ("the photographs", result.album.folder / "images"),
    ):
        console.print(f"  {what}:  {escape(str(path))}", soft_wrap=True)
    console.print(
        f"\nName them in your browser:  prosopon review -c {escape(str(result.collection))}",
        soft_wrap=True,
    )


@verb(app, _show, example="prosopon demo demo")
def demo(call: Call, folder: Path = typer.Argument(Path("demo"), help="Where to work.")) -> Any:
    """The main job from beginning to end, on an album of people who don't exist."""
    from prosopon.collection.demo import demo as run

    return run(folder, call.settings())
