"""From a trained network to an ONNX file: input `chips` (n, channels, h, w), one output (n, d)."""

import warnings
from pathlib import Path

import torch

from prosopon.files import replacing

OPSET = 17


def export(
    network: torch.nn.Module,
    input_size: tuple[int, int, int],
    file: Path,
    output: str = "embedding",
) -> None:
    """Write `network`, whose input is (n, *input_size); preparing pixels is left to whoever runs
    it, as its card says."""
    network = network.to("cpu").eval()
    example = torch.zeros(2, *input_size)
    with replacing(file) as partial, warnings.catch_warnings():
        # the newer exporter takes a hundred times as long for the same graph; what this one warns
        # of, sizes taken for constants, holds: they are
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            partial,
            input_names=["chips"],
            output_names=[output],
            dynamic_axes={"chips": {0: "n"}, output: {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )
