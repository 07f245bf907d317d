"""Classifiers whose last maps can be looked at: maps (b, c, h, w), their means, a linear layer.

Images are (b, 3, h, w) in −1 to 1, RGB; outputs are logits (b, labels). Zhou et al., "Learning Deep
Features for Discriminative Localization" (CVPR 2016), need this form for their activation maps.
"""

from typing import Any, cast

from torch import Tensor, nn


class MapClassifier(nn.Module):
    """A network of maps with a linear layer on their means."""

    def __init__(self, body: nn.Module, channels: int, labels: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels, labels)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (b, labels)."""
        return cast(Tensor, self.head(self.dropout(self.features(images))))

    def features(self, images: Tensor) -> Tensor:
        """The maps' means (b, channels)."""
        return self.maps(images).mean(dim=(2, 3))

    def maps(self, images: Tensor) -> Tensor:
        """The last maps (b, channels, h', w')."""
        return cast(Tensor, self.body(images))


class LastMaps(nn.Module):
    """The last hidden state of a backbone of `transformers`, as a body for `MapClassifier`."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: Tensor) -> Tensor:
        """(b, channels, h', w')."""
        output: Any = self.backbone(images)
        return cast(Tensor, output.last_hidden_state)


class _Residual(nn.Module):
    """Two 3×3 convolutions around which the input goes (He et al. 2016, basic block)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.way = (
            nn.Identity()
            if before == after and stride == 1
            else nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.steps(x) + self.way(x))


class SmallResNet(nn.Sequential):
    """A residual network for small pictures and small machines: maps a quarter of the picture's
    size, with 4 · `width` channels."""

    def __init__(self, width: int = 16) -> None:
        super().__init__(
            nn.Sequential(
                nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
            ),
            _Residual(width, 2 * width, 2),
            _Residual(2 * width, 4 * width, 2),
        )
