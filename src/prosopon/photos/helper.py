"""A process of its own for files that may take long, much memory, or crash their decoder.

It lives as long as it is asked things and its parent is there: at the end of its input it ends. A
question is one line of JSON and the file's bytes; so is the answer, with pixels in place of the
file. Nothing is unpickled, for the helper may have been taken over by what it read.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from prosopon.paths import address
from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import Limits

_MAX_LINE = 1_000_000
_idle: list[tuple[Limits, "subprocess.Popen[bytes]"]] = []
_lock = threading.Lock()


def ask(
    operation: str, content: bytes, name: Path, limit: Limits, **options: int
) -> tuple[dict[str, Any], bytearray]:
    """What the helper makes of a file: its answer, and the bytes that go with it.

    Raises UnreadablePhoto: what the helper says, or that it took too long or too much.
    """
    question = {"operation": operation, "size": len(content), "name": address(name), **options}
    with _helper(limit) as process:
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()
        watch = threading.Timer(limit.seconds, _kill, (process, late))
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.write(content)
            process.stdin.flush()
            answer, data = _answer(cast(BufferedReader, process.stdout))
        except (OSError, ValueError) as error:
            _end(process)
            raise UnreadablePhoto(_cause(late.is_set(), limit)) from error
        except BaseException:
            _end(process)
            raise
        finally:
            watch.cancel()
    if "reason" in answer:
        raise UnreadablePhoto(str(answer["reason"]))
    return answer, data


def _answer(stream: BufferedReader) -> tuple[dict[str, Any], bytearray]:
    line = stream.readline(_MAX_LINE)
    answer = json.loads(line)  # of an empty line, from a process that is gone: a ValueError
    size = int(answer.pop("size", 0))
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        came = stream.readinto(view[at:])
        if not came:
            raise ValueError("answer cut short")
        at += came
    return answer, data


def _cause(late: bool, limit: Limits) -> str:
    if late:
        return f"decoding took longer than {limit.seconds:g} seconds (setting max_seconds)"
    return (
        f"its decoder crashed, or needed more than {limit.megabytes:,} MB of memory "
        "(setting max_megabytes)"
    )


@contextlib.contextmanager
def _helper(limit: Limits) -> Iterator["subprocess.Popen[bytes]"]:
    """A helper that nobody else uses meanwhile; an idle one, or a new one."""
    with _lock:
        fitting = next((entry for entry in _idle if entry[0] == limit), None)
        if fitting is not None:
            _idle.remove(fitting)
    process = _start(limit) if fitting is None else fitting[1]
    try:
        yield process
    finally:
        if process.poll() is None:
            with _lock:
                _idle.append((limit, process))


def _kill(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    process.kill()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _start(limit: Limits) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "prosopon.photos.helper_main", json.dumps(asdict(limit))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # an interrupt is for its parent
    )
