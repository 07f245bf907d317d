"""What an attribute training is made from: the recipe files' contents, checked."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from prosopon.datasets.vocabulary import NAMES, find
from prosopon.errors import UsageError
from prosopon.geometry import Template, box_points, dlib_template
from prosopon.training.recipes import STRICT, read_recipe
from prosopon.training.schedule import Schedule

LossName = Literal["cosine", "bce", "summed bce", "mae", "mse", "focal", "balanced"]


@dataclass(frozen=True, slots=True)
class Crop:
    """How faces are cut from photographs, at a fixed scale."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    height: int
    width: int
    """Pixels."""
    scale: float
    """Pixels for the width of dlib's unpadded face (about 1.9 times the distance of the eyes)."""
    lower: float = 0.0
    """How far the face's centre lies below the picture's, as a share of `scale`."""
    aligned: bool = True
    """Turned so that the eyes are level and in their place; else cut about the detector's box, as
    the face stands, and `scale` is of the box's longer side."""

    def template(self) -> Template:
        """Where the corners of the eyes and the base of the nose come to lie, or the box."""
        if self.aligned:
            points = np.array(dlib_template(size=1, padding=0).points) + 0.5
        else:
            points = box_points(np.array([[0, 0, 1, 1]], np.float32))[0].astype(float)
        centre = (np.array([self.width, self.height]) - 1) / 2 + [0, self.lower * self.scale]
        moved = (points - 0.5) * self.scale + centre
        return Template(
            "corners" if self.aligned else "box",
            tuple((float(x), float(y)) for x, y in moved),
            (self.height, self.width),
        )


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes to training pictures; 0 is none. Shares are of the picture's size."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    rotation: float = 0.0
    """Degrees, at most, to either side."""
    shift: float = 0.0
    """Share of height and width, at most, to either side."""
    shear: float = 0.0
    """Degrees, at most, to either side."""
    zoom: float = 0.0
    """Scale in height and in width, each from 1 − zoom to 1 + zoom."""
    flip: bool = False
    """Mirror every second picture."""


@dataclass(frozen=True, slots=True)
class BackboneSettings:
    """A backbone with a dense head."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str = "mobilenet_v2"
    """A model type of `transformers` (random weights), or a hub name or folder it can load."""
    weights: str = ""
    """An .npz of ImageNet weights for mobilenet_v2, by torchvision's names."""
    hidden: int = 1536
    dropout: float = 0.3
    frozen: bool = False
    """Train the head alone; the backbone's features are computed once."""


@dataclass(frozen=True, slots=True)
class ParsingSettings:
    """AttParseNet."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    segments: bool = True
    """Learn the weak segments too; without them it is the paper's baseline."""
    segment_epochs: int = 10
    """Epochs of segmentation alone, before both together."""
    width: float = 1.0
    """Share of the paper's channels; 1 wants a GPU."""
    heads: Literal["own map", "all maps"] = "own map"
    """What each attribute is told from: its own map (forty layers of 7,296 → 1, as written), or all
    maps together."""
    mask_value: float = 255.0
    """What a weak segment holds where the attribute shows."""
    stop_at_crossover: bool = True
    """Stop when the validation loss is no longer below the training loss."""


@dataclass(frozen=True, slots=True)
class AttributeRecipe:
    """A whole training. Exactly one of `backbone` and `parsing` is given."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    schedule: Schedule
    crop: Crop
    backbone: BackboneSettings | None = None
    parsing: ParsingSettings | None = None
    loss: LossName = "bce"
    attributes: tuple[str, ...] = NAMES
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        if (self.backbone is None) == (self.parsing is None):
            raise UsageError("give either [backbone] or [parsing]")
        if not self.attributes:
            raise UsageError("attributes: name at least one")
        names = tuple(find(name).name for name in self.attributes)
        object.__setattr__(self, "attributes", names)

    def settings(self) -> dict[str, Any]:
        """The recipe for a checkpoint, without the schedule, which the loop keeps itself."""
        values = asdict(self)
        del values["schedule"]
        return values


def load_recipe(name: str | Path) -> AttributeRecipe:
    """The recipe of that name (`prosopon.training.read_recipe`), or in that .toml file."""
    return read_recipe(name, AttributeRecipe, "prosopon.attributes")
