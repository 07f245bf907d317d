"""From a trained task to an ONNX file: input (n, channels, h, w), output `embedding` (n, d)."""

import warnings
from pathlib import Path

import torch

from prosopon.geometry import TEMPLATES
from prosopon.training.checkpoints import replacing
from prosopon.verification.tasks import EmbedderTask

OPSET = 17


def export(task: EmbedderTask, file: Path) -> None:
    """Write the network; preparing pixels is left to whoever runs it, as its card says."""
    about = task.recipe.network
    network = task.network.to("cpu").eval()
    example = torch.zeros(2, 1 if about.grey else 3, *TEMPLATES[about.alignment].size)
    with replacing(file) as partial, warnings.catch_warnings():
        # the newer exporter takes a hundred times as long for the same graph
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (example,),
            partial,
            input_names=["chips"],
            output_names=["embedding"],
            dynamic_axes={"chips": {0: "n"}, "embedding": {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )
