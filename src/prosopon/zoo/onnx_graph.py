"""Writing ONNX graphs node by node: what the converters share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 9

Dimensions = Sequence[int | str]
"""A tensor's sizes: numbers, or names for sizes known only when the network runs."""


class GraphBuilder:
    """An ONNX graph in the making. Tensors are known by their names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Append one node with one output and return the output's name (`name` or a new one)."""
        output = name or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, values: NDArray[Any]) -> str:
        """Store `values` in the file and return their name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def convolution(
        self,
        source: str,
        weights: NDArray[np.float32],
        bias: NDArray[np.float32] | None = None,
        *,
        name: str = "",
        **attributes: Any,
    ) -> str:
        """Convolve with `weights` (filters, in, rows, columns), float32, and `bias` (filters,)."""
        parameters = [weights] if bias is None else [weights, bias]
        constants = [self.constant(values.astype(np.float32)) for values in parameters]
        return self.add("Conv", source, *constants, name=name, **attributes)

    def finish(
        self, inputs: Mapping[str, Dimensions], outputs: Mapping[str, Dimensions]
    ) -> onnx.ModelProto:
        """Return the checked model with the float32 `inputs` and `outputs` named with sizes."""
        graph = helper.make_graph(
            self._nodes,
            self.name,
            [_declare(name, sizes) for name, sizes in inputs.items()],
            [_declare(name, sizes) for name, sizes in outputs.items()],
            self._constants,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="prosopon",
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def _declare(name: str, sizes: Dimensions) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(sizes))
