"""The one training loop: attribute networks, embedders, small classifiers.

A `Task` says what is learnt (`loss(batch)`) and how it is judged (`evaluate()`); a `Schedule` says
how long, how fast and from which seed; `fit` does the rest on one or several devices and leaves in
its folder

- `model.safetensors`: the weights of `task.network`, the best by the monitored figure,
- `state.safetensors`: everything needed to go on where an interrupted training stopped,
- `history.csv`, `curves.png` and, for TensorBoard, `events.out.tfevents.prosopon`: the learning
  curves.

Nothing is pickled. Importing this package needs PyTorch (`prosopon-archive[train]`).
"""

from prosopon.optional import require

require("torch", extra="train")
require("lightning_fabric", extra="train")

from prosopon.training.checkpoints import load_weights, save_weights  # noqa: E402
from prosopon.training.loop import (  # noqa: E402
    Batches,
    Data,
    Diverged,
    Task,
    fabric_for,
    fit,
    fit_on,
    shuffled,
    use_threads,
)
from prosopon.training.recipes import read_recipe  # noqa: E402
from prosopon.training.schedule import Schedule  # noqa: E402

__all__ = [
    "Batches",
    "Data",
    "Diverged",
    "Schedule",
    "Task",
    "fabric_for",
    "fit",
    "fit_on",
    "load_weights",
    "read_recipe",
    "save_weights",
    "shuffled",
    "use_threads",
]
