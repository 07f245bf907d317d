"""Ctrl-C: it ends the verb, and before a verb begins and after its end the program at once."""

import os
import signal

INTERRUPTED = 130
"""The exit code."""
_seen = False


def leave_at_once() -> None:
    """While modules load, and while Python ends: interrupted there, they fail in odd ways."""
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _raise):  # not: ignored
        signal.signal(signal.SIGINT, _leave)


def raise_as_usual() -> None:
    """From here on, raise KeyboardInterrupt and remember it."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, _raise)


def seen() -> bool:
    """Whether there was one: libraries turn it into errors of theirs."""
    return _seen


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)


def _raise(*_: object) -> None:
    global _seen
    _seen = True
    raise KeyboardInterrupt
