"""Progress of long work, reported without passing a parameter through the layers.

Code that does long work says `for item in track(items, "embedding faces"): ...`, or opens a
`stage(...)` and advances it. Nothing is shown unless somebody listens: the command line draws
`bars`, notebooks do so by themselves; tests and programs see nothing.
"""

import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

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
    if listener is None and _in_notebook():
        with bars(), stage(description, total) as opened:
            yield opened
        return
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


@dataclass(slots=True)
class _Bar(Stage):
    progress: Any
    task: Any
    figures: dict[str, int | str] = field(default_factory=dict)

    def advance(self, steps: int = 1, **figures: int | str) -> None:
        self.figures |= figures
        speed = self.progress.tasks[self.task].speed
        shown = [] if speed is None else [f"{speed:.1f}/s"]
        shown += [f"{value:,} {name}" for name, value in self.figures.items()]
        self.progress.update(self.task, advance=steps, rate=" · ".join(shown))

    def close(self) -> None:
        task = self.progress.tasks[self.task]
        if task.total is None:  # else the bar would go on as if nobody knew when it ends
            self.progress.update(self.task, total=task.completed)
        self.progress.stop_task(self.task)


@dataclass(slots=True)
class _Bars:
    progress: Any

    def open(self, description: str, total: int | None) -> Stage:
        return _Bar(self.progress, self.progress.add_task(description, total=total, rate=""))


@contextmanager
def bars(console: Any = None) -> Iterator[None]:
    """Draw a bar for each piece of work in this block.

    console : of rich; by default where the program prints.
    """
    from rich import progress as rich

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("{task.fields[rate]}", markup=False),
        rich.TimeElapsedColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=console) as drawn, listening(_Bars(drawn)):
        yield


def _in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel."""
    if "ipykernel" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return type(shell).__name__ == "ZMQInteractiveShell"
