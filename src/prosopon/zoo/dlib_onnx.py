"""dlib's two networks as ONNX graphs, number by number.

Scale-and-shift layers (and batch normalisation with its running statistics) are folded into the
convolution in front of them. Input to the graphs is `(pixel - mean) / 256`, channels first.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from prosopon.errors import ProsoponError
from prosopon.records import Float32
from prosopon.zoo.dlib_format import Layer, read_network
from prosopon.zoo.integers import in_integers
from prosopon.zoo.onnx_graph import GraphBuilder

GRID = 4
"""Cells in a row and in a column of the grid that levels are averaged to."""

MEAN, SCALE = (122.782, 117.001, 104.298), 256.0
"""As in the model cards."""
INTEGERS = "integers"

Parts = Mapping[str, onnx.ModelProto]
"""The graphs that a converter makes, by the name of the part."""


def convert_detector(source: Path) -> Parts:
    """The MMOD detector: `image` (n, 3, h, w) → `scores` (n, 1, h', w').

    The last layer has one filter of 9×9. ONNX Runtime computes filters by the sixteen, so it is
    split in two: nine filters of 9×1, one for each column of the kernel, and then the sum of the
    nine maps, each shifted by its column. The sum is the same.
    """
    network = read_network(source)
    _demand(network.loss, "loss_mmod_", source)
    _demand(network.input, "input_rgb_image_pyramid", source)
    graph = GraphBuilder("dlib-mmod")
    *body, last = _fold(network.layers)
    top = "image"
    for layer in body:
        top = _append(graph, layer, top)
    _demand(last, "con_4", source)
    kernel = last.tensors["weights"]  # (1, channels, rows, columns)
    columns = kernel.shape[3]
    by_column = np.moveaxis(kernel[0], 2, 0)[..., None]  # (columns, channels, rows, 1)
    pad_y, pad_x = int(last.numbers["padding_y"]), int(last.numbers["padding_x"])
    top = graph.convolution(top, by_column, pads=[pad_y, 0, pad_y, 0])
    shifts = np.eye(columns, dtype=np.float32).reshape(1, columns, 1, columns)
    graph.convolution(top, shifts, last.tensors["bias"], name="scores", pads=[0, pad_x, 0, pad_x])
    return {
        "": graph.finish(
            {"image": ("n", 3, "height", "width")}, {"scores": ("n", 1, "rows", "columns")}
        )
    }


def convert_resnet(source: Path) -> Parts:
    """The face ResNet: `chips` (n, 3, 150, 150) → `embedding` (n, 128), not normalised."""
    return {"": _resnet(source, levels=False)}


def convert_resnet_integers(source: Path) -> Parts:
    """The same, and as the part `integers` once more in 8-bit integers: `pixels` (n, 150, 150, 3)
    uint8 → `embedding`. The ranges were measured on drawn faces by `tools/integer_ranges.py`, with
    the published weights; other weights stay in floats."""
    network = _resnet(source, levels=False)
    text = resources.files(__package__).joinpath("dlib-resnet-ranges.json").read_text("utf-8")
    known = json.loads(text)
    if sha256(source.read_bytes()).hexdigest() != known["sha256"]:
        return {"": network}
    ranges = {name: (low, high) for name, (low, high) in known["ranges"].items()}
    return {"": network, INTEGERS: in_integers(network, ranges, MEAN, SCALE)}


def convert_resnet_features(source: Path) -> Parts:
    """The same with a second output: `levels` (n, 9152), what there is after each of the five
    levels, one after the other: every channel on a grid of GRID × GRID cells at most, and of a
    level finer than that also each channel's mean and deviation over all places."""
    return {"": _resnet(source, levels=True)}


def _resnet(source: Path, levels: bool) -> onnx.ModelProto:
    network = read_network(source)
    _demand(network.loss, "loss_metric_2", source)
    _demand(network.input, "input_rgb_image_sized", source)
    rows, columns = int(network.input.numbers["rows"]), int(network.input.numbers["columns"])
    graph = GraphBuilder("dlib-face-resnet")
    top, shape = "chips", (3, rows, columns)
    entry, entry_shape = top, shape  # what the current block starts from
    main: tuple[str, tuple[int, int, int]] | None = None  # a down block's convolved branch
    level_ends: list[tuple[str, tuple[int, int, int]]] = []
    for layer in _fold(network.layers):
        if layer.name == "add_prev_":
            if main is None:
                top = graph.add("Add", top, entry)
            else:
                level_ends.append((entry, entry_shape))
                top, shape = _add_padded(graph, *main, top, shape)
                main = None
        elif layer.name == "avg_pool_2" and layer.numbers["rows"] == 0:
            level_ends.append((top, shape))
            top, shape = graph.add("GlobalAveragePool", top), (shape[0], 1, 1)
        elif layer.name == "avg_pool_2" and main is not None:
            weights = _averages(layer, shape[0], main[1][0])
            top = graph.convolution(top, weights, **_window(layer, kernel=False))
            shape = (len(weights), *_shape_after(layer, shape)[1:])
        else:
            top, shape = _append(graph, layer, top), _shape_after(layer, shape)
        if layer.marks == 1:  # tag1: a block starts here
            entry, entry_shape = top, shape
        elif layer.marks == 2:  # tag2 and skip1: the other branch starts from the block's start
            main = top, shape
            top, shape = entry, entry_shape
    outputs: dict[str, tuple[int | str, ...]] = {"embedding": ("n", shape[0])}
    graph.add("Flatten", top, name="embedding")
    if levels:
        parts = [part for end in level_ends for part in _summaries(graph, *end)]
        graph.add("Concat", *parts, name="levels", axis=1)
        outputs["levels"] = ("n", "channels")
    return graph.finish({"chips": ("n", 3, rows, columns)}, outputs)


