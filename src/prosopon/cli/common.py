"""What every verb shares: its common flags, how it prints, how it fails.

A verb is a function decorated with `@verb(...)`. It takes a `Call` first, returns a result, and
never prints: the decorator prints the result with the verb's `show`, or as one JSON object when
`--json` is given, and turns errors into messages and exit codes.
"""

import functools
import inspect
import json
import logging
import math
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli import interrupts
from prosopon.cli.terminal import Terminal, only_ascii, printable_json, standard_output
from prosopon.errors import ProsoponError, UsageError
from prosopon.paths import address
from prosopon.progress import bars

if TYPE_CHECKING:
    from prosopon.collection import Collection
    from prosopon.config import Settings


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a verb: what its common flags say."""

    collection: str | None

    def settings(self, **flags: Any) -> "Settings":
        """The settings in force, with the verb's own flags on top (None: not given)."""
        from prosopon import config

        return config.load(collection=self.collection, **flags)

    def open(self, *, create: bool = False, **flags: Any) -> "Collection":
        """The collection, by these settings.

        create : make it where there is none; otherwise that is a ProsoponError.
        """
        from prosopon.collection.collection import open_with

        return open_with(self.settings(**flags), create=create)


_COLLECTION = typer.Option(
    None,
    "--collection",
    "-c",
    help="The collection: a file, or a database's URL. "
    "Without it, PROSOPON_COLLECTION, else collection.prosopon here.",
    rich_help_panel="Common",
    show_default=False,
)
_JSON = typer.Option(
    False, "--json", help="Print one JSON object and nothing else.", rich_help_panel="Common"
)
_QUIET = typer.Option(
    False, "--quiet", "-q", help="No progress, errors only.", rich_help_panel="Common"
)
_VERBOSE = typer.Option(
    False,
    "--verbose",
    "-v",
    help="Say more, and show where errors arise.",
    rich_help_panel="Common",
)
_SHARED: dict[str, tuple[Any, Any]] = {
    "collection": (str | None, _COLLECTION),
    "as_json": (bool, _JSON),
    "quiet": (bool, _QUIET),
    "verbose": (bool, _VERBOSE),
}


def verb(
    app: typer.Typer,
    show: Callable[[Console, Any], None],
    *,
    example: str,
    name: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Register a function as a verb of `app`.

    The function's first parameter is a `Call`; the others are its arguments and flags. Its
    docstring is the help text, to which `example` is added.
    """

    def register(function: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(function)
        def command(**arguments: Any) -> None:
            shared = {key: arguments.pop(key) for key in _SHARED}
            _run(function, show, arguments, **shared)

        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        common = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=kind)
            for key, (kind, option) in _SHARED.items()
        ]
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + common
        command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        text = inspect.getdoc(function) or ""
        app.command(
            name or function.__name__.replace("_", "-"),
            help=text,
            epilog=f"Example:  [bold]{escape(example)}[/bold]",
        )(command)
        return command

    return register


def _run(
    function: Callable[..., Any],
    show: Callable[[Console, Any], None],
    arguments: Mapping[str, Any],
    *,
    collection: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, stream=sys.stderr)
    errors = Terminal(stderr=True, soft_wrap=True)
    interrupts.raise_as_usual()
    try:
        first = os.environ.get("LOCAL_RANK", "0") == "0"  # of a training's devices
        with _progress(errors, visible=not quiet and first):
            result = function(Call(collection), **arguments)
        with standard_output():
            if as_json:
                _print_json(jsonable(result))
            elif not quiet:
                show(Terminal(), result)
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(error, KeyboardInterrupt) or interrupts.seen():
            errors.print("interrupted; what was finished is kept: run again to go on")
            raise typer.Exit(interrupts.INTERRUPTED) from None
        if not isinstance(error, ProsoponError | OSError):
            raise
        if verbose:
            errors.print_exception()
        if as_json:
            _print_json({"error": _said(error)})
        errors.print(f"[red]error:[/red] {escape(_said(error))}")
        raise typer.Exit(getattr(error, "exit_code", 1)) from None


def _print_json(value: Any) -> None:
    print(printable_json(json.dumps(value, ensure_ascii=only_ascii(), allow_nan=False)))


def _said(error: ProsoponError | OSError) -> str:
    if isinstance(error, ProsoponError):
        return str(error)
    where = f"{address(os.fsdecode(error.filename))}: " if error.filename else ""
    return f"{where}{error.strerror or error} (--verbose shows where this arose)"


AUTHOR: Any = typer.Option(
    None, help="Whose decision it is; by default your user name.", show_default=False
)


def show_action(console: Console, result: Any) -> None:
    """What was done, in a sentence."""
    console.print(escape(result.message))


def jsonable(value: Any) -> Any:
    """Records, arrays, paths and dates as what JSON has; NaN becomes null."""
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: jsonable(getattr(value, name)) for name in _fields(type(value))}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if type(value).__module__ == "numpy":  # an array, or one of its numbers
        return jsonable(value.tolist())
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


@functools.cache
def _fields(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


def _progress(console: Console, visible: bool) -> AbstractContextManager[None]:
    return bars(console) if visible and console.is_terminal else nullcontext()


def parse_parameters(given: list[str]) -> dict[str, Any]:
    """`["eps=0.3"]` → `{"eps": "0.3"}`. Raises UsageError."""
    pairs = [text.partition("=") for text in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise UsageError(f"--set {name!r}: expected NAME=VALUE, such as eps=0.3")
    return {name: value for name, _, value in pairs}
