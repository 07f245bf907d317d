"""Run a function over items: serial, in threads, in processes, or on a Ray cluster.

All engines keep the contract of `prosopon.protocols.Engine`: results in the order of the items,
both sides lazy, with at most twice as many items in flight as there are workers (with Ray: cores
in the cluster, those that join it meanwhile too).
"""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from math import inf
from multiprocessing import connection
from typing import Any, TypeVar

from prosopon.errors import ProsoponError, UsageError
from prosopon.optional import require
from prosopon.protocols import Elsewhere, Engine

T = TypeVar("T")
R = TypeVar("R")


class Serial:
    """One item after the other, in this process."""

    def map(self, function: Callable[[T], R | Elsewhere[R]], items: Iterable[T]) -> Iterator[R]:
        return map(_here, map(function, items))


class Threads:
    """Threads of this process: right where the work releases the interpreter's lock."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, function: Callable[[T], R | Elsewhere[R]], items: Iterable[T]) -> Iterator[R]:
        return _in_flight(ThreadPoolExecutor(self.workers), function, items, 2 * self.workers)


class Processes:
    """Processes of their own; function, items and results must be picklable."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, function: Callable[[T], R | Elsewhere[R]], items: Iterable[T]) -> Iterator[R]:
        executor = ProcessPoolExecutor(
            self.workers,
            # forking would copy the locks of inference threads in whatever state they are
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_live_with_the_parent,
        )
        try:
            yield from _in_flight(executor, function, items, 2 * self.workers)
        except BrokenProcessPool as error:
            raise ProsoponError(
                "a worker process was killed, perhaps for want of memory; what was finished is "
                "kept: run again with fewer workers, or with the engine 'serial'"
            ) from error


class Ray:
    """The Ray cluster at RAY_ADDRESS, or else this machine through a Ray that only it can reach."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reports its use unless told not to
        self._own = "RAY_ADDRESS" not in os.environ
        if self._own:
            _keep_ray_on_loopback()
        self._ray = _ray()

    def map(self, function: Callable[[T], R | Elsewhere[R]], items: Iterable[T]) -> Iterator[R]:
        self._start()
        ray = self._ray
        with _last_word():
            shipped = ray.put(function)
            del function  # the cluster has it now; it may be large
            run = ray.remote(_with_place).options(max_retries=_RETRIES)
            flight: deque[tuple[T, Any]] = deque()
            most = _Most(ray)
            for item in items:
                flight.append((item, run.remote(shipped, item)))
                if len(flight) >= most():
                    yield self._result(run, shipped, *flight.popleft())
            while flight:
                yield self._result(run, shipped, *flight.popleft())

    def _start(self) -> None:
        if not self._ray.is_initialized():
            own = {"address": "local", "num_cpus": self.workers, "include_dashboard": False}
            choices = own if self._own else {}
            self._ray.init(log_to_driver=False, logging_level=40, **choices)
            # what it says of lost machines goes to standard output in spite of that
            self._ray._private.worker._worker_logs_enabled = False

    def _result(self, run: Any, shipped: Any, item: Any, reference: Any) -> Any:
        """The result of an item, from the first machine that has what it needs."""
        ray, tried = self._ray, set()
        try:
            while True:
                place, result = ray.get(reference)
                if not isinstance(result, Elsewhere):
                    return result
                tried.add(place)
                left = [node["NodeID"] for node in ray.nodes() if node["Alive"]]
                left = [node for node in left if node not in tried]
                if not left:
                    return result.result
                there = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                    left[0], soft=True
                )
                tried.add(left[0])  # where it may be gone by then
                reference = run.options(scheduling_strategy=there).remote(shipped, item)
        except ray.exceptions.WorkerCrashedError as error:
            raise ProsoponError(
                f"a Ray worker was killed {_RETRIES + 1} times over one item, perhaps for want of "
                "memory; what was finished is kept: run again with fewer workers"
            ) from error
        except (ray.exceptions.LocalRayletDiedError, ray.exceptions.ObjectLostError) as error:
            raise ProsoponError(_GONE) from error


_GONE = (
    "Ray on this machine, its head, or machine after machine was lost, perhaps for want of memory; "
    "what was finished is kept: start Ray again where it ended, then run again"
)


@contextmanager
def _last_word() -> Iterator[None]:
    """Say so where Ray ends this process at once, as it does when it is lost on this machine: no
    exception is raised then, but a shell at the other end of a pipe hears of it."""
    shell = shutil.which("sh")
    if shell is None:
        yield
        return
    command = [shell, "-c", 'read -r _ || echo "$0" >&2', f"The command was ended. {_GONE}"]
    heir = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        heir.communicate(b"all is well\n")


class _Most:
    """How many items may be in flight: twice the cores of a Ray cluster, asked for now and then."""

    EVERY = 1.0
    """Seconds; an answer takes a millisecond or more."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._asked = -inf
        self._most = 0

    def __call__(self) -> int:
        now = time.monotonic()
        if now - self._asked >= self.EVERY:
            self._asked = now
            self._most = 2 * int(self._ray.cluster_resources().get("CPU", 1))
        return self._most


_RETRIES = 5
"""How often Ray runs a task again whose worker or machine was lost."""


def _with_place(function: Callable[[T], R], item: T) -> tuple[str, R]:
    """The result, and the machine that it was made on."""
    return _ray().get_runtime_context().get_node_id(), function(item)


def _ray() -> Any:
    return require("ray", extra="ray")


def _here(result: R | Elsewhere[R]) -> R:
    """What counts, with no other machine to try."""
    return result.result if isinstance(result, Elsewhere) else result


def _keep_ray_on_loopback() -> None:
    """Have Ray use 127.0.0.1 where it would use the machine's address; it reads this on import.

    `ray.init(_node_ip_address="127.0.0.1")` does not do it: Ray rewrites that address.
    """
    variable = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"  # Ray's switch for clusters, on Linux too
    imported = sys.modules.get("ray")
    if imported and not imported.is_initialized() and os.environ.get(variable) != "0":
        raise UsageError(
            f"Ray was imported before Prosopon could keep it to this machine: set {variable}=0 "
            "before importing ray, or start the Ray you want first (ray.init)"
        )
    os.environ[variable] = "0"


def build(name: str, workers: int) -> Engine:
    """The engine of that name: serial, threads, processes or ray."""
    match name:
        case "serial":
            return Serial()
        case "threads":
            return Threads(workers)
        case "processes":
            return Processes(workers)
        case "ray":
            return Ray(workers)
    raise UsageError(f"engine {name!r}: expected serial, threads, processes or ray")


def _in_flight(
    executor: Executor, function: Callable[[T], R | Elsewhere[R]], items: Iterable[T], most: int
) -> Iterator[R]:
    """Submit lazily and yield in order; on any exit, drop what has not begun."""
    flight: deque[Any] = deque()
    try:
        for item in items:
            flight.append(executor.submit(function, item))
            if len(flight) >= most:
                yield _here(flight.popleft().result())
        while flight:
            yield _here(flight.popleft().result())
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _live_with_the_parent() -> None:
    """A worker leaves interrupts to its parent, and ends when that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
