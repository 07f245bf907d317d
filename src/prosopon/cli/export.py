"""prosopon export: hand over what was found and named."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.app import app
from prosopon.cli.common import Call, verb
from prosopon.cli.tables import counted


def _show(console: Console, result: Any) -> None:
    what = escape(str(result.target)) if result.target else counted(result.files, "sidecar")
    console.print(f"{what} written, with {counted(result.faces, 'face')}")
    for problem in result.problems:
        console.print(f"[yellow]{escape(problem)}[/yellow]", soft_wrap=True)


@verb(app, _show, example="prosopon export faces.csv")
def export(
    call: Call,
    target: str = typer.Argument(  # a Path loses the / at a folder's end
        None,
        help="A file: .csv, catalogue.csv, depicts.csv, .json, .jsonld, .coco.json, "
        ".fiftyone.json, .iiif.json; or a folder/: a IIIF collection.",
        show_default=False,
    ),
    form: str = typer.Option(
        None,
        "--format",
        help="csv, json, coco, fiftyone, iiif; or xmp: sidecars beside the photographs, "
        "with no file.",
    ),
    clustering: int = typer.Option(None, help="A run; by default the last one."),
    base_url: str = typer.Option(
        "https://example.org/iiif", help="iiif, jsonld: where manifest and pictures will be found."
    ),
    delimiter: str = typer.Option(",", help="Of tables; spreadsheets in half of Europe want ;"),
    into_files: bool = typer.Option(
        False, "--into-files", help="xmp: into the photographs themselves, through ExifTool."
    ),
    bom: bool = typer.Option(
        False, "--bom", help="Begin with a byte order mark, by which spreadsheets know UTF-8."
    ),
) -> Any:
    """Hand over faces and names.

    A file gets every face: path, sha256, box in pixels of the upright photo, score, landmarks,
    cluster, person, who said so and how surely; .json also persons and the log. Sidecars get the
    people who were named for sure, and keep what others wrote there. Restricted persons are left
    out of all.
    """
    with call.open() as collection:
        return collection.export(
            target,
            form=form,
            clustering=clustering,
            base_url=base_url,
            delimiter=delimiter,
            bom=bom,
            into_files=into_files,
        )
