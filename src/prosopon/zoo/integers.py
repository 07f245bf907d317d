"""Networks in 8-bit integers: about half of the processor time.

Activations are rounded to 256 steps of a range that was measured once, weights to 7 bits with a
scale for each filter (linear quantisation: Jacob et al., CVPR 2018). With 7 bits no processor's
sums of two products overflow 16 bits, so all give the same numbers.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from prosopon.errors import ProsoponError
from prosopon.records import Float32

Ranges = Mapping[str, tuple[float, float]]
"""Tensor → the least and the largest value that are told apart; zero is among them."""

LARGEST = 63
"""Of a weight, either way."""


def rounded(model: onnx.ModelProto) -> list[str]:
    """The tensors of a network that are worth rounding: what convolutions take and sums make. Not
    what a ReLU is left to make of, nor the last averages and numbers, which cost nothing."""
    takers = {name: node.op_type for node in model.graph.node for name in node.input}
    outputs = [(node.op_type, node.output[0]) for node in model.graph.node]
    return [
        name
        for operator, name in outputs
        if operator not in ("GlobalAveragePool", "Flatten")
        and takers.get(name) not in ("Relu", "Flatten")
    ]


def in_integers(
    model: onnx.ModelProto, ranges: Ranges, mean: Sequence[float], scale: float
) -> onnx.ModelProto:
    """`model` with the tensors that `ranges` names rounded to 8 bits, and with them the weights of
    the convolutions that take them. Its input is chips as they are, (n, h, w, 3) uint8 RGB: the
    `mean` that is taken from them and the `scale` that they are divided by become part of the first
    convolution, which must not be padded.

    Written as pairs of QuantizeLinear and DequantizeLinear, of which ONNX Runtime makes
    convolutions and sums of integers. Raises ProsoponError where the first convolution is padded.
    """
    writer = _Writer(model, ranges)
    pixels = writer.start(model.graph.input[0], mean, scale)
    for node in model.graph.node:
        writer.take(node)
    graph = helper.make_graph(
        writer.nodes, model.graph.name, [pixels], model.graph.output, writer.constants()
    )
    made = helper.make_model(
        graph,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        producer_name=model.producer_name,
    )
    onnx.checker.check_model(made, full_check=True)
    return made


class _Writer:
    """The new graph, so far."""

    def __init__(self, model: onnx.ModelProto, ranges: Ranges) -> None:
        self.values = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
        self.steps = {name: _steps(*ends) for name, ends in ranges.items()}
        self.zeros: dict[str, Float32] = {}
        """Tensor → what each of its channels is short of the old graph's."""
        self.nodes: list[onnx.NodeProto] = []
        self.now: dict[str, str] = {}
        """Tensor of the old graph → the one that stands for it."""

    def constants(self) -> list[onnx.TensorProto]:
        used = sorted(set(chain.from_iterable(node.input for node in self.nodes)))
        return [
            numpy_helper.from_array(self.values[name], name) for name in used if name in self.values
        ]

    def start(
        self, old: onnx.ValueInfoProto, mean: Sequence[float], scale: float
    ) -> onnx.ValueInfoProto:
        """The new input in the place of the old one, (n, channels, h, w)."""
        batch, channels, height, width = (
            size.dim_param or size.dim_value for size in old.type.tensor_type.shape.dim
        )
        self.steps[old.name] = 1 / scale, 0
        self.zeros[old.name] = np.array(mean, np.float32) / np.float32(scale)
        self._add("Transpose", ["pixels"], f"{old.name}_rounded", perm=[0, 3, 1, 2])
        self._spread_again(old.name)
        sizes = [batch, height, width, channels]
        return helper.make_tensor_value_info("pixels", TensorProto.UINT8, sizes)

    def take(self, node: onnx.NodeProto) -> None:
        """Copy a node of the old graph, with what rounding needs about it."""
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        if node.op_type == "Conv" and node.input[0] in self.steps:
            self._round_weights(copy)
        copy.input[:] = [self.now.get(name, name) for name in copy.input]
        self.nodes.append(copy)
        (output,) = node.output
        if output in self.steps:
            self._add("QuantizeLinear", [output, *self._ends(output)], f"{output}_rounded")
            self._spread_again(output)

    def _spread_again(self, tensor: str) -> None:
        self.now[tensor] = self._add(
            "DequantizeLinear", [f"{tensor}_rounded", *self._ends(tensor)], f"{tensor}_again"
        )

    def _ends(self, tensor: str) -> list[str]:
        scale, zero = self.steps[tensor]
        return [
            self._constant(f"{tensor}_scale", np.array(scale, np.float32)),
            self._constant(f"{tensor}_zero", np.array(zero, np.uint8)),
        ]

    def _round_weights(self, node: onnx.NodeProto) -> None:
        """The filters of a convolution, each in steps of its own; its bias in theirs and the
        input's."""
        weights = self.values[node.input[1]]
        largest = np.abs(weights).max(axis=(1, 2, 3))
        scales = (np.maximum(largest, np.finfo(np.float32).tiny) / LARGEST).astype(np.float32)
        steps = np.rint(weights / scales[:, None, None, None])
        bias = self.values[node.input[2]] if len(node.input) > 2 else np.zeros(len(scales))
        missing = self.zeros.get(node.input[0], np.zeros(weights.shape[1], np.float32))
        if missing.any() and any(any(one.ints) for one in node.attribute if one.name == "pads"):
            raise ProsoponError(f"{node.name or node.output[0]}: the first convolution is padded")
        bias = bias - scales * (steps.sum(axis=(2, 3)) @ missing)
        name, both = node.input[1], scales * np.float32(self.steps[node.input[0]][0])
        node.input[1:] = [
            self._spread(name, steps.astype(np.int8), scales),
            self._spread(f"{name}_bias", np.rint(bias / both).astype(np.int32), both),
        ]

    def _spread(self, name: str, steps: NDArray[Any], scales: Float32) -> str:
        """Whole numbers in their range again, by the first axis."""
        values = (steps, scales, np.zeros(len(scales), steps.dtype))
        names = [
            self._constant(f"{name}_{part}", value)
            for part, value in zip(("steps", "scales", "zeros"), values, strict=True)
        ]
        return self._add("DequantizeLinear", names, f"{name}_again", axis=0)

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        self.values[name] = values
        return name

    def _add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def _steps(low: float, high: float) -> tuple[float, int]:
    """The size of one of 255 steps, and which of them is zero."""
    scale = (high - low) / 255
    return scale, round(-low / scale)
