"""A network in 8-bit integers gives nearly what it gives in floats, whatever the processor."""

import numpy as np
import onnx
import onnxruntime
import pytest

from prosopon.errors import ProsoponError
from prosopon.records import Float32, UInt8
from prosopon.zoo.integers import in_integers, rounded
from prosopon.zoo.onnx_graph import GraphBuilder

MEAN, SCALE = (120.0, 110.0, 100.0), 256.0


def network(rng: np.random.Generator) -> onnx.ModelProto:
    """A little residual network on chips of 16×16 pixels."""
    graph = GraphBuilder("residual")
    first = graph.convolution(
        "chips", weights(rng, 16, 3), rng.normal(size=16).astype(np.float32), strides=[2, 2]
    )
    entry = graph.add("MaxPool", graph.add("Relu", first), kernel_shape=[3, 3], strides=[2, 2])
    inner = graph.convolution(entry, weights(rng, 16, 16), np.ones(16, np.float32), pads=[1] * 4)
    added = graph.add("Relu", graph.add("Add", inner, entry))
    mean = graph.add("GlobalAveragePool", added)
    graph.add("Flatten", graph.convolution(mean, weights(rng, 8, 16, 1)), name="embedding")
    return graph.finish({"chips": ("n", 3, 16, 16)}, {"embedding": ("n", 8)})


def weights(rng: np.random.Generator, filters: int, channels: int, side: int = 3) -> Float32:
    values = rng.normal(size=(filters, channels, side, side)) / np.sqrt(channels * side * side)
    return values.astype(np.float32)


def run(model: onnx.ModelProto, values: Float32 | UInt8, *, whole: bool = True) -> list[Float32]:
    """All outputs. Without `whole`, rounding is done step by step, in floats."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if not whole:
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    outputs: list[Float32] = session.run(None, {session.get_inputs()[0].name: values})
    return outputs


def ranges(model: onnx.ModelProto, blob: Float32) -> dict[str, tuple[float, float]]:
    names = rounded(model)
    told = onnx.ModelProto()
    told.CopyFrom(model)
    for name in names:
        told.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    found = run(told, blob)[1:]
    return {
        name: (min(0.0, float(values.min())), max(0.0, float(values.max())))
        for name, values in zip(names, found, strict=True)
    }


def blob(pixels: UInt8) -> Float32:
    values = (pixels.transpose(0, 3, 1, 2) - np.array(MEAN)[:, None, None]) / SCALE
    return values.astype(np.float32)


def test_integers_give_nearly_the_same() -> None:
    rng = np.random.default_rng(0)
    model = network(rng)
    pixels = rng.integers(0, 256, (20, 16, 16, 3)).astype(np.uint8)
    made = in_integers(model, ranges(model, blob(pixels)), MEAN, SCALE)
    (expected,), (found,) = run(model, blob(pixels)), run(made, pixels)
    assert np.abs(found - expected).max() < 0.03 * np.abs(expected).max()
    cosines = (found * expected).sum(1) / np.linalg.norm(found, axis=1)
    assert (cosines / np.linalg.norm(expected, axis=1)).min() > 0.999


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_sums_do_not_overflow(sign: int) -> None:
    """All pixels white and all weights the largest: where 8 bits of each would be cut off."""
    graph = GraphBuilder("sum")
    top = graph.convolution("chips", np.full((16, 3, 3, 3), sign, np.float32))
    graph.add("Flatten", graph.add("GlobalAveragePool", top), name="sums")
    model = graph.finish({"chips": ("n", 3, 16, 16)}, {"sums": ("n", 16)})
    white = np.full((1, 16, 16, 3), 255, np.uint8)
    made = in_integers(model, {rounded(model)[0]: (-27.0, 27.0)}, (0, 0, 0), 255.0)
    (exact,), (found,) = run(made, white, whole=False), run(made, white)
    np.testing.assert_allclose(found, 27 * sign, atol=0.22)
    np.testing.assert_allclose(found, exact, atol=1e-4)


def test_a_padded_first_convolution_is_refused() -> None:
    """Zeros about the chip are black only where no mean is taken from it."""
    graph = GraphBuilder("padded")
    top = graph.convolution("chips", np.ones((16, 3, 3, 3), np.float32), pads=[1] * 4)
    graph.add("Flatten", graph.add("GlobalAveragePool", top), name="sums")
    model = graph.finish({"chips": ("n", 3, 16, 16)}, {"sums": ("n", 16)})
    with pytest.raises(ProsoponError, match="the first convolution is padded"):
        in_integers(model, {}, MEAN, SCALE)
