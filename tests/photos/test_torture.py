"""Damaged and hostile files: pixels of the promised size or a reason, and nothing else."""

from pathlib import Path

import pytest
from benchmarks.torture.pictures import run


@pytest.mark.skipif(not Path("/proc").exists(), reason="measures memory as Linux counts it")
def test_a_few_hundred() -> None:
    counts = run(250, seed=1)
    assert sum(counts.values()) == 250
    assert counts["whole: pixels"] == 25


@pytest.mark.slow
def test_ten_thousand() -> None:
    assert sum(run(10_000, seed=0).values()) == 10_000
