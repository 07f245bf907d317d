"""Learning curves as TensorBoard's own reader sees them; its format's fixed points without it."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from prosopon.training.events import write_events

ROWS = [
    {"epoch": 1, "step": 4, "seconds": 2.0, "train loss": 0.5},
    {"epoch": 300, "step": 8, "seconds": 3.0, "train loss": 0.25, "accuracy": 0.75},
]


def test_the_first_record_is_the_known_one(tmp_path: Path) -> None:
    write_events([], tmp_path / "events")
    said = (tmp_path / "events").read_bytes()
    # An event with the version alone has 24 bytes; the sum of that length is TensorFlow's.
    assert said[:12] == bytes.fromhex("1800000000000000a37f4b22")
    assert said[21:36] == b"\x1a\x0dbrain.Event:2" and len(said) == 40


def test_tensorboard_reads_every_figure(tmp_path: Path) -> None:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    write_events(ROWS, tmp_path / "events.out.tfevents.prosopon")
    found = reader.EventAccumulator(str(tmp_path)).Reload()
    assert sorted(found.Tags()["scalars"]) == ["accuracy", "train/loss"]
    assert [(each.step, each.value) for each in found.Scalars("train/loss")] == [
        (1, 0.5),
        (300, 0.25),
    ]
    first, second = found.Scalars("train/loss")
    assert second.wall_time - first.wall_time == pytest.approx(1)
