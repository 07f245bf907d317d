"""Every verb of the command line."""

from typing import Any

from prosopon.cli.app import app, load_verbs

load_verbs()


def commands(group: Any = app, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of each: ("people", "list")."""
    found = [(*path, command.name) for command in group.registered_commands]
    for inner in group.registered_groups:
        found += commands(inner.typer_instance, (*path, inner.name))
    return found
