"""What the verbs on people share: the collection at hand, whose decisions they are, the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

from prosopon.cli.common import Call

if TYPE_CHECKING:
    from prosopon.collection.review import Desk

AUTHOR: Any = typer.Option(
    None, help="Whose decision it is; by default your user name.", show_default=False
)


@contextmanager
def desk_of(call: Call) -> "Iterator[Desk]":
    """The collection, with its log replayed."""
    from prosopon.collection.review import Desk

    with call.open() as store:
        yield Desk(store, call.settings())


def show_deed(console: Console, result: Any) -> None:
    """What was done, in a sentence."""
    console.print(escape(result.message))
