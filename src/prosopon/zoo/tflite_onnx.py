"""Networks of TensorFlow Lite as ONNX: chains of convolutions, as MobileNets are (Howard et al.,
arXiv 1704.04861).

TensorFlow has channels last, ONNX has them first: filters are turned, and so are constants that
have one number a channel.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tflite
from numpy.typing import NDArray
from tflite import ActivationFunctionType, BuiltinOperator, Padding, TensorType

from prosopon.errors import ProsoponError
from prosopon.zoo.onnx_graph import GraphBuilder

_TYPES = {TensorType.FLOAT32: np.dtype("<f4"), TensorType.INT32: np.dtype("<i4")}
_PADDED = {Padding.SAME: "SAME_UPPER", Padding.VALID: "VALID"}
_BY_CONSTANT = {
    BuiltinOperator.ADD: "Add",
    BuiltinOperator.SUB: "Sub",
    BuiltinOperator.MUL: "Mul",
}
_OPTIONS = {
    BuiltinOperator.CONV_2D: tflite.Conv2DOptions,
    BuiltinOperator.DEPTHWISE_CONV_2D: tflite.DepthwiseConv2DOptions,
    BuiltinOperator.FULLY_CONNECTED: tflite.FullyConnectedOptions,
}


def convert_tflite(source: Path) -> Mapping[str, onnx.ModelProto]:
    """The network in `source`, for any number of pictures (n, channels, height, width) float32.

    Raises ProsoponError where it is not a chain of the operators that are known here, in float32.
    """
    try:
        return {"": _Chain(source.read_bytes()).graph()}
    except ProsoponError as error:
        raise ProsoponError(f"{source}: {error}") from error
    except Exception as error:  # of a damaged file the reader raises whatever it stumbles over
        raise ProsoponError(f"{source}: not a TensorFlow Lite network: {error}") from error


class _Chain:
    """A network whose operators take one another's result, in the file's order."""

    def __init__(self, content: bytes) -> None:
        self.model = tflite.Model.GetRootAsModel(content, 0)
        self.network = self.model.Subgraphs(0)
        self.builder = GraphBuilder("tflite")
        self.now = "pictures"
        self.flat = False
        """Whether there are only channels left, no rows and columns."""

    def graph(self) -> onnx.ModelProto:
        for number in range(self.network.OperatorsLength()):
            self._take(self.network.Operators(number))
        _, height, width, channels = self._sizes(self.network.Inputs(0))
        _, numbers = self._sizes(self.network.Outputs(0))
        return self.builder.finish(
            {"pictures": ("n", channels, height, width)}, {self.now: ("n", numbers)}
        )

    def _take(self, operator: Any) -> None:
        """Add one operator to the graph."""
        code = self.model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        constants = [self._constant(number) for number in operator.InputsAsNumpy()[1:]]
        options = None
        if kind in _OPTIONS:
            table = operator.BuiltinOptions()
            options = _OPTIONS[kind]()
            options.Init(table.Bytes, table.Pos)
        if kind in _BY_CONSTANT:
            self._add(_BY_CONSTANT[kind], self._by_channel(constants[0]))
        elif kind == BuiltinOperator.PAD:
            before, after = constants[0][[0, 3, 1, 2]].T
            self._add("Pad", np.concatenate([before, after]).astype(np.int64))
        elif kind in (BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D):
            weights, bias = constants
            self._convolve(options, weights, bias, kind == BuiltinOperator.DEPTHWISE_CONV_2D)
        elif kind == BuiltinOperator.MEAN and sorted(constants[0].tolist()) == [1, 2]:
            self.now = self.builder.add("ReduceMean", self.now, axes=[2, 3], keepdims=0)
            self.flat = True
        elif kind == BuiltinOperator.FULLY_CONNECTED:
            self._add("Gemm", *constants, transB=1)
            self._activate(options)
        else:
            raise ProsoponError(f"operator {kind} of TensorFlow Lite is not known here")

    def _convolve(
        self, options: Any, weights: NDArray[Any], bias: NDArray[Any], each: bool
    ) -> None:
        """A convolution; `each` : every channel by a filter of its own."""
        turned = weights.transpose((3, 0, 1, 2) if each else (0, 3, 1, 2))
        self.now = self.builder.convolution(
            self.now,
            turned,
            bias,
            strides=[options.StrideH(), options.StrideW()],
            auto_pad=_PADDED[options.Padding()],
            group=len(turned) if each else 1,
        )
        self._activate(options)

    def _activate(self, options: Any) -> None:
        match options.FusedActivationFunction():
            case ActivationFunctionType.NONE:
                pass
            case ActivationFunctionType.RELU:
                self._add("Relu")
            case ActivationFunctionType.RELU6:
                self._add("Clip", np.array(0, np.float32), np.array(6, np.float32))
            case other:
                raise ProsoponError(f"activation {other} of TensorFlow Lite is not known here")

    def _add(self, operator: str, *constants: NDArray[Any], **attributes: Any) -> None:
        names = [self.builder.constant(values) for values in constants]
        self.now = self.builder.add(operator, self.now, *names, **attributes)

    def _by_channel(self, constant: NDArray[Any]) -> NDArray[Any]:
        """As it is spread over (n, channels, height, width), or over (n, channels)."""
        return constant.reshape(-1, 1, 1) if constant.size > 1 and not self.flat else constant

    def _sizes(self, tensor: int) -> list[int]:
        sizes: list[int] = self.network.Tensors(tensor).ShapeAsNumpy().tolist()
        return sizes

    def _constant(self, number: int) -> NDArray[Any]:
        """What stands in the file. Raises ProsoponError where that is nothing, or no number."""
        tensor = self.network.Tensors(number)
        stored = self.model.Buffers(tensor.Buffer())
        if tensor.Type() not in _TYPES or not stored.DataLength():
            raise ProsoponError("expected constants of float32 beside one input for each operator")
        values = np.frombuffer(stored.DataAsNumpy().tobytes(), _TYPES[tensor.Type()])
        return values.reshape(self._sizes(number) if tensor.ShapeLength() else ())
