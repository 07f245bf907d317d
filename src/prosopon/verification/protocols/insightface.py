"""InsightFace's `.bin`: a pickle of (pictures as JPEG bytes two by two, same or not).

A pickle is a program. This one is read by an unpickler that knows a handful of names, each bound to
a harmless stand-in here; any other name ends the reading, and nothing of the file is ever run.
"""

import io
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols.base import Protocol

FOLDS = 10
LARGEST_MEMO = 10_000_000
"""No list of pictures numbers more objects; a larger number would only eat memory."""


class _Array:
    """Stands in for a numpy array of bytes or truth values."""

    def __init__(self, *_: Any) -> None:
        self.content = b""

    def __setstate__(self, state: Any) -> None:
        match state:
            case (*_, bytes(content)):
                self.content = content
            case _:
                raise ProsoponError("holds an array that is not of bytes")


def _latin_1(text: Any, encoding: Any = None) -> bytes:
    """How Python 3 writes bytes into old pickles."""
    return str(text).encode("latin-1")


def _scalar(kind: Any, content: Any = b"\0") -> bool:
    return any(content if isinstance(content, bytes) else str(content).encode())


class _Kind:
    """Stands in for a numpy type; only its being there matters."""

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...


_KNOWN: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _latin_1,
    ("numpy", "dtype"): _Kind,
    ("numpy", "ndarray"): _Kind,
    **{
        (f"numpy.{core}.multiarray", name): stand_in
        for core in ("core", "_core")
        for name, stand_in in (("_reconstruct", _Array), ("scalar", _scalar))
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in _KNOWN:
            raise ProsoponError(
                f"asks to run {module}.{name}: a list of pictures has no use for it. The file may "
                "be hostile; nothing of it was run"
            )
        return _KNOWN[module, name]


def read(files: list[Path], view: int) -> Pairs:
    """Pairs of one `.bin` file, with its pictures as `contents`."""
    (file,) = files
    pictures, same = _checked(unpickle(file.read_bytes()))
    names = [f"{file.stem}/{number:06d}.jpg" for number in range(len(pictures))]
    rows = [
        (left, right, answer, place * FOLDS // len(same))
        for place, (left, right, answer) in enumerate(
            zip(names[::2], names[1::2], same, strict=True)
        )
    ]
    return Pairs.of(rows, contents=dict(zip(names, pictures, strict=True)))


def unpickle(content: bytes) -> Any:
    """Plain data from a pickle, without running anything. Raises ProsoponError."""
    try:
        for opcode, argument, _ in pickletools.genops(content):
            if opcode.name in ("PUT", "LONG_BINPUT") and int(argument or 0) > LARGEST_MEMO:
                raise ProsoponError(f"numbers an object {argument}: not a list of pictures")
        # Python 2 wrote its pictures as strings
        return _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except ProsoponError:
        raise
    except Exception as error:  # broken pickles fail in every way there is
        raise ProsoponError(f"not a readable .bin: {error}") from error


def _checked(found: Any) -> tuple[list[bytes], list[bool]]:
    match found:
        case (list(pictures), answers) if isinstance(answers, list | tuple | _Array):
            contents = [each.content if isinstance(each, _Array) else each for each in pictures]
        case _:
            raise ProsoponError("expected a list of pictures and a list of answers")
    if isinstance(answers, _Array):
        answers = np.frombuffer(answers.content, np.uint8).tolist()
    if not all(isinstance(each, bytes) for each in contents):
        raise ProsoponError("expected pictures as bytes")
    if not answers or len(contents) != 2 * len(answers):
        raise ProsoponError(f"{len(contents)} pictures do not make {len(answers)} pairs")
    if not all(isinstance(answer, bool | int) for answer in answers):
        raise ProsoponError("expected answers that are true or false")
    return contents, [bool(answer) for answer in answers]


PROTOCOLS = {
    "insightface": Protocol(
        "insightface", "InsightFace's .bin: any of its lists", {2: ("pairs.bin",)}, read
    )
}
