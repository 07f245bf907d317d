"""Every verb of the command line, without those of plug-ins."""

from typing import Any

from prosopon.cli.app import app, load_verbs

load_verbs()


def commands(group: Any = app, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of each: ("people", "list"). The tests' own plug-in calls its verbs example-…."""
    names = [command.name for command in group.registered_commands]
    found = [(*path, name) for name in names if not name.startswith("example-")]
    for inner in group.registered_groups:
        found += commands(inner.typer_instance, (*path, inner.name))
    return found
