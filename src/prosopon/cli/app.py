"""The application: every verb's file, in the order of the help page."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from prosopon import __version__
from prosopon.cli import interrupts
from prosopon.cli.terminal import Terminal, open_closed_streams, show_any_letter, standard_output
from prosopon.errors import ProsoponError

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


class Verbs(TyperGroup):
    """Pages of help and versions end as the verbs do where nobody reads them, or on a full disk."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        """Parse the first words; prints the help of all, and the version."""
        with _printing():
            return super().make_context(*given, **more)

    def invoke(self, context: Any) -> Any:
        """Parse the rest and run the verb; prints the help of one."""
        with _printing():
            return super().invoke(context)


@contextmanager
def _printing() -> Iterator[None]:
    try:
        with standard_output():
            yield
    except ProsoponError as error:
        Terminal(stderr=True, soft_wrap=True).print(f"[red]error:[/red] {escape(str(error))}")
        raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=Verbs,
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
    open_closed_streams()
    show_any_letter()
    load_verbs()
    try:
        app()
    finally:
        interrupts.leave_at_once()
