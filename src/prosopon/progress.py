"""Progress of long work, reported without passing a parameter through the layers.

Code that does long work says `for item in track(items, "embedding faces"): ...`, or opens a
`stage(...)` and advances it. Nothing is shown unless somebody listens: the command line installs a
`Listener` that draws bars; tests and library users see nothing.
"""

from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")


class Stage:
    """One piece of long work, going from 0 to `total` (None: unknown)."""

    def advance(self, steps: int = 1, **figures: int | str) -> None:
        """Move forward by `steps`; `figures` are shown beside the bar (`faces=1234`)."""

    def close(self) -> None:
        """The work has ended, well or not."""


class Listener(Protocol):
    """What shows progress."""

    def open(self, description: str, total: int | None) -> Stage: ...


_listener: ContextVar[Listener | None] = ContextVar("progress_listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send the progress of all work in this block to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def stage(description: str, total: int | None = None) -> Iterator[Stage]:
    """Open one stage of work, closed at the end of the block."""
    listener = _listener.get()
    opened = Stage() if listener is None else listener.open(description, total)
    try:
        yield opened
    finally:
        opened.close()


def track(items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Yield `items`, advancing a stage by one after each."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    with stage(description, total) as opened:
        for item in items:
            yield item
            opened.advance()
