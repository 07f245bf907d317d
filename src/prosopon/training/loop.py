"""The loop: `fit` trains a `Task` on data by a `Schedule`, and can be interrupted anywhere.

Nothing random is carried from step to step: the order of the data is a function of seed and epoch,
and torch's generator is seeded anew for each step. So a state is weights, optimizer and a position,
and a training that was interrupted and went on ends with the weights of one that was not.
"""

import ctypes
import json
import math
import sys
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch.utils.data import DataLoader

from prosopon.errors import ProsoponError, UsageError
from prosopon.progress import stage
from prosopon.records import Int64
from prosopon.training import history
from prosopon.training.checkpoints import load_weights, pack, save_weights, unpack
from prosopon.training.events import write_events
from prosopon.training.history import Row
from prosopon.training.schedule import Schedule

SECONDS_BETWEEN_STATES = 300.0
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
"""Options of glibc's mallopt."""


def use_threads(count: int) -> None:
    """So many threads for whatever PyTorch computes."""
    torch.set_num_threads(count)


class Diverged(ProsoponError):
    """The loss stopped being a number."""


class Data(Protocol):
    """Samples by number: `data[rows]` takes (b,) int64 and returns tensors, or a tuple or mapping
    of them, with b first. `torch.utils.data.TensorDataset` is one."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Int64, /) -> Any: ...


class Batches(Protocol):
    """The batches of an epoch as row numbers, always the same for the same epoch."""

    def __call__(self, epoch: int) -> Sequence[Int64]: ...


class Task(torch.nn.Module):
    """What is learnt. All that is trained is a parameter of the task or of its parts.

    Draw random numbers from torch only: the loop seeds it at each step.
    """

    network: torch.nn.Module
    """The part that is kept after training."""

    @abstractmethod
    def loss(self, batch: Any) -> dict[str, torch.Tensor]:
        """Scalar losses by name; their sum is minimised."""

    def evaluate(self) -> Row:
        """Figures on held-out data; called after each epoch, in eval mode, without gradients."""
        return {}

    def begin(self, epoch: int) -> None:
        """Called before each epoch, and when a training goes on within one."""

    def finished(self, rows: Sequence[Row]) -> bool:
        """Whether to stop early, given the figures of all epochs so far."""
        return False

    def settings(self) -> dict[str, Any]:
        """What JSON can say about the task: stored with the weights, and an interrupted training
        goes on only with equal settings."""
        return {}


@dataclass
class _Position:
    """Where a training stands."""

    epoch: int = 0
    offset: int = 0
    """Batches of this epoch that are done."""
    step: int = 0
    """Batches done in all."""
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    """Losses added up over this epoch."""
    rows: list[Row] = field(default_factory=list)


def shuffled(samples: int, batch: int, seed: int) -> Batches:
    """All samples once an epoch, in a new order each time; a rest too small for a batch is left
    out (unless it is all there is), since batch normalisation fails on single samples."""

    def batches(epoch: int) -> list[Int64]:
        order = np.random.default_rng([seed, epoch]).permutation(samples).astype(np.int64)
        whole = samples // batch * batch
        return np.split(order[:whole], whole // batch) if whole else [order]

    return batches


def fabric_for(devices: int = 1, precision: Any = "32-true") -> Fabric:
    """The fastest accelerator there is, on so many devices.

    For each device after the first, a process starts that runs the same command again.
    Raises UsageError where there are fewer.
    """
    if devices == 1:
        return Fabric(devices=1, precision=precision)
    strategy = DDPStrategy(find_unused_parameters=True)
    try:
        fabric = Fabric(devices=devices, precision=precision, strategy=strategy)
    except MisconfigurationException as error:
        raise UsageError(f"devices: {devices} asked for: {error}") from error
    fabric.launch()
    return fabric


def fit_on(
    devices: int,
    task: Task,
    data: Data,
    schedule: Schedule,
    folder: Path,
    *,
    batches: Batches | None = None,
) -> list[Row]:
    """`fit` on several GPUs, or in several processes where there is none. What follows is done
    once: the processes of the further devices end here."""
    fabric = fabric_for(devices, schedule.precision)
    rows = fit(task, data, schedule, folder, batches=batches, fabric=fabric)
    if not fabric.is_global_zero:
        raise SystemExit(0)
    return rows


def fit(
    task: Task,
    data: Data,
    schedule: Schedule,
    folder: Path,
    *,
    batches: Batches | None = None,
    fabric: Fabric | None = None,
    workers: int = 0,
) -> list[Row]:
    """Train, or go on with the training in `folder`, and return the figures of all epochs.

    Afterwards `task` holds the last weights, and `folder` the files that the package names.
    With several devices each takes every n-th sample of a batch; launch `fabric` before.
    `workers` processes load the data, 0: this one. Raises Diverged at the first loss that is not
    finite, with the last good state left in `folder`; UsageError where `folder` holds a training
    with other settings.
    """
    if len(data) == 0:
        raise UsageError("there is nothing to train on: the data set is empty")
    _keep_freed_memory()
    folder.mkdir(parents=True, exist_ok=True)
    batches = batches or shuffled(len(data), schedule.batch, schedule.seed)
    fabric = fabric or fabric_for(precision=schedule.precision)
    run = _Run(task, schedule, folder, fabric)
    run.resume()
    with stage("training", schedule.steps or schedule.epochs * len(batches(0))) as bar:
        bar.advance(run.at.step)
        while not run.ended():
            task.train()
            task.begin(run.at.epoch)
            for batch in _loader(data, batches, run.at, fabric, workers):
                loss = run.step(batch)
                bar.advance(1, epoch=run.at.epoch + 1, loss=f"{loss:.4g}")
                if run.at.step == schedule.steps:
                    break
                if time.monotonic() - run.saved > SECONDS_BETWEEN_STATES:
                    run.save_state()
            run.close_epoch()
    if fabric.is_global_zero:
        history.plot(run.at.rows, folder / "curves.png")
    return run.at.rows


def _keep_freed_memory() -> None:
    """Have glibc keep what a step frees, for the next step: mapping and clearing it anew took up
    to a third of a training's time on a CPU."""
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", lambda option, value: 0)
        set_option(_M_TRIM_THRESHOLD, 2**31 - 1)
        set_option(_M_MMAP_MAX, 0)


