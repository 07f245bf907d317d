"""The networks that recipes name. All take images (b, 3, h, w) in −1 to 1, RGB, and give logits
(b, a); AttParseNet also gives a map for each attribute.
"""

from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from prosopon.attributes.segments import MAP_SIZE, PICTURE_SIZE


class AttParseNet(nn.Module):
    """Six convolutions; the last gives a map for each attribute, on which the attributes are told
    by a fully connected layer each.

    Thom and Hand, AttParseNet; channels 75, 200, 300,
    512, 512 and one map an attribute, 7×7 then 3×3, max pool after the first, no padding. `width`
    multiplies the five inner numbers of channels: 1 is the paper's, which wants a GPU.

    heads : `own map`: a layer of 7,296 → 1 for each attribute on its own map, as the dissertation
    has it (§4.3.2); `all maps`: each attribute looks at all maps.
    """

    def __init__(
        self,
        attributes: int,
        width: float = 1.0,
        heads: Literal["own map", "all maps"] = "own map",
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
