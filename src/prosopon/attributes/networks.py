"""The networks that recipes name. All take images (b, 3, h, w) in −1 to 1, RGB, and give logits
(b, a); AttParseNet also gives a map for each attribute.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from prosopon.attributes.segments import MAP_SIZE, PICTURE_SIZE
from prosopon.errors import ProsoponError, UsageError
from prosopon.optional import require


class AttParseNet(nn.Module):
    """Six convolutions; the last gives a map for each attribute, on which the attributes are told
    by a fully connected layer each.

    Thom and Hand, AttParseNet; channels 75, 200, 300,
    512, 512 and one map an attribute, 7×7 then 3×3, max pool after the first, no padding. `width`
    multiplies the five inner numbers of channels: 1 is the paper's, which wants a GPU.

    heads : `all maps`: each attribute looks at all maps, as in the authors' code; `own map`: only
    at its own.
    """

    def __init__(
        self,
        attributes: int,
        width: float = 1.0,
        heads: Literal["all maps", "own map"] = "all maps",
    ) -> None:
        super().__init__()
        inner = [max(1, round(width * channels)) for channels in (75, 200, 300, 512, 512)]
        self.first = nn.Conv2d(3, inner[0], 7)
        steps = zip(inner, [*inner[1:], attributes], strict=True)
        self.convolutions = nn.ModuleList(nn.Conv2d(before, after, 3) for before, after in steps)
        self.own_map = heads == "own map"
        cells = MAP_SIZE[0] * MAP_SIZE[1]
        self.weight = nn.Parameter(
            torch.empty(attributes, cells * (1 if self.own_map else attributes))
        )
        self.bias = nn.Parameter(torch.zeros(attributes))
        nn.init.uniform_(self.weight, -(self.weight.shape[1] ** -0.5), self.weight.shape[1] ** -0.5)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (b, a) and maps (b, a, 96, 76), the maps as they leave the last convolution."""
        if images.shape[-2:] != PICTURE_SIZE:
            raise ValueError(f"expected images of {PICTURE_SIZE}, got {tuple(images.shape[-2:])}")
        x = functional.max_pool2d(functional.relu(self.first(images)), 2)
        for convolution in self.convolutions[:-1]:
            x = functional.relu(convolution(x))
        maps = self.convolutions[-1](x)
        if self.own_map:
            return torch.einsum("bax,ax->ba", maps.flatten(2), self.weight) + self.bias, maps
        return functional.linear(maps.flatten(1), self.weight, self.bias), maps


class LogitsOnly(nn.Module):
    """AttParseNet as it is used after training, without its maps."""

    def __init__(self, network: AttParseNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, a)."""
        return cast(Tensor, self.network(images)[0])


class Classifier(nn.Module):
    """A backbone's averaged features, a dense layer, batch normalisation, dropout, logits.

    The head of Anzalone et al. (2019): 1536 units with ReLU, dropout 0.3.
    """

    def __init__(
        self, backbone: nn.Module, features: int, attributes: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(),
            nn.BatchNorm1d(hidden, momentum=0.01, eps=1e-3),  # Keras' defaults
            nn.Dropout(dropout),
            nn.Linear(hidden, attributes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, a)."""
        return cast(Tensor, self.head(self.features(images)))

    def features(self, images: Tensor) -> Tensor:
        """The backbone's averaged features (b, features)."""
        return cast(Tensor, self.backbone(images).pooler_output).flatten(1)


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
