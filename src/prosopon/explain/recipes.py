"""What a study that trains its own classifier is made from: the recipe files' contents, checked."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from prosopon.training.recipes import STRICT, read_recipe
from prosopon.training.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Picture:
    """How faces are cut: eyes level, in a square."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    side: int = 32
    """Pixels."""
    padding: float = 0.5
    """Margin around dlib's face, from the eyebrows to the mouth, as a share of its width; 0.5
    shows the chin and some hair."""


@dataclass(frozen=True, slots=True)
class Network:
    """What is trained."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str = "small"
    """`small`, or a model type of `transformers` (`resnet`: ResNet-50; `mobilenet_v2`), or a hub
    name or folder that it can load."""
    width: int = 16
    """Of `small`: channels of its first level."""
    weights: str = ""
    """For mobilenet_v2, an .npz of ImageNet weights."""
    frozen: bool = False
    """Learn the linear layer alone, on features that are computed once."""
    dropout: float = 0.0
    """Share of the features that are left out in each step of the training."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole training."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    schedule: Schedule
    picture: Picture = field(default_factory=Picture)
    network: Network = field(default_factory=Network)
    flip: bool = False
    """Mirror every second training picture. Off: a mirrored face hides left from right."""

    def settings(self) -> dict[str, Any]:
        """The recipe for a checkpoint, without the schedule, which the loop keeps itself."""
        values = asdict(self)
        del values["schedule"]
        return values


def load_recipe(name: str | Path) -> Recipe:
    """The recipe of that name (`prosopon.training.read_recipe`), or in that .toml file."""
    return read_recipe(name, Recipe, "prosopon.explain")
