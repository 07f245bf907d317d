"""How long, how fast and from which seed a training runs."""

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from prosopon.errors import UsageError
from prosopon.training.recipes import STRICT


@dataclass(frozen=True, slots=True)
class Schedule:
    """The part of a recipe that the loop reads. Exactly one of `epochs` and `steps` is given."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    epochs: int = 0
    """Passes over the data."""
    steps: int = 0
    """Batches in all."""
    batch: int = 64
    """Samples in a batch, all devices together."""
    optimizer: Literal["adadelta", "adam", "adamw", "sgd"] = "adamw"
    rate: float = 1e-3
    """Learning rate after the warm-up."""
    momentum: float = 0.9
    """Of sgd; of adam and adamw β₁."""
    weight_decay: float = 0.0
    warmup: int = 0
    """Steps over which the rate rises from 0."""
    milestones: tuple[int, ...] = ()
    """Steps at which the rate is multiplied by `factor`."""
    factor: float = 0.1
    cosine: bool = False
    """Let the rate fall to 0 along half a cosine wave; needs `steps`."""
    clip: float = 0.0
    """Largest norm of the gradient; 0 for no limit."""
    monitor: str = ""
    """The figure of `evaluate()` by which the best weights are kept; empty: keep the last."""
    minimise: bool = False
    """Whether a smaller monitored figure is better."""
    patience: int = 0
    """Stop after so many epochs without a better monitored figure; 0: never."""
    precision: str = "32-true"
    """Lightning Fabric's name: `32-true`, `16-mixed`, `bf16-mixed`."""
    seed: int = 0

    def __post_init__(self) -> None:
        problems = {
            "give either epochs or steps": (self.epochs > 0) == (self.steps > 0),
            "batch must be at least 1": self.batch < 1,
            "rate must be a number above 0": not 0 < self.rate < math.inf,
            "cosine needs steps instead of epochs": self.cosine and not self.steps,
            "patience needs a monitor": bool(self.patience and not self.monitor),
        }
        wrong = [message for message, holds in problems.items() if holds]
        if wrong:
            raise UsageError(f"schedule: {'; '.join(wrong)}")

    def rate_at(self, step: int) -> float:
        """The learning rate of a step; a function of its number alone, so nothing to save."""
        rate = self.rate * self.factor ** sum(step >= milestone for milestone in self.milestones)
        if self.cosine:
            rate *= 0.5 * (1 + math.cos(math.pi * step / self.steps))
        if step < self.warmup:
            rate *= (step + 1) / self.warmup
        return rate

    def identity(self) -> dict[str, Any]:
        """What must stay the same for an interrupted training to go on: all but its length."""
        free = {"epochs", "patience"} | (set() if self.cosine else {"steps"})
        return {name: value for name, value in asdict(self).items() if name not in free}
