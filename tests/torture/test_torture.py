"""The torture of benchmarks/torture: its quick part here, the whole when there is time."""

from pathlib import Path

import pytest
from benchmarks.torture import decisions, kills, models, texts

pytestmark = pytest.mark.models


def test_damaged_texts_are_read_or_refused() -> None:
    assert sum(texts.run(120, seed=1).values()) == 120


def test_decisions_are_accounted_for(tmp_path: Path) -> None:
    assert decisions.run(tmp_path, 120, seed=1, each=60) >= 120


def test_kills_leave_what_a_whole_run_gives(tmp_path: Path) -> None:
    assert kills.Kills(tmp_path, "threads", seed=1).run(2) == 2


@pytest.mark.slow
def test_a_thousand_damaged_texts() -> None:
    assert sum(texts.run(1000, seed=0).values()) == 1000


@pytest.mark.slow
def test_a_hundred_thousand_decisions(tmp_path: Path) -> None:
    assert decisions.run(tmp_path, 100_000, each=4000) >= 100_000


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["serial", "threads", "processes", "watch"])
def test_two_hundred_kills(tmp_path: Path, engine: str) -> None:
    assert kills.Kills(tmp_path, engine).run(200) == 200


def test_damaged_models_run_or_are_refused() -> None:
    assert sum(models.run(20, seed=1).values()) == 20


@pytest.mark.slow
def test_two_hundred_damaged_models() -> None:
    assert sum(models.run(200, seed=0).values()) == 200
