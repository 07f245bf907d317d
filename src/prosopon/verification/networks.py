"""Networks that turn chips into embeddings.

All take images (b, channels, h, w) in −1 to 1 (LightCNN: 0 to 1) and give embeddings (b, d) of any
length.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from prosopon.errors import ProsoponError

NetworkName = Literal["sfnet20", "lightcnn29", "lightcnn29-v2", "otto10", "conv5"]


class _Step(nn.Sequential):
    """3×3 convolution, batch normalisation, ReLU."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
        )


class Otto10(nn.Sequential):
    """Ten layers of Otto, Wang and Jain (2016), on 100×100 pixels: four times two convolutions and
    max pooling, two convolutions, and the mean of each map. The channels are Yi et al.'s (2014)."""

    def __init__(self, dimensions: int = 320, width: float = 1.0) -> None:
        pairs = ((32, 64), (64, 128), (96, 192), (128, 256), (160, 0))
        layers: list[nn.Module] = []
        before = 3
        for place, pair in enumerate(pairs):
            last = dimensions if place == 4 else max(1, round(width * pair[1]))
            for after in (max(1, round(width * pair[0])), last):
                layers.append(_Step(before, after))
                before = after
            if place < 4:
                layers.append(nn.MaxPool2d(2))
        layers[-1] = nn.Conv2d(max(1, round(width * 160)), dimensions, 3, 1, 1)  # of either sign
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Conv5(nn.Sequential):
    """Five convolutions, each with max pooling, and a fully connected layer, on 112×112 pixels."""

    def __init__(self, dimensions: int = 128, width: float = 1.0) -> None:
        channels = [3, *(max(1, round(width * count)) for count in (32, 64, 128, 256, 256))]
        layers: list[nn.Module] = []
        for before, after in pairwise(channels):
            layers += [_Step(before, after), nn.MaxPool2d(2)]
        super().__init__(*layers, nn.Flatten(), nn.Linear(channels[-1] * 9, dimensions))


class _Residual(nn.Module):
    """Two steps around which the input goes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(_Step(channels, channels), _Step(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.steps(x))


class SFNet(nn.Module):
    """SphereFace's network of 20 layers, with batch normalisation (Liu et al. 2017, table 2).

    Four levels of 64, 128, 256 and 512 channels, each a convolution of stride 2 and then 1, 2, 4
    and 1 residual units, and a fully connected layer. `width` multiplies the channels.
    """

    def __init__(self, dimensions: int = 512, width: float = 1.0, side: int = 112) -> None:
        super().__init__()
        channels = [3, *(max(1, round(width * count)) for count in (64, 128, 256, 512))]
        levels: list[nn.Module] = []
        for level, units in enumerate((1, 2, 4, 1)):
            levels.append(_Step(channels[level], channels[level + 1], stride=2))
            levels += [_Residual(channels[level + 1]) for _ in range(units)]
        self.levels = nn.Sequential(*levels)
        cells = math.ceil(side / 16) ** 2
        self.embedding = nn.Linear(channels[-1] * cells, dimensions)

    def forward(self, images: Tensor) -> Tensor:
        """(b, 3, side, side) to (b, dimensions)."""
        return cast(Tensor, self.embedding(self.levels(images).flatten(1)))


class _MaxFeatureMap(nn.Module):
    """The larger of two halves of the channels (Wu et al. 2018, equation 2)."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.filter = layer

    def forward(self, x: Tensor) -> Tensor:
        one, other = self.filter(x).chunk(2, dim=1)
        return torch.maximum(one, other)


def _mfm(before: int, after: int, size: int = 3) -> _MaxFeatureMap:
    return _MaxFeatureMap(nn.Conv2d(before, 2 * after, size, 1, size // 2))


class _Group(nn.Module):
    """A 1×1 and a 3×3 convolution with max feature maps."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv_a = _mfm(before, before, 1)
        self.conv = _mfm(before, after)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.conv(self.conv_a(x)))


class _Block(nn.Module):
    """Two 3×3 convolutions with max feature maps, around which the input goes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = _mfm(channels, channels)
        self.conv2 = _mfm(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.conv2(self.conv1(x)))


class LightCNN29(nn.Module):
    """LightCNN of 29 layers (Wu, He, Sun and Tan 2018), on grey 128×128 pictures.

    Layers are named as in the authors' state dicts. Version 1 takes the maximum in pooling and has
    a max feature map for its embedding; version 2 pools by maximum plus average and has a plain
    layer. `width` multiplies the channels.
    """

    def __init__(
        self, dimensions: int = 256, version: Literal[1, 2] = 1, width: float = 1.0
    ) -> None:
        super().__init__()
        self.version, self.dimensions = version, dimensions
        first, second, third, last = (max(1, round(width * n)) for n in (48, 96, 192, 128))
        self.conv1 = _mfm(1, first, 5)
        self.block1 = nn.Sequential(*(_Block(first) for _ in range(1)))
        self.group1 = _Group(first, second)
        self.block2 = nn.Sequential(*(_Block(second) for _ in range(2)))
        self.group2 = _Group(second, third)
        self.block3 = nn.Sequential(*(_Block(third) for _ in range(3)))
        self.group3 = _Group(third, last)
        self.block4 = nn.Sequential(*(_Block(last) for _ in range(4)))
        self.group4 = _Group(last, last)
        cells = 8 * 8 * last
        self.fc: nn.Module = (
            _MaxFeatureMap(nn.Linear(cells, 2 * dimensions))
            if version == 1
            else nn.Linear(cells, dimensions)
        )

    def forward(self, images: Tensor) -> Tensor:
        """(b, 1, 128, 128) in 0 to 1 to (b, dimensions)."""
        x = self._pool(self.conv1(images))
        x = self._pool(self.group1(self.block1(x)))
        x = self._pool(self.group2(self.block2(x)))
        x = self.group4(self.block4(self.group3(self.block3(x))))
        return cast(Tensor, self.fc(self._pool(x).flatten(1)))

    def _pool(self, x: Tensor) -> Tensor:
        pooled = functional.max_pool2d(x, 2)
        return pooled if self.version == 1 else pooled + functional.avg_pool2d(x, 2)


def build(name: NetworkName, dimensions: int, width: float = 1.0) -> nn.Module:
    """The network of that name, with random weights."""
    if name == "sfnet20":
        return SFNet(dimensions, width)
    if name == "otto10":
        return Otto10(dimensions, width)
    if name == "conv5":
        return Conv5(dimensions, width)
    return LightCNN29(dimensions, 1 if name == "lightcnn29" else 2, width)


def read_lightcnn(path: Path) -> LightCNN29:
    """The authors' checkpoint of LightCNN-29, version 1 or 2 as its layers tell.

    Only tensors are read from the file, never code. The classifier `fc2` is left out.
    Raises ProsoponError.
    """
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises what its parts raise
        raise ProsoponError(f"{path}: not a checkpoint of plain tensors: {error}") from error
    weights = loaded.get("state_dict", loaded) if isinstance(loaded, Mapping) else {}
    weights = {
        name.removeprefix("module."): tensor
        for name, tensor in weights.items()
        if not name.removeprefix("module.").startswith("fc2.")
    }
    version: Literal[1, 2] = 1 if "fc.filter.weight" in weights else 2
    last = weights.get("fc.filter.weight" if version == 1 else "fc.weight")
    if last is None:
        raise ProsoponError(f"{path}: no layer fc: not a checkpoint of LightCNN-29")
    network = LightCNN29(len(last) // (2 if version == 1 else 1), version)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ProsoponError(f"{path}: not a checkpoint of LightCNN-29: {error}") from error
    return network
