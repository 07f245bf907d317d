"""Training an embedder: the recipe, the data, and the task for the training loop."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import ConfigDict
from torch import Tensor, nn

from prosopon.errors import UsageError
from prosopon.geometry import TEMPLATES, Template
from prosopon.records import Float32, Int64, UInt8, as_array
from prosopon.training import Batches, Schedule, Task, read_recipe, shuffled
from prosopon.training.history import Row
from prosopon.training.recipes import STRICT
from prosopon.verification import networks, triplets
from prosopon.verification.losses import LOSSES, LossName


@dataclass(frozen=True, slots=True)
class Network:
    """What is trained."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: networks.NetworkName = "sfnet20"
    dimensions: int = 512
    width: float = 1.0
    """Multiplies the channels."""
    alignment: str = "arcface-112"
    """How chips are cut, a key of `prosopon.geometry.TEMPLATES`."""
    margin: int = 0
    """Training chips are larger by so many pixels on each side, and cropped at random."""
    grey: bool = False
    mean: float = 127.5
    scale: float = 127.5
    """Input is (pixel − mean) / scale."""
    weights: str = ""
    """A model.safetensors to start from; empty: random weights."""

    @property
    def input_size(self) -> tuple[int, int, int]:
        """Channels, height and width of the network's input."""
        return (1 if self.grey else 3, *TEMPLATES[self.alignment].size)

    def template(self) -> Template:
        """Where the landmarks lie in a training chip."""
        if self.alignment not in TEMPLATES:
            known = ", ".join(TEMPLATES)
            raise UsageError(f"no alignment {self.alignment!r}: there are {known}")
        inner = TEMPLATES[self.alignment]
        points = tuple((x + self.margin, y + self.margin) for x, y in inner.points)
        height, width = (side + 2 * self.margin for side in inner.size)
        return Template(inner.landmarks, points, (height, width))


@dataclass(frozen=True, slots=True)
class Loss:
    """How identities are told apart."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: LossName | Literal["triplet"] = "cosface"
    scale: float = 64.0
    margin: float = 0.0
    people: int = 16
    """Of `triplet`: people in a batch."""
    pictures: int = 4
    """Of `triplet`: pictures of each of them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a training is made from but its data."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    schedule: Schedule
    network: Network = field(default_factory=Network)
    loss: Loss = field(default_factory=Loss)
    least_pictures: int = 2
    """People with fewer pictures are left out."""

    @classmethod
    def read(cls, name: str | Path) -> "Recipe":
        """A recipe's file, or one of `prosopon/verification/recipes` by its name."""
        return read_recipe(name, cls, "prosopon.verification")


class Chips:
    """Chips with the number of the person in each: `data[rows]` → (images, identities)."""

    def __init__(self, chips: UInt8, identities: Int64) -> None:
        self.chips = as_array(chips, np.uint8, (None, None, None, 3), "chips")
        self.identities = as_array(identities, np.int64, (len(chips),), "identities")

    def __len__(self) -> int:
        return len(self.chips)

    def __getitem__(self, rows: Int64, /) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self.chips[rows]), torch.from_numpy(self.identities[rows])


class EmbedderTask(Task):
    """Learn embeddings by `recipe.loss` over so many identities.

    judge : from a function chips (n, h, w, 3) → vectors (n, d) to figures of held-out pairs.
    """

    def __init__(
        self,
        recipe: Recipe,
        identities: int,
        judge: Callable[[Callable[[UInt8], Float32]], Row] | None = None,
    ) -> None:
        super().__init__()
        torch.manual_seed(recipe.schedule.seed)
        self.recipe, self.identities, self.judge = recipe, identities, judge
        about, loss = recipe.network, recipe.loss
        self.network = networks.build(about.name, about.dimensions, about.width)
        self.head: nn.Module | None = None
        if loss.name != "triplet":
            self.head = LOSSES[loss.name](about.dimensions, identities, loss.scale, loss.margin)

    def loss(self, batch: Any) -> dict[str, Tensor]:
        """Of mirrored and cropped images (b, h, w, 3) uint8 and their identities (b,)."""
        chips, identities = batch
        images = self.prepare(_cropped(_mirrored(chips), self.recipe.network))
        embeddings = self.network(images).float()  # mixed precision ends here
        name = self.recipe.loss.name
        if self.head is None:
            margin = self.recipe.loss.margin
            return {name: triplets.triplet_loss(embeddings, identities, margin)}
        return {name: self.head(embeddings, identities)}

    def prepare(self, chips: Tensor) -> Tensor:
        """Chips (b, h, w, 3) uint8 RGB as the network's input (b, channels, h, w)."""
        about = self.recipe.network
        images = chips.permute(0, 3, 1, 2).contiguous().float()
        if about.grey:
            weights = torch.tensor([0.299, 0.587, 0.114], device=images.device)
            images = torch.einsum("bchw,c->bhw", images, weights)[:, None].round()
        return (images - about.mean) / about.scale

    @torch.no_grad()
    def embed(self, chips: UInt8, batch: int = 64) -> Float32:
        """Unit vectors (n, d) of chips of the recipe's alignment."""
        device = next(self.network.parameters()).device
        parts = [
            self.network(self.prepare(torch.from_numpy(chips[start : start + batch]).to(device)))
            for start in range(0, len(chips), batch)
        ]
        vectors: Float32 = nn.functional.normalize(torch.cat(parts)).cpu().numpy()
        return vectors

    def evaluate(self) -> Row:
        return self.judge(self.embed) if self.judge else {}

    def settings(self) -> dict[str, Any]:
        recipe = asdict(self.recipe)
        return {part: recipe[part] for part in ("network", "loss")} | {
            "identities": self.identities
        }


def batches(recipe: Recipe, identities: Int64) -> Batches:
    """The batches that the loss asks for."""
    loss, schedule = recipe.loss, recipe.schedule
    if loss.name == "triplet":
        return triplets.balanced(identities, loss.people, loss.pictures, schedule.seed)
    return shuffled(len(identities), schedule.batch, schedule.seed)


def _mirrored(chips: Tensor) -> Tensor:
    """Every second picture of the batch, chosen at random, mirrored."""
    chosen = torch.rand(len(chips)) < 0.5
    return torch.where(chosen.to(chips.device)[:, None, None, None], chips.flip(2), chips)


def _cropped(chips: Tensor, about: Network) -> Tensor:
    """A random window of each chip."""
    if not about.margin:
        return chips
    height, width = TEMPLATES[about.alignment].size
    corners = torch.randint(0, 2 * about.margin + 1, (2, len(chips), 1), device=chips.device)
    rows = corners[0] + torch.arange(height, device=chips.device)
    columns = corners[1] + torch.arange(width, device=chips.device)
    numbers = torch.arange(len(chips), device=chips.device)
    return chips[numbers[:, None, None], rows[:, :, None], columns[:, None, :]]
