"""The three networks of MTCNN (Zhang et al. 2016, arXiv:1604.02878) as ONNX graphs.

The weights of the package `mtcnn` are joblib files, that is pickles: `joblib_format` reads them
without running them. They hold one list of arrays a network, in the order of the layers: kernels
(rows, columns, in, out) and biases, and one slope a channel for each parametric ReLU.

Input to all three is `(pixel - 127.5) / 128`, RGB, channels first. All give `scores`, the
probability of a face, and `offsets` of the box's x1, y1, x2, y2 as shares of its side; the last
also gives `landmarks`, five x and five y as shares of the side. The first (`proposal`) slides over
a picture of any size; `refinement` takes patches of 24 pixels, `output` of 48.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from prosopon.errors import ProsoponError
from prosopon.optional import require
from prosopon.records import Float32
from prosopon.zoo.joblib_format import LARGEST, read_arrays
from prosopon.zoo.onnx_graph import GraphBuilder


@dataclass(frozen=True, slots=True)
class _Pool:
    """Maximum pooling with stride 2; `whole` leaves out windows that reach over the edge."""

    size: int
    whole: bool = False


def convert_mtcnn(folder: Path) -> Mapping[str, onnx.ModelProto]:
    """The graphs `proposal`, `refinement` and `output` from the weights in `folder`."""
    return {
        "proposal": _proposal(folder / "pnet.lz4"),
        "refinement": _judge(
            "refinement", folder / "rnet.lz4", 24, [_Pool(3), _Pool(3, whole=True), None], []
        ),
        "output": _judge(
            "output",
            folder / "onet.lz4",
            48,
            [_Pool(3), _Pool(3, whole=True), _Pool(2), None],
            ["landmarks"],
        ),
    }


class _Stack:
    """Layers put one on the other, their arrays taken in order from a file."""

    def __init__(self, name: str, file: Path) -> None:
        self.graph = GraphBuilder(f"mtcnn-{name}")
        self.top = "image"
        self._file = file
        self._arrays: Iterator[Float32] = iter(read_arrays(_unpacked(file), file))

    def take(self, dimensions: int) -> Float32:
        array = next(self._arrays, None)
        if array is None or array.ndim != dimensions:
            raise ProsoponError(f"{self._file}: expected an array of {dimensions} dimensions")
        return array

    def convolve(self, pool: _Pool | None) -> None:
        """A convolution, its parametric ReLU, and a pooling."""
        kernel = self.take(4).transpose(3, 2, 0, 1)
        self.top = self.graph.convolution(self.top, kernel, self.take(1))
        self.bend(self.take(3).ravel())
        if pool:
            self.top = self.graph.add(
                "MaxPool",
                self.top,
                kernel_shape=[pool.size] * 2,
                strides=[2, 2],
                ceil_mode=int(not pool.whole),
            )

    def connect(self, side: int) -> None:
        """A fully connected layer on a map of side² places, column by column, and its ReLU."""
        weights = self.take(2)
        kernel = weights.reshape(side, side, -1, weights.shape[1]).transpose(3, 2, 1, 0)
        self.top = self.graph.convolution(self.top, kernel, self.take(1))
        self.bend(self.take(1))

    def bend(self, slopes: Float32) -> None:
        constant = self.graph.constant(slopes.astype(np.float32)[:, None, None])
        self.top = self.graph.add("PRelu", self.top, constant)

    def head(self, dimensions: int) -> tuple[Float32, Float32]:
        """The kernel (out, in, 1, 1) and bias of one of the layers on the top."""
        weights = self.take(dimensions)
        kernel = weights.reshape(weights.shape[-2:]).T[:, :, None, None]
        return kernel, self.take(1)

    def score(self, head: tuple[Float32, Float32], name: str = "scores") -> str:
        """The probability of the second of two classes: a logistic of their difference."""
        kernel, bias = head
        margin = self.graph.convolution(self.top, kernel[1:] - kernel[:1], bias[1:] - bias[:1])
        return self.graph.add("Sigmoid", margin, name=name)


def _unpacked(file: Path) -> bytes:
    """What is in an LZ4 file, no more than `LARGEST` bytes of it. Raises ProsoponError."""
    try:
        with require("lz4.frame", extra="models").open(file) as stream:
            return bytes(stream.read(LARGEST + 1))
    except (OSError, EOFError, RuntimeError) as error:
        raise ProsoponError(f"{file}: can't be unpacked: {error}") from error


def _proposal(file: Path) -> onnx.ModelProto:
    stack = _Stack("proposal", file)
    for pool in (_Pool(2), None, None):
        stack.convolve(pool)
    stack.graph.convolution(stack.top, *stack.head(4), name="offsets")
    stack.score(stack.head(4))
    return stack.graph.finish(
        {"image": ("n", 3, "height", "width")},
        {"scores": ("n", 1, "rows", "columns"), "offsets": ("n", 4, "rows", "columns")},
    )


def _judge(
    name: str, file: Path, side: int, pools: Sequence[_Pool | None], extra: Sequence[str]
) -> onnx.ModelProto:
    """A network that looks at patches of `side` pixels."""
    stack = _Stack(name, file)
    for pool in pools:
        stack.convolve(pool)
    stack.connect(3)
    outputs: dict[str, tuple[int | str, ...]] = {"scores": ("n", 1)}
    for output in ("offsets", *extra):
        kernel, bias = stack.head(2)
        values = stack.graph.convolution(stack.top, kernel, bias)
        stack.graph.add("Flatten", values, name=output)
        outputs[output] = ("n", len(bias))
    stack.graph.add("Flatten", stack.score(stack.head(2), name="probability"), name="scores")
    return stack.graph.finish({"image": ("n", 3, side, side)}, outputs)
