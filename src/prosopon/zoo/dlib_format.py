"""A strict reader of networks in dlib's own serialisation (`.dat`).

The format, as written by `dlib/serialize.h` and `dlib/dnn`:

- integer: a byte n (bit 7: negative, low four bits: count), then count bytes, little-endian
- string: its length as an integer, then its bytes; bool: the character `1` or `0`
- float: integers mantissa and exponent, value = mantissa · 2^exponent
- tensor: version 2, four dimensions as integers, then raw little-endian float32

A network is: version of the loss layer, the loss, then the versions of all layers from the output
inwards (2 a layer, 1 a tag or skip, 3 the layer on the input), the input, then the layers from the
input outwards, each with its name, its parameters and what training left behind (three flags,
three tensors). Names of tags are not stored, only where they stand.

Every name, version, size or byte that is not expected raises `ProsoponError` naming file and
offset.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Never

import numpy as np

from prosopon.errors import ProsoponError
from prosopon.records import Float32

MAX_ELEMENTS = 1 << 28
"""No tensor of a model read here is larger: a damaged size must not ask for all memory."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as stored."""

    name: str
    """dlib's name with its version: `con_4`, `affine_`, …"""
    numbers: dict[str, float]
    """Sizes, strides and so on, by dlib's names."""
    tensors: dict[str, Float32]
    marks: int
    """How many tag and skip layers stand on this layer's output."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network as stored: loss and input, and its layers from the input to the output."""

    loss: Layer
    input: Layer
    layers: tuple[Layer, ...]


def read_network(path: Path) -> Network:
    """Read the network in `path`; `ProsoponError` where anything differs from the format."""
    reader = _Reader(path)
    reader.expect("version of the loss layer", reader.integer(), 1)
    loss = reader.layer(_LOSSES)
    marks = [0]
    while (version := reader.integer()) != 3:
        match version:
            case 1:
                marks[-1] += 1
            case 2:
                marks.append(0)
            case _:
                reader.fail(f"expected the version of a layer (1, 2 or 3), found {version}")
    source = reader.layer(_INPUTS)
    layers = []
    for count in reversed(marks):
        layers.append(reader.layer(_LAYERS, count))
        reader.leftovers()
        if len(layers) == 1:  # the layer on the input also stores how it multiplies samples
            reader.expect("sample expansion factor", reader.integer(), 1)
    reader.end()
    return Network(loss, source, tuple(layers))


