"""One contract for every engine."""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prosopon import engines
from prosopon.errors import UsageError


def square(number: int) -> int:
    return number * number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


@pytest.fixture(params=["serial", "threads", "processes", "ray"], scope="module")
def engine(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    return engines.build(request.param, 2)


def test_results_come_in_the_order_of_the_items(engine) -> None:  # type: ignore[no-untyped-def]
    assert list(engine.map(square, range(20))) == [n * n for n in range(20)]
    assert list(engine.map(square, [])) == []


def test_items_are_taken_as_needed(engine) -> None:  # type: ignore[no-untyped-def]
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield number

    results = engine.map(square, endless())
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    results.close() if hasattr(results, "close") else None
    assert taken <= 3 + 2 * 2


def test_an_error_is_raised_at_its_place(engine) -> None:  # type: ignore[no-untyped-def]
    results = engine.map(fail_at_three, range(6))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_threads_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=10)
    assert sorted(engines.Threads(2).map(lambda n: both.wait() * 0 + n, range(4))) == [0, 1, 2, 3]


def test_unknown_engine() -> None:
    with pytest.raises(UsageError, match="expected serial"):
        engines.build("steam", 1)


LISTENERS = """
import psutil
from prosopon import engines
assert list(engines.build("ray", 1).map(abs, [-1])) == [1]
for process in psutil.Process().children(recursive=True):
    for socket in process.net_connections("inet"):
        if socket.status in (psutil.CONN_LISTEN, psutil.CONN_NONE):
            print(process.name(), socket.laddr.ip)
"""


def test_a_ray_of_our_own_listens_on_loopback_only() -> None:
    pytest.importorskip("ray")
    settings = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    run = subprocess.run(
        [sys.executable, "-c", LISTENERS], env=settings, capture_output=True, text=True, check=True
    )
    listeners = [line.split()[-1].removeprefix("::ffff:") for line in run.stdout.splitlines()]
    assert set(listeners) <= {"127.0.0.1", "::1"}, run.stdout
    assert len(listeners) > 3, run.stdout


def test_a_command_that_ray_ends_says_so() -> None:
    pytest.importorskip("ray")
    script = (  # ends as Ray ends a process whose cluster is gone
        "import os\n"
        "from prosopon import engines\n"
        "for _ in engines.build('ray', 1).map(abs, [-1]):\n"
        "    pass\n"
        "for _ in engines.build('ray', 1).map(abs, [-1]):\n"
        "    os._exit(1)\n"
    )
    settings = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    run = subprocess.run(
        [sys.executable, "-c", script], env=settings, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.count("The command was ended. Ray on this machine") == 1
    assert "run again" in run.stderr


def _own_number(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes as Linux lists them")
def test_worker_processes_end_with_their_parent() -> None:
    script = (
        "from prosopon.engines import Processes\n"
        "from tests.test_engines import _own_number\n"
        "if __name__ == '__main__':\n"
        "    for number in Processes(2).map(_own_number, [0, 0, 0, 0, 60, 60, 60, 60]):\n"
        "        print(number, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        worker = Path("/proc") / parent.stdout.readline().strip()
        assert worker.exists()
        parent.kill()
        for _ in range(150):
            if not worker.exists():
                return
            time.sleep(0.1)
    raise AssertionError("a worker outlived its parent")
