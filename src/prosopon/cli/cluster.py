"""prosopon cluster: group the faces by person."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, parse_parameters, verb
from prosopon.cli.tables import counted
from prosopon.errors import UsageError


def _show(console: Console, result: Any) -> None:
    kept = f"Kept as run {result.id}" if hasattr(result, "id") else f"Labels: {result.labels}"
    console.print(
        f"{counted(result.faces, 'face')}: "
        f"[bold]{counted(result.clusters, 'cluster')}[/bold] of two or more "
        f"(the largest has {result.largest:,}), {counted(result.singletons, 'face')} alone; "
        f"{result.seconds:.2f} s. {escape(kept)}"
    )
    if not hasattr(result, "id"):
        return
    if result.estimated is not None:
        _show_threshold(console, result.estimated)
    if result.warning:
        console.print(f"[yellow]Warning:[/yellow] {escape(result.warning)}")
    if result.changes is not None:
        since = result.changes
        console.print(
            f"since the run before: {sum(since.joined.values()):,} new faces joined "
            f"{counted(len(since.joined), 'cluster')}, {len(since.appeared):,} appeared, "
            f"{len(since.merged):,} merged, {len(since.split):,} split, "
            f"{len(since.vanished):,} vanished"
        )


def _show_threshold(console: Console, found: Any) -> None:
    console.print(
        f"two faces count as one person from cosine {found.cosine:.3f}, estimated for about "
        f"{found.people:,.0f} people ({found.low:.3f} for half as many, {found.high:.3f} for twice "
        "as many)"
    )
    if not found.calibrated:
        console.print(
            "[yellow]The embedder is not calibrated:[/yellow] the threshold comes from these faces "
            "alone and may be wrong for few people; prosopon calibrate measures it"
        )


@verb(app, _show, example="prosopon cluster --method dbscan --eps 0.28")
def cluster(
    call: Call,
    method: str | None = typer.Option(None, help="The clustering method; adaptive by default."),
    eps: float | None = typer.Option(None, help="The same as --set eps=…"),
    parameters: list[str] = typer.Option(
        [], "--set", metavar="NAME=VALUE", help="A parameter of the method; may be repeated."
    ),
    embedder: str = typer.Option(None, help="Whose embeddings; by default the last indexed."),
    update: bool = typer.Option(
        False, "--update", help="Only add new faces to the last run, as it was made."
    ),
    background: bool = typer.Option(
        None, help="Group faces in the background like all others; by default they come last."
    ),
    engine: str = typer.Option(
        None,
        help="ray: have all computers of a Ray cluster find each face's neighbours. "
        "Other engines change nothing here.",
    ),
    leftovers: bool = typer.Option(
        False, "--leftovers", help="Only group the faces that the last run left alone."
    ),
    vectors: Path | None = typer.Option(
        None,
        help="Instead of a collection: a .bin file of float32 rows, as learn-to-cluster has them.",
    ),
    dimensions: int = typer.Option(256, min=1, help="With --vectors: numbers in a row."),
    neighbours: int = typer.Option(80, min=1, help="With --vectors: neighbours in the graph."),
    labels: Path | None = typer.Option(
        None, help="With --vectors: where to write a label a line; by default beside them, .meta."
    ),
) -> Any:
    """Group the faces by person.

    Every run is kept with its recipe; reports, evaluation and exports take the last one. Clusters
    keep their numbers from run to run as far as their faces stay together.
    """
    chosen = parse_parameters(parameters)
    if eps is not None:
        chosen["eps"] = eps
    if update and (leftovers or method is not None or chosen):
        raise UsageError("--update goes on with the last run's method: leave the others out")
    if vectors is not None:
        from prosopon.studies.vectors import cluster_vectors

        if update or leftovers or embedder:
            raise UsageError("--vectors are of no collection: only --method and --set go with it")
        return cluster_vectors(
            vectors,
            labels or vectors.with_suffix(".labels.meta"),
            method or call.settings().method,
            chosen,
            dimensions,
            neighbours,
        )
    with call.open(background_faces=background, engine=engine) as collection:
        return collection.cluster(
            method, embedder=embedder, update=update, leftovers=leftovers, **chosen
        )