class _Reader:
    """The bytes of one file and how far they have been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = path.read_bytes()
        self.offset = 0

    def fail(self, what: str) -> Never:
        raise ProsoponError(
            f"{self.path}: not a dlib network as expected: byte {self.offset}: {what}"
        )

    def expect(self, what: str, got: object, *wanted: object) -> None:
        if got not in wanted:
            self.fail(f"{what}: expected {' or '.join(map(repr, wanted))}, found {got!r}")

    def take(self, count: int) -> bytes:
        if self.offset + count > len(self.bytes):
            self.fail(
                f"the file ends after {len(self.bytes)} bytes, {count} more were expected here"
            )
        taken = self.bytes[self.offset : self.offset + count]
        self.offset += count
        return taken

    def integer(self) -> int:
        head = self.take(1)[0]
        count = head & 0x0F
        if not 1 <= count <= 8 or head & 0x70:
            self.fail(f"an integer can't begin with {head:#04x}")
        value = int.from_bytes(self.take(count), "little")
        return -value if head & 0x80 else value

    def real(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if not -1100 < exponent < 1100:
            self.fail(f"exponent {exponent} of a number is out of range")
        return float(mantissa) * 2.0**exponent

    def flag(self) -> bool:
        byte = self.take(1)
        self.expect("flag", byte, b"0", b"1")
        return byte == b"1"

    def string(self) -> str:
        length = self.integer()
        if not 0 <= length <= 64:
            self.fail(f"a name of {length} bytes")
        return self.take(length).decode("ascii", "replace")

    def shape(self) -> tuple[int, int, int, int]:
        sizes = (self.integer(), self.integer(), self.integer(), self.integer())
        if min(sizes) < 0 or np.prod([float(size) for size in sizes]) > MAX_ELEMENTS:
            self.fail(f"tensor of size {sizes}")
        return sizes

    def tensor(self) -> Float32:
        self.expect("version of a tensor", self.integer(), 2)
        shape = self.shape()
        count = int(np.prod(shape))
        values = np.frombuffer(self.take(4 * count), "<f4").astype(np.float32)
        if not np.isfinite(values).all():
            self.fail("a tensor holds values that are not finite numbers")
        return values.reshape(shape)

    def alias(self) -> tuple[int, int, int, int]:
        """The shape of a part of a tensor that is stored elsewhere."""
        self.expect("version of an alias", self.integer(), 1)
        return self.shape()

    def layer(self, readers: "_Readers", marks: int = 0) -> Layer:
        name = self.string()
        if name not in readers:
            self.fail(f"expected {' or '.join(readers)}, found {name!r}")
        numbers, tensors = readers[name](self)
        return Layer(name, numbers, tensors, marks)

    def leftovers(self) -> None:
        """What training leaves behind each layer: three flags and three tensors, not needed."""
        for _ in range(3):
            self.flag()
        for _ in range(3):
            self.tensor()

    def end(self) -> None:
        if self.offset != len(self.bytes):
            self.fail(f"{len(self.bytes) - self.offset} bytes more than expected")

    def integers(self, names: str) -> dict[str, float]:
        return {name: self.integer() for name in names.split()}

    def reals(self, names: str) -> dict[str, float]:
        return {name: self.real() for name in names.split()}


_Parts = tuple[dict[str, float], dict[str, Float32]]
_Readers = dict[str, Callable[[_Reader], _Parts]]
_RATES = "learning_rate weight_decay bias_learning_rate bias_weight_decay"


def _loss_metric(reader: _Reader) -> _Parts:
    return reader.reals("margin distance_threshold"), {}


def _loss_mmod(reader: _Reader) -> _Parts:
    reader.expect("version of the MMOD options", reader.integer(), 1)
    sizes = reader.integers("width height")
    rest = reader.reals(
        "loss_per_false_alarm loss_per_missed_target truth_match_iou "
        "nms_iou nms_covered ignore_iou ignore_covered"
    )
    return sizes | rest, {}


def _input_pyramid(reader: _Reader) -> _Parts:
    return reader.reals("red green blue"), {}


def _input_sized(reader: _Reader) -> _Parts:
    means = reader.reals("red green blue")
    return means | reader.integers("rows columns"), {}


def _convolution(reader: _Reader) -> _Parts:
    values = reader.tensor().ravel()
    numbers = reader.integers("filters rows columns stride_y stride_x padding_y padding_x")
    weights, bias = reader.alias(), reader.alias()
    reader.reals(_RATES)
    filters = numbers["filters"]
    reader.expect(
        "shape of the kernels", weights, (filters, weights[1], numbers["rows"], numbers["columns"])
    )
    reader.expect("shape of the biases", bias, (1, filters, 1, 1))
    reader.expect("number of parameters", values.size, int(np.prod(weights)) + filters)
    split = values.size - int(filters)
    return numbers, {"weights": values[:split].reshape(weights), "bias": values[split:]}


def _scale_and_shift(reader: _Reader) -> dict[str, Float32]:
    values = reader.tensor().ravel()
    scale, shift = reader.alias(), reader.alias()
    reader.expect("number of shifts", shift, scale)
    reader.expect("number of parameters", values.size, 2 * int(np.prod(scale)))
    return {"scale": values[: values.size // 2], "shift": values[values.size // 2 :]}


def _affine(reader: _Reader) -> _Parts:
    tensors = _scale_and_shift(reader)
    reader.expect("mode of an affine layer", reader.integer(), 0)  # per channel
    return {}, tensors


def _batch_norm(reader: _Reader) -> _Parts:
    tensors = _scale_and_shift(reader)
    for name in ("means", "inverse_deviations", "running_means", "running_variances"):
        tensors[name] = reader.tensor().ravel()
    numbers = reader.integers("updates window")
    numbers |= reader.reals(_RATES)
    numbers |= reader.reals("epsilon")
    for name in ("running_means", "running_variances"):
        reader.expect(f"number of {name}", tensors[name].size, tensors["scale"].size)
    return numbers, tensors


def _pool(reader: _Reader) -> _Parts:
    return reader.integers("rows columns stride_y stride_x padding_y padding_x"), {}


def _fully_connected(reader: _Reader) -> _Parts:
    numbers = reader.integers("outputs inputs")
    weights = reader.tensor()
    reader.alias(), reader.alias()
    reader.expect("bias mode of a fully connected layer", reader.integer(), 1)  # none
    reader.reals(_RATES)
    reader.expect(
        "shape of the weights", weights.shape, (numbers["inputs"], numbers["outputs"], 1, 1)
    )
    return numbers, {"weights": weights[:, :, 0, 0]}


def _nothing(reader: _Reader) -> _Parts:
    return {}, {}


_LOSSES: _Readers = {"loss_metric_2": _loss_metric, "loss_mmod_": _loss_mmod}
_INPUTS: _Readers = {
    "input_rgb_image_sized": _input_sized,
    "input_rgb_image_pyramid": _input_pyramid,
}
_LAYERS: _Readers = {
    "con_4": _convolution,
    "affine_": _affine,
    "bn_con2": _batch_norm,
    "relu_": _nothing,
    "add_prev_": _nothing,
    "max_pool_2": _pool,
    "avg_pool_2": _pool,
    "fc_2": _fully_connected,
}
