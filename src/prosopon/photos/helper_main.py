"""The helper's side: read a file, decode it, write the pixels. Started by `helper` alone."""

import contextlib
import json
import os
import signal
import sys
from typing import IO, Any

import cv2  # noqa: F401 (here, before memory is bounded: `decoding` loads it late)

from prosopon.paths import file_of
from prosopon.photos import decoding, pdf
from prosopon.photos.formats import PDF
from prosopon.photos.opening import kind_of
from prosopon.photos.unreadable import UnreadablePhoto
from prosopon.records import Limits

_BASE = 1_000_000_000
"""Bytes of address space that the interpreter and its libraries take before any picture."""


def main() -> None:
    limit = Limits(**json.loads(sys.argv[1]))
    _bound_memory(limit)
    questions = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # libraries may print there
    while line := questions.readline():
        question = json.loads(line)
        content = questions.read(question["size"])
        _let_end_in(limit.seconds + 5)
        try:
            _answer(answers, *_do(question, content, limit))
        except UnreadablePhoto as reason:
            _answer(answers, {"reason": str(reason)})
        except MemoryError:
            said = f"more than {limit.megabytes:,} MB of memory needed (setting max_megabytes)"
            _answer(answers, {"reason": said})
        _let_end_in(0)


def _do(question: dict[str, Any], content: bytes, limit: Limits) -> tuple[dict[str, Any], bytes]:
    name, page = file_of(question["name"]), question.get("page", 1)
    if question["operation"] == "sizes":
        return {"sizes": pdf.sizes(content)}, b""
    if kind_of(content, name) == PDF:
        decoded = decoding.Decoded(pdf.render(content, page, limit), 1.0)
    else:
        at_least = question.get("at_least") or None
        decoded = decoding.decode_here(content, name, limit, at_least, page)
    return {"shape": decoded.pixels.shape, "scale": decoded.scale}, decoded.pixels.tobytes()


def _answer(stream: IO[bytes], answer: dict[str, Any], data: bytes = b"") -> None:
    stream.write(json.dumps({**answer, "size": len(data)}).encode() + b"\n")
    stream.write(data)
    stream.flush()


def _bound_memory(limit: Limits) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        most = _BASE + 2 * limit.megabytes * 1_000_000  # the file and the answer are there too
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _let_end_in(seconds: float) -> None:
    """End this process then, should its parent be gone and not do it; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
