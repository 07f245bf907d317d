"""Networks that were exported for one size of picture, made to take any.

A convolutional network does the same whatever the picture's size; an export only notes the size of
the picture that it was made with. What is noted is removed, so that cost follows the picture.
"""

from collections.abc import Mapping
from pathlib import Path

import onnx

from prosopon.errors import ProsoponError


def convert_free_size(source: Path) -> Mapping[str, onnx.ModelProto]:
    """The graph in `source` with height and width of its input, and all of its outputs' sizes but
    the number of dimensions, left open. Weights that stand among the inputs, as old exporters put
    them, are taken out of these.

    Raises ProsoponError where the graph has not one input (n, channels, height, width).
    """
    try:
        model = onnx.load(source)
    except Exception as error:  # protobuf's errors have no common class but this
        raise ProsoponError(f"{source}: not an ONNX file: {error}") from error
    graph = model.graph
    weights = {entry.name for entry in graph.initializer}
    inputs = [entry for entry in graph.input if entry.name not in weights]
    if len(inputs) != 1 or len(inputs[0].type.tensor_type.shape.dim) != 4:
        raise ProsoponError(
            f"{source}: expected a network with one input (n, channels, height, width), "
            f"found {[entry.name for entry in inputs]}"
        )
    batch, _, height, width = inputs[0].type.tensor_type.shape.dim
    batch.dim_value = 1
    height.dim_param, width.dim_param = "height", "width"  # a name takes the number's place
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    for output in graph.output:
        for number, size in enumerate(output.type.tensor_type.shape.dim):
            size.dim_param = f"{output.name}_{number}"
    onnx.checker.check_model(model)
    return {"": model}
