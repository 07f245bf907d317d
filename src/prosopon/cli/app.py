"""The application: every verb's file, in the order of the help page."""

from importlib import import_module

import typer

from prosopon import __version__
from prosopon.cli.terminal import show_any_letter

VERBS = (
    "index",
    "watch",
    "relocate",
    "cluster",
    "evaluate",
    "sweep",
    "compare",
    "calibrate",
    "report",
    "review",
    "serve",
    "people",
    "label",
    "suggest",
    "log",
    "users",
    "contributions",
    "export",
    "import_names",
    "forget",
    "backup",
    "info",
    "status",
    "profile",
    "verify",
    "benchmark",
    "attributes",
    "discover",
    "explain",
    "pseudolabel",
    "find",
    "photos",
    "models",
    "synthesise",
    "demo",
    "bench",
)
"""Modules of this package; importing one registers its commands on `app`."""

app = typer.Typer(
    name="prosopon",
    help="From a folder of photographs to a catalogue of the people in them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"prosopon {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and leave."
    ),
) -> None:
    pass


def load_verbs() -> None:
    """Import every verb's module, which registers it."""
    for verb in VERBS:
        import_module(f"prosopon.cli.{verb}")


def main() -> None:
    """The console script `prosopon`."""
    show_any_letter()
    load_verbs()
    app()