def _summaries(graph: GraphBuilder, top: str, shape: tuple[int, int, int]) -> list[str]:
    """A level in a few numbers, flattened: see `convert_resnet_features`."""
    side = shape[1]
    if side <= GRID:
        return [graph.add("Flatten", top)]
    places = graph.add("Reshape", top, graph.constant(np.array([0, 0, -1], np.int64)))
    grid = graph.add("MatMul", places, graph.constant(_cells(side)))
    mean = graph.add("GlobalAveragePool", top)
    square = graph.add("GlobalAveragePool", graph.add("Mul", top, top))
    variance = graph.add("Relu", graph.add("Sub", square, graph.add("Mul", mean, mean)))
    return [graph.add("Flatten", part) for part in (grid, mean, graph.add("Sqrt", variance))]


def _cells(side: int) -> Float32:
    """(side · side, GRID · GRID) that average the places of a square level over cells of equal
    size, to the nearest whole place."""
    edges = np.linspace(0, side, GRID + 1).round().astype(int)
    strips = np.zeros((side, GRID), np.float32)
    for cell, (start, end) in enumerate(pairwise(edges)):
        strips[start:end, cell] = 1 / (end - start)
    return np.kron(strips, strips)


def _fold(layers: tuple[Layer, ...]) -> list[Layer]:
    """Fold scales and shifts into the convolutions in front of them."""
    folded: list[Layer] = []
    for layer in layers:
        if layer.name not in ("affine_", "bn_con2"):
            folded.append(layer)
            continue
        before = folded.pop()
        if before.name != "con_4" or before.marks:
            raise ProsoponError(
                f"{layer.name} after {before.name}: only convolutions were expected"
            )
        scale, shift = _scale_and_shift(layer)
        tensors = {
            "weights": before.tensors["weights"] * scale[:, None, None, None],
            "bias": before.tensors["bias"] * scale + shift,
        }
        folded.append(Layer(before.name, before.numbers, tensors, layer.marks))
    return folded


def _scale_and_shift(layer: Layer) -> tuple[Float32, Float32]:
    scale, shift = layer.tensors["scale"], layer.tensors["shift"]
    if layer.name == "affine_":
        return scale, shift
    deviations = np.sqrt(layer.tensors["running_variances"] + np.float32(layer.numbers["epsilon"]))
    scale = scale / deviations
    return scale, shift - scale * layer.tensors["running_means"]


def _append(graph: GraphBuilder, layer: Layer, top: str) -> str:
    match layer.name:
        case "con_4":
            return graph.convolution(
                top, layer.tensors["weights"], layer.tensors["bias"], **_window(layer, kernel=False)
            )
        case "relu_":
            return graph.add("Relu", top)
        case "max_pool_2":
            return graph.add("MaxPool", top, **_window(layer))
        case "avg_pool_2":
            return graph.add("AveragePool", top, **_window(layer))
        case "fc_2":
            weights = layer.tensors["weights"].T[:, :, None, None]
            return graph.convolution(top, weights)
        case _:
            raise ProsoponError(f"a layer {layer.name} was not expected here")


def _window(layer: Layer, kernel: bool = True) -> dict[str, Any]:
    """The ONNX attributes of a sliding window."""
    sizes = {name: int(value) for name, value in layer.numbers.items()}
    padding = [sizes["padding_y"], sizes["padding_x"]]
    attributes = {"strides": [sizes["stride_y"], sizes["stride_x"]], "pads": padding * 2}
    if kernel:
        attributes["kernel_shape"] = [sizes["rows"], sizes["columns"]]
    return attributes


def _shape_after(layer: Layer, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """(channels, rows, columns) after a layer with a sliding window, or the same after others."""
    if layer.name == "fc_2":
        return int(layer.numbers["outputs"]), 1, 1
    if "stride_y" not in layer.numbers:
        return shape
    sizes = {name: int(value) for name, value in layer.numbers.items()}
    channels, rows, columns = shape
    return (
        sizes.get("filters", channels),
        1 + (rows + 2 * sizes["padding_y"] - sizes["rows"]) // sizes["stride_y"],
        1 + (columns + 2 * sizes["padding_x"] - sizes["columns"]) // sizes["stride_x"],
    )


def _averages(layer: Layer, channels: int, filters: int) -> Float32:
    """(filters, channels, rows, columns) that average each channel over the layer's window; filters
    beyond the channels give zeros, which the other branch's further channels are added to."""
    rows, columns = int(layer.numbers["rows"]), int(layer.numbers["columns"])
    average = np.full((rows, columns), 1 / (rows * columns), np.float32)
    return np.eye(filters, channels, dtype=np.float32)[..., None, None] * average


def _add_padded(
    graph: GraphBuilder,
    one: str,
    one_shape: tuple[int, int, int],
    other: str,
    other_shape: tuple[int, int, int],
) -> tuple[str, tuple[int, int, int]]:
    """Add two tensors of (channels, rows, columns), the smaller padded with zeros at the end."""
    c, h, w = (max(sizes) for sizes in zip(one_shape, other_shape, strict=True))
    padded = []
    for name, shape in ((one, one_shape), (other, other_shape)):
        ends = [0, *(large - small for large, small in zip((c, h, w), shape, strict=True))]
        if any(ends):
            pads = graph.constant(np.array([0, 0, 0, 0, *ends], np.int64))
            name = graph.add("Pad", name, pads)
        padded.append(name)
    return graph.add("Add", *padded), (c, h, w)


def _demand(layer: Layer, name: str, source: Path) -> None:
    if layer.name != name:
        raise ProsoponError(f"{source}: expected {name}, found {layer.name}: another dlib model?")
