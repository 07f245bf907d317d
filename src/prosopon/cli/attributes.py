"""prosopon attributes: facial attributes."""

import typer

from prosopon.cli.app import app

attributes = typer.Typer(help="Facial attributes.", no_args_is_help=True)
app.add_typer(attributes, name="attributes")
