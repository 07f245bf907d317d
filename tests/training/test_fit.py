"""The loop: it learns, resumes to the same weights, keeps the best, and stops when it must."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch.utils.data import TensorDataset

from prosopon.errors import ProsoponError, UsageError
from prosopon.training import Diverged, Schedule, Task, fabric_for, fit, load_weights, shuffled
from prosopon.training.history import Row


class Lines(Task):
    """Learns a linear rule, with dropout so that randomness matters."""

    def __init__(self, stop_at: int | None = None) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.network = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.Linear(4, 1))
        self.calls, self.stop_at = 0, stop_at

    def loss(self, batch: Any) -> dict[str, torch.Tensor]:
        self.calls += 1
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        x, y = batch
        return {"squares": (self.network(x)[:, 0] - y).square().mean()}

    def evaluate(self) -> Row:
        weight = self.network[1].weight[0]
        return {"error": float((weight - torch.tensor([1.0, -2.0, 0.5, 0.0])).norm())}


@pytest.fixture
def data() -> TensorDataset:
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32))
    return TensorDataset(x, x @ torch.tensor([1.0, -2.0, 0.5, 0.0]))


SCHEDULE = Schedule(epochs=6, batch=32, optimizer="adam", rate=0.05, seed=3)


def test_learns_and_leaves_its_files(data: TensorDataset, tmp_path: Path) -> None:
    schedule = Schedule(
        epochs=25, batch=16, rate=0.05, monitor="error", minimise=True, optimizer="adam"
    )
    task = Lines()
    rows = fit(task, data, schedule, tmp_path)
    assert rows[-1]["error"] < 0.8 < rows[0]["error"]  # dropout keeps it from 0
    with (tmp_path / "history.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [float(line["error"]) for line in lines] == [row["error"] for row in rows]
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"
    weights, facts = load_weights(tmp_path / "model.safetensors")
    assert set(weights) == {"1.weight", "1.bias"}
    assert facts["figures"]["error"] == min(row["error"] for row in rows)


@pytest.mark.parametrize("optimizer", ["adadelta", "adam", "adamw", "sgd"])
@pytest.mark.parametrize("stop_at", [1, 9, 13])
def test_interrupted_training_ends_with_the_same_weights(
    data: TensorDataset, tmp_path: Path, optimizer: Any, stop_at: int, monkeypatch: Any
) -> None:
    monkeypatch.setattr("prosopon.training.loop.SECONDS_BETWEEN_STATES", 0.0)
    schedule = Schedule(epochs=4, batch=32, optimizer=optimizer, rate=0.05)
    whole = Lines()
    expected = fit(whole, data, schedule, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(Lines(stop_at), data, schedule, tmp_path / "parts")
    resumed = Lines()
    rows = fit(resumed, data, schedule, tmp_path / "parts")
    assert resumed.calls == 4 * 6 - (stop_at - 1), "finished steps were done again"
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name])
    for row, other in zip(rows, expected, strict=True):
        assert {**row, "seconds": 0} == {**other, "seconds": 0}


def test_interrupted_within_the_writing_keeps_the_old_state(
    data: TensorDataset, tmp_path: Path, monkeypatch: Any
) -> None:
    fit(Lines(), data, Schedule(epochs=1, batch=32), tmp_path)
    before = (tmp_path / "state.safetensors").read_bytes()

    def broken(tensors: Any, path: Path, metadata: Any) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("prosopon.training.checkpoints.save_file", broken)
    with pytest.raises(ProsoponError, match="can't be written: disk full"):
        fit(Lines(), data, Schedule(epochs=2, batch=32), tmp_path)
    assert (tmp_path / "state.safetensors").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_finished_training_is_not_repeated_and_can_be_prolonged(
    data: TensorDataset, tmp_path: Path
) -> None:
    fit(Lines(), data, SCHEDULE, tmp_path)
    again = Lines()
    assert len(fit(again, data, SCHEDULE, tmp_path)) == 6
    assert again.calls == 0
    longer = Schedule(epochs=7, batch=32, optimizer="adam", rate=0.05, seed=3)
    assert len(fit(again, data, longer, tmp_path)) == 7


def test_a_folder_with_another_training_is_refused(data: TensorDataset, tmp_path: Path) -> None:
    fit(Lines(), data, SCHEDULE, tmp_path)
    with pytest.raises(UsageError, match="other settings"):
        fit(Lines(), data, Schedule(epochs=6, batch=16), tmp_path)


def test_nan_stops_with_the_last_good_state(data: TensorDataset, tmp_path: Path) -> None:
    class Breaks(Lines):
        def loss(self, batch: Any) -> dict[str, torch.Tensor]:
            parts = super().loss(batch)
            return {
                name: part * (float("nan") if self.calls > 8 else 1) for name, part in parts.items()
            }

    with pytest.raises(Diverged, match=r"epoch 2, step 9: .*squares nan.*last good state"):
        fit(Breaks(), data, SCHEDULE, tmp_path)
    packed, _ = load_weights(tmp_path / "state.safetensors")
    assert all(bool(torch.isfinite(tensor).all()) for tensor in packed.values())
    assert len(fit(Lines(), data, SCHEDULE, tmp_path)) == 6


def test_exploding_weights_are_not_saved(data: TensorDataset, tmp_path: Path) -> None:
    class Explodes(Lines):
        def loss(self, batch: Any) -> dict[str, torch.Tensor]:
            if self.calls == 11:  # the last step of the second epoch: finite loss, broken gradient
                self.network[1].weight.register_hook(lambda gradient: gradient * float("inf"))
            return super().loss(batch)

    with pytest.raises(Diverged, match="weights are not finite"):
        fit(Explodes(), data, SCHEDULE, tmp_path)
    assert all(
        bool(torch.isfinite(tensor).all())
        for tensor in load_weights(tmp_path / "state.safetensors")[0].values()
    )


def test_stops_early_when_patience_is_out(data: TensorDataset, tmp_path: Path) -> None:
    class Stuck(Lines):
        def evaluate(self) -> Row:
            return {"score": 1.0}

    schedule = Schedule(epochs=50, batch=32, monitor="score", patience=3)
    assert len(fit(Stuck(), data, schedule, tmp_path)) == 4


def test_the_task_may_stop_early(data: TensorDataset, tmp_path: Path) -> None:
    class Enough(Lines):
        def finished(self, rows: Any) -> bool:
            return len(rows) == 2

    assert len(fit(Enough(), data, SCHEDULE, tmp_path)) == 2


def test_steps_count_over_epochs(data: TensorDataset, tmp_path: Path) -> None:
    rows = fit(Lines(), data, Schedule(steps=8, batch=32, cosine=True), tmp_path)
    assert [row["step"] for row in rows] == [6, 8]


def test_unknown_monitor_lists_the_figures(data: TensorDataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'accuracy'.*error"):
        fit(Lines(), data, Schedule(epochs=1, monitor="accuracy"), tmp_path)


def test_empty_data_is_refused(tmp_path: Path) -> None:
    empty = TensorDataset(torch.empty(0, 4), torch.empty(0))
    with pytest.raises(UsageError, match="empty"):
        fit(Lines(), empty, SCHEDULE, tmp_path)


def test_shuffled_covers_everything_in_a_new_order_each_epoch() -> None:
    batches = shuffled(10, 3, seed=1)
    first = np.concatenate(batches(0))
    assert [len(rows) for rows in batches(0)] == [3, 3, 3]
    assert len(set(first)) == 9
    assert np.array_equal(first, np.concatenate(batches(0)))
    assert not np.array_equal(first, np.concatenate(batches(1)))
    assert [len(rows) for rows in shuffled(2, 3, seed=1)(0)] == [2]


def test_rate_follows_warmup_milestones_and_cosine() -> None:
    schedule = Schedule(steps=100, rate=1.0, warmup=4, milestones=(50, 80))
    assert [schedule.rate_at(step) for step in (0, 1, 3, 49, 50, 80)] == pytest.approx(
        [0.25, 0.5, 1.0, 1.0, 0.1, 0.01]
    )
    cosine = Schedule(steps=100, rate=1.0, cosine=True)
    assert [cosine.rate_at(step) for step in (0, 50, 100)] == pytest.approx([1.0, 0.5, 0.0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "either epochs or steps"),
        ({"epochs": 1, "steps": 1}, "either epochs or steps"),
        ({"epochs": 1, "rate": float("nan")}, "rate"),
        ({"epochs": 1, "cosine": True}, "cosine"),
        ({"epochs": 1, "patience": 2}, "monitor"),
    ],
)
def test_impossible_schedules_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Schedule(**values)


def test_broken_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{not js}")
    with pytest.raises(ProsoponError, match="model.safetensors"):
        load_weights(path)
    with pytest.raises(UsageError, match="no such weights"):
        load_weights(tmp_path / "absent.safetensors")


def _train_on_two(fabric: Any, data: TensorDataset, folder: Path) -> None:
    fit(Lines(), data, SCHEDULE, folder, fabric=fabric)


def test_two_devices_learn_together(data: TensorDataset, tmp_path: Path) -> None:
    from lightning_fabric import Fabric

    fabric = Fabric(accelerator="cpu", devices=2, strategy="ddp_fork")
    fabric.launch(_train_on_two, data, tmp_path)
    weights, facts = load_weights(tmp_path / "model.safetensors")
    assert facts["figures"]["step"] == 36
    assert facts["figures"]["error"] < 2.0
    assert all(bool(torch.isfinite(tensor).all()) for tensor in weights.values())


def test_one_device_is_the_default() -> None:
    assert fabric_for().world_size == 1