class _Rows(torch.utils.data.Dataset[Any]):
    """Lets DataLoader fetch whole batches of row numbers."""

    def __init__(self, data: Data) -> None:
        self.data = data

    def __getitem__(self, rows: Int64) -> Any:
        return self.data[rows]


def _loader(
    data: Data, batches: Batches, at: _Position, fabric: Fabric, workers: int
) -> Iterator[Any]:
    """What is left of the epoch, this device's share of each batch."""
    rank, world = fabric.global_rank, fabric.world_size
    left = [rows[rank::world] for rows in batches(at.epoch)[at.offset :]]
    return iter(DataLoader(_Rows(data), batch_size=None, sampler=left, num_workers=workers))


class _Run:
    """A training under way: the task, where it stands, and its files."""

    def __init__(self, task: Task, schedule: Schedule, folder: Path, fabric: Fabric) -> None:
        self.task, self.schedule, self.folder, self.fabric = task, schedule, folder, fabric
        self.state = folder / "state.safetensors"
        self.optimizer = _optimizer(task, schedule)
        self.module, self.stepper = fabric.setup(task, self.optimizer)
        self.module.mark_forward_method("loss")
        self.at = _Position()
        self.resumed = self.saved = time.monotonic()

    def resume(self) -> None:
        """Go back to the saved state, if there is one."""
        if not self.state.exists():
            return
        packed, facts = load_weights(self.state)
        if facts["identity"] != self._identity():
            raise UsageError(
                f"{self.folder} holds a training with other settings: choose another folder, or "
                f"remove {self.state.name} there to start anew"
            )
        unpack(packed, self.task, self.optimizer)
        self.at = _Position(**facts["position"])
        self.resumed -= self.at.seconds

    def step(self, batch: Any) -> float:
        """One step down the gradient; returns the loss before it, averaged over the devices."""
        for group in self.stepper.param_groups:
            group["lr"] = self.schedule.rate_at(self.at.step)
        torch.manual_seed(_mixed(self.schedule.seed, self.at.step, self.fabric.global_rank))
        self.stepper.zero_grad()
        parts = self.module.loss(self.fabric.to_device(batch))
        names = list(parts)
        losses = torch.stack([parts[name] for name in names])
        means = cast(torch.Tensor, self.fabric.all_reduce(losses.detach())).tolist()
        if not all(map(math.isfinite, means)):
            what = ", ".join(f"{name} {value}" for name, value in zip(names, means, strict=True))
            raise self._diverged(f"the loss is not finite ({what})")
        self.fabric.backward(losses.sum())
        if self.schedule.clip:
            self.fabric.clip_gradients(self.module, self.stepper, max_norm=self.schedule.clip)
        self.stepper.step()
        for name, value in zip(names, means, strict=True):
            self.at.sums[name] = self.at.sums.get(name, 0.0) + value
        self.at.offset += 1
        self.at.step += 1
        return float(sum(means))

    def close_epoch(self) -> None:
        """Judge, write the epoch's row and the files, and move on to the next epoch."""
        self.task.eval()
        with torch.no_grad():
            figures = self.task.evaluate() if self.fabric.is_global_zero else {}
        figures = self.fabric.broadcast(figures)
        row = {
            "epoch": self.at.epoch + 1,
            "step": self.at.step,
            "rate": self.schedule.rate_at(self.at.step - 1),
            "seconds": round(time.monotonic() - self.resumed, 2),
            **{f"train {name}": total / self.at.offset for name, total in self.at.sums.items()},
            **{name: float(value) for name, value in figures.items()},
        }
        if self.schedule.monitor and self.schedule.monitor not in row:
            raise UsageError(
                f"schedule: no figure {self.schedule.monitor!r} to monitor; there are "
                f"{', '.join(row)}"
            )
        self.at.rows.append(row)
        self.at.epoch, self.at.offset, self.at.sums = self.at.epoch + 1, 0, {}
        if self._epochs_since_best() == 0:
            self._save_model()
        self.save_state()

    def ended(self) -> bool:
        """Whether the schedule is done, patience is out, or the task has had enough."""
        at, schedule = self.at, self.schedule
        if (schedule.epochs and at.epoch >= schedule.epochs) or at.step == schedule.steps > 0:
            return True
        if at.offset or not at.rows:
            return False
        impatient = 0 < schedule.patience <= self._epochs_since_best()
        return impatient or self.task.finished(at.rows)

    def save_state(self) -> None:
        """Write the state and the learning curves, atomically; refuse weights that are no
        numbers."""
        self.saved = time.monotonic()
        self.at.seconds = self.saved - self.resumed
        if not self.fabric.is_global_zero:
            return
        packed = pack(self.task, self.optimizer)
        if not all(bool(torch.isfinite(tensor).all()) for tensor in packed.values()):
            raise self._diverged("the weights are not finite")
        facts = {"identity": self._identity(), "position": asdict(self.at)}
        save_weights(self.state, packed, facts)
        history.write_csv(self.at.rows, self.folder / "history.csv")
        write_events(self.at.rows, self.folder / "events.out.tfevents.prosopon")

    def _save_model(self) -> None:
        if self.fabric.is_global_zero:
            facts = {"settings": self.task.settings(), "figures": self.at.rows[-1]}
            weights = self.task.network.state_dict()
            save_weights(self.folder / "model.safetensors", weights, facts)

    def _epochs_since_best(self) -> int:
        """0 where the last epoch has the best monitored figure, or none is monitored."""
        if not self.schedule.monitor:
            return 0
        sign = 1 if self.schedule.minimise else -1
        values = [sign * row[self.schedule.monitor] for row in self.at.rows]
        best = int(np.nanargmin(values)) if not np.isnan(values).all() else 0
        return len(values) - 1 - best

    def _identity(self) -> Any:
        """What tells trainings apart, as JSON reads it back."""
        settings = {"schedule": self.schedule.identity(), "task": self.task.settings()}
        return json.loads(json.dumps(settings))

    def _diverged(self, what: str) -> Diverged:
        left = f"the last good state is {self.state}" if self.state.exists() else "none was saved"
        return Diverged(
            f"training diverged in epoch {self.at.epoch + 1}, step {self.at.step + 1}: {what}; "
            f"{left}. Lower the rate, set clip, or look for empty or broken samples in the data."
        )


def _optimizer(task: Task, schedule: Schedule) -> torch.optim.Optimizer:
    parameters = [parameter for parameter in task.parameters() if parameter.requires_grad]
    common: dict[str, Any] = {"lr": schedule.rate, "weight_decay": schedule.weight_decay}
    match schedule.optimizer:
        case "adadelta":
            return torch.optim.Adadelta(parameters, **common)
        case "adam":
            return torch.optim.Adam(parameters, betas=(schedule.momentum, 0.999), **common)
        case "adamw":
            return torch.optim.AdamW(parameters, betas=(schedule.momentum, 0.999), **common)
        case "sgd":
            return torch.optim.SGD(parameters, momentum=schedule.momentum, **common)


def _mixed(*numbers: int) -> int:
    """One seed from several numbers, well spread."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
