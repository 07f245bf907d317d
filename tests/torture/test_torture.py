"""The torture of benchmarks/torture: its quick part here, the whole when there is time."""

from pathlib import Path

import pytest
from benchmarks.torture import decisions, kills, texts

pytestmark = pytest.mark.models


def test_damaged_texts_are_read_or_refused() -> None:
    assert sum(texts.run(120, seed=1).values()) == 120


def test_decisions_are_accounted_for(tmp_path: Path) -> None:
    assert decisions.run(tmp_path, 60, seed=1, rounds=2) >= 40


@pytest.mark.slow
def test_a_thousand_damaged_texts() -> None:
    assert sum(texts.run(1000, seed=0).values()) == 1000


@pytest.mark.slow
def test_a_hundred_thousand_decisions(tmp_path: Path) -> None:
    assert decisions.run(tmp_path, 100_000, rounds=12) >= 90_000


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["serial", "threads", "processes"])
def test_two_hundred_kills(tmp_path: Path, engine: str) -> None:
    assert kills.run(tmp_path, 200, engine) > 50
