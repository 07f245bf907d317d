"""Ctrl-C at any moment: exit code 130 and at most one plain line."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prosopon.cli import interrupts

_SAID = b"interrupted; what was finished is kept: run again to go on\n"
_SLOW = """
import sys, time
from prosopon.cli import main

class Slow:
    def find_spec(self, name, *_):
        if name == {module!r}:
            print("here", flush=True)
            try:
                time.sleep(60)
            except KeyboardInterrupt:  # as C modules do with what happens while they load
                raise ImportError(name) from None

sys.meta_path.insert(0, Slow())
main()
"""


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("typer", b""),
        ("prosopon.cli.sweep", b""),
        ("prosopon.collection", _SAID),
        ("prosopon.store", _SAID),
    ],
)
def test_while_modules_load(collection: Path, module: str, said: bytes) -> None:
    program = [sys.executable, "-c", _SLOW.format(module=module), "log", "-c", str(collection)]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None and running.stdout.readline() == b"here\n"
    time.sleep(0.1)  # it prints before it sleeps
    running.send_signal(signal.SIGINT)
    assert (running.communicate()[1], running.returncode) == (said, interrupts.INTERRUPTED)
