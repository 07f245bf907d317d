"""How often each stage of the work ran, how long it took, and how much memory it added."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

_PROCESS = psutil.Process()


@dataclass(slots=True)
class StageStats:
    """The sum over all runs of one stage."""

    hits: int = 0
    seconds: float = 0.0
    memory: float = 0.0
    """By how much the process' resident bytes grew while the stage ran, less what it gave back,
    summed over hits. What other threads take or give back meanwhile is in it too."""

    def add(self, other: "StageStats") -> None:
        self.hits += other.hits
        self.seconds += other.seconds
        self.memory += other.memory


@dataclass(slots=True)
class StageTimer:
    """Laps by the name of their stage, in the order in which they were first met."""

    laps: dict[str, StageStats] = field(default_factory=dict)

    @contextmanager
    def lap(self, stage: str, hits: int = 1) -> Iterator[None]:
        """Time a block that does `hits` pieces of work."""
        before, start = _PROCESS.memory_info().rss, time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            memory = float(_PROCESS.memory_info().rss - before)
            self.laps.setdefault(stage, StageStats()).add(StageStats(hits, seconds, memory))

    def add(self, other: "StageTimer") -> None:
        """Add the laps of a worker."""
        for stage, lap in other.laps.items():
            self.laps.setdefault(stage, StageStats()).add(lap)
