"""prosopon cluster: group the faces by person."""

from typing import Any

import typer
from rich.console import Console

from prosopon.cli.app import app
from prosopon.cli.common import Call, parse_parameters, verb


def _show(console: Console, result: Any) -> None:
    console.print(
        f"{result.faces:,} faces: [bold]{result.clusters:,} clusters[/bold] of two or more "
        f"(the largest has {result.largest:,}), {result.singletons:,} faces alone; "
        f"{result.seconds:.2f} s. Kept as run {result.id}"
    )


@verb(app, _show, example="prosopon cluster --method dbscan --eps 0.28")
def cluster(
    call: Call,
    method: str = typer.Option(None, help="The clustering method; map-equation by default."),
    eps: float = typer.Option(None, help="The same as --set eps=…"),
    parameters: list[str] = typer.Option(
        [], "--set", metavar="NAME=VALUE", help="A parameter of the method; may be repeated."
    ),
    embedder: str = typer.Option(None, help="Whose embeddings; by default the last indexed."),
) -> Any:
    """Group the faces by person.

    Every run is kept with its recipe; reports, evaluation and exports take the last one.
    """
    from prosopon.workflows.cluster import cluster as run

    chosen = parse_parameters(parameters)
    if eps is not None:
        chosen["eps"] = eps
    with call.open() as store:
        return run(store, call.settings(method=method).method, chosen, embedder=embedder)
