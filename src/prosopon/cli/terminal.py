"""What reaches the terminal: text it can show, and no commands to it."""

import io
import sys
from typing import Any, NoReturn

from rich.console import Console
from rich.text import Text

_COMMANDS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
} | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Control characters, and those that turn the direction of what follows → as they are shown."""


class Terminal(Console):
    """A console for text of others: file names, captions, cards can't steer the terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text, with what would be commands to the terminal shown instead."""
        return super().render_str(text.translate(_COMMANDS), **options)

    def on_broken_pipe(self) -> NoReturn:
        """Leave it to the caller: a reader who has seen enough is no failure."""
        raise BrokenPipeError


def show_any_letter() -> None:
    """Have letters that the terminal lacks escaped, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def only_ascii() -> bool:
    """Whether standard output is in an encoding that lacks letters; JSON has escapes of its own."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
