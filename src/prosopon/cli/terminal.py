"""What reaches the terminal: text it can show, and no commands to it."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from prosopon.errors import ProsoponError

_CONTROLS = [code for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"]
_UNSEEN = [
    *(0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF),
    *(*range(0x2028, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A)),
]
"""What breaks lines, turns the direction of what follows, or has no width."""
_COMMANDS = {code: f"\\x{code:02x}" for code in _CONTROLS} | {
    code: f"\\u{code:04x}" for code in _UNSEEN
}
"""Characters → as they are shown."""
_IN_JSON = {code: f"\\u{code:04x}" for code in (*_CONTROLS, *_UNSEEN)}
"""JSON has escapes for all of them."""

_STANDARD_ERROR = 2
"""Its descriptor, the last of the three."""


class Terminal(Console):
    """A console for text of others: file names, captions, cards can't steer the terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text, with what would be commands to the terminal shown instead."""
        return super().render_str(text.translate(_COMMANDS), **options)


def show_any_letter() -> None:
    """Have letters that the terminal lacks escaped, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def open_closed_streams() -> None:
    """Have nothing where a stream is closed (`>&-`), not the next file that is opened."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(_STANDARD_ERROR, "w")


def only_ascii() -> bool:
    """Whether standard output is in an encoding that lacks letters; JSON has escapes of its own."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"


def printable_json(text: str) -> str:
    """The same JSON, without commands to the terminal and without halves of characters."""
    return text.translate(_IN_JSON).encode(errors="backslashreplace").decode()


@contextmanager
def standard_output() -> Iterator[None]:
    """What is printed in here arrives, or the run ends: quietly where nobody reads any more.

    Raises ProsoponError where it can't be written, on a full disk.
    """
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as ended:  # the reader (head, less) has seen enough
        if isinstance(ended, SystemExit) and not isinstance(ended.__context__, BrokenPipeError):
            raise
        _discard_output()  # Rich leaves with 1 then
        raise typer.Exit(0) from None
    except OSError as error:
        _discard_output()
        raise ProsoponError(f"standard output can't be written: {error.strerror}") from error


def _discard_output() -> None:
    """Have what is not written yet go nowhere, instead of failing again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
