"""Backbones of `transformers`, with weights that came from elsewhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from prosopon.errors import ProsoponError, UsageError
from prosopon.optional import require


def load_backbone(name: str, weights: str = "") -> tuple[nn.Module, int]:
    """A backbone and the number of its features.

    name : a model type of `transformers` (`mobilenet_v2`, `resnet`, …), built with random weights,
    or whatever its `AutoModel` can load (a hub name that is stored here, a folder).
    weights : for `mobilenet_v2`, an .npz of ImageNet weights by torchvision's names.
    """
    transformers = require("transformers", extra="train")
    if name in transformers.CONFIG_MAPPING:
        options = {"layer_norm_eps": 1e-5} if name == "mobilenet_v2" else {}
        config = transformers.AutoConfig.for_model(name, **options)
        backbone = transformers.AutoModel.from_config(config)
    else:
        try:
            backbone = transformers.AutoModel.from_pretrained(name, local_files_only=True)
        except OSError as error:
            raise UsageError(
                f"backbone {name!r}: not a model type, nor stored here: {error}"
            ) from error
    if weights:
        load_torchvision_weights(backbone, Path(weights))
    config = backbone.config
    sizes = getattr(config, "hidden_sizes", None)
    features = sizes[-1] if sizes else getattr(config, "hidden_size", None)
    if name == "mobilenet_v2" or config.model_type == "mobilenet_v2":
        features = backbone.conv_1x1.convolution.out_channels
    if features is None:
        raise UsageError(f"backbone {name!r}: its configuration does not tell its features")
    return backbone, int(features)


def load_torchvision_weights(backbone: nn.Module, path: Path) -> None:
    """Put an .npz of plain arrays by torchvision's names into the same network of `transformers`.

    The two name their layers differently and list them in the same order; shapes are checked.
    """
    try:
        arrays = dict(np.load(path, allow_pickle=False))
    except (OSError, ValueError) as error:
        raise ProsoponError(f"{path}: not an .npz of plain arrays: {error}") from error
    source = {name: value for name, value in arrays.items() if name.startswith("features.")}
    target = {
        name: tensor
        for name, tensor in backbone.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    pairs = list(zip(target, source, strict=False))
    wrong = [
        f"{name} {tuple(target[name].shape)} against {other} {source[other].shape}"
        for name, other in pairs
        if tuple(target[name].shape) != source[other].shape
    ]
    if len(source) != len(target) or wrong:
        raise ProsoponError(
            f"{path}: {len(source)} arrays do not fit the network's {len(target)}: "
            f"{wrong[0] if wrong else 'another number'}"
        )
    with torch.no_grad():
        for name, other in pairs:
            target[name].copy_(torch.from_numpy(source[other].astype(np.float32)))


def recalibrate(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Give every batch normalisation the statistics of these images, leaving the function of the
    network in eval mode as it is.

    Weights whose normalisation was folded into the convolutions carry no statistics, and fail in
    train mode without this.
    """
    layers = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    sums: dict[nn.Module, list[Tensor]] = {}

    def gather(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        x = inputs[0].detach().double()
        part = torch.stack([x.sum((0, 2, 3)), x.square().sum((0, 2, 3))])
        count = torch.tensor(x.numel() / x.shape[1], dtype=torch.float64)
        if layer in sums:
            part, count = sums[layer][0] + part, sums[layer][1] + count
        sums[layer] = [part, count]

    hooks = [layer.register_forward_pre_hook(gather) for layer in layers]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        for images in batches:
            network(images)
    for hook in hooks:
        hook.remove()
    for layer in layers:
        part, count = sums[layer]
        mean, square = part / count
        variance = (square - mean.square()).clamp(min=0)
        old_mean, old_variance = layer.get_buffer("running_mean"), layer.get_buffer("running_var")
        slope = layer.weight.double() / (old_variance.double() + layer.eps).sqrt()
        bias = layer.bias.double() + (mean - old_mean.double()) * slope
        with torch.no_grad():
            layer.weight.copy_(slope * (variance + layer.eps).sqrt())
            layer.bias.copy_(bias)
            old_mean.copy_(mean)
            old_variance.copy_(variance)
    network.train(was_training)
