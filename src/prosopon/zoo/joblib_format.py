"""A strict reader of joblib's files of arrays. They are pickles, and no pickle is loaded here.

A pickle is a program for a stack machine. This reads the few instructions of which a list of
float32 arrays is made, and takes what they name as mere text: nothing is imported, called or built.
After the instruction that completes an array's description come a byte with the number of padding
bytes, the padding, and the raw numbers (`joblib.numpy_pickle.NumpyArrayWrapper`).
"""

import io
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.records import Float32

LARGEST = 1 << 28
"""Bytes of an unpacked file; MTCNN's largest has 1.6 million."""
_NUMBERS = np.dtype("<f4")
_MARK = object()


def read_arrays(content: bytes, name: str | Path) -> list[Float32]:
    """The float32 arrays in the unpacked `content`. Raises ProsoponError for anything else.

    name : what messages call the file.
    """
    if len(content) > LARGEST:
        raise ProsoponError(f"{name}: larger than {LARGEST:,} bytes; not a file of weights")
    try:
        arrays = _Machine(io.BytesIO(content)).run()
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise ProsoponError(f"{name}: not a joblib file of float32 arrays: {error}") from error
    return arrays


class _Machine:
    """The stack of a pickle, with text in place of what is imported."""

    def __init__(self, stream: io.BytesIO) -> None:
        self._stream = stream
        self._stack: list[Any] = []
        self._memo: list[Any] = []

    def run(self) -> list[Float32]:
        for code, argument, _ in pickletools.genops(self._stream):
            if code.name == "STOP":
                (arrays,) = self._stack
                if not isinstance(arrays, list) or not all(
                    isinstance(array, np.ndarray) for array in arrays
                ):
                    raise ValueError("expected one list of arrays")
                return arrays
            if code.name in _CONSTANTS:
                self._stack.append(_CONSTANTS[code.name]())
            elif code.name in _GIVEN:
                self._stack.append(argument)
            else:
                step: Callable[[Any], None] | None = getattr(self, f"_{code.name}", None)
                if step is None:
                    raise ValueError(f"an instruction {code.name} has no place in one")
                step(argument)
        raise ValueError("it breaks off")

    def _pop(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise ValueError("its stack is empty")
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def _since_mark(self) -> list[Any]:
        place = max(i for i, value in enumerate(self._stack) if value is _MARK)
        return self._pop(len(self._stack) - place)[1:]

    def _PROTO(self, version: int) -> None:
        pass

    def _FRAME(self, length: int) -> None:
        pass

    def _MEMOIZE(self, _: None) -> None:
        self._memo.append(self._stack[-1])

    def _BINGET(self, place: int) -> None:
        self._stack.append(self._memo[place])

    def _MARK(self, _: None) -> None:
        self._stack.append(_MARK)

    def _TUPLE(self, _: None) -> None:
        self._stack.append(tuple(self._since_mark()))

    def _TUPLE1(self, _: None) -> None:
        self._stack.append(tuple(self._pop(1)))

    def _TUPLE2(self, _: None) -> None:
        self._stack.append(tuple(self._pop(2)))

    def _TUPLE3(self, _: None) -> None:
        self._stack.append(tuple(self._pop(3)))

    def _APPENDS(self, _: None) -> None:
        values = self._since_mark()
        self._stack[-1].extend(values)

    def _SETITEMS(self, _: None) -> None:
        values = self._since_mark()
        self._stack[-1].update(zip(values[::2], values[1::2], strict=True))

    def _STACK_GLOBAL(self, _: None) -> None:
        self._stack.append(".".join(self._pop(2)))

    def _NEWOBJ(self, _: None) -> None:
        self._made()

    def _REDUCE(self, _: None) -> None:
        self._made()

    def _made(self) -> None:
        kind, given = self._pop(2)
        if (kind, given) not in (
            ("joblib.numpy_pickle.NumpyArrayWrapper", ()),
            ("numpy.dtype", ("f4", False, True)),
        ):
            raise ValueError(f"it asks for {kind!s:.80}")
        self._stack.append(kind)

    def _BUILD(self, _: None) -> None:
        kind, state = self._pop(2)
        if kind == "numpy.dtype" and state[:2] == (3, "<"):
            self._stack.append(kind)
        elif kind == "joblib.numpy_pickle.NumpyArrayWrapper" and state["dtype"] == "numpy.dtype":
            self._stack.append(self._array(state["shape"], state["order"]))
        else:
            raise ValueError("expected arrays of little-endian float32")

    def _array(self, shape: tuple[int, ...], order: str) -> Float32:
        count = int(np.prod(shape, dtype=np.int64))
        (padding,) = self._stream.read(1)
        self._stream.read(padding)
        array = np.frombuffer(self._stream.read(count * _NUMBERS.itemsize), _NUMBERS)
        return array.reshape(shape, order="F" if order == "F" else "C")


_CONSTANTS: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
}
_GIVEN = frozenset({"SHORT_BINUNICODE", "BININT", "BININT1", "BININT2"})
