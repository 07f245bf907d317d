"""The profile sums up what runs noted of their stages."""

import mmap
from pathlib import Path

import pytest

import prosopon
from prosopon.stage_timer import StageTimer
from prosopon.store import runs


def test_times_add_up_and_memory_is_that_of_the_greediest_run(tmp_path: Path) -> None:
    detect = {"hits": 10, "seconds": 2.0, "memory": 5e6}
    earlier = {"hits": 1, "seconds": 0.5}  # from before memory was noted
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        with collection.store.begin() as connection:
            for laps in (
                {"detect": detect},
                {"detect": {**detect, "hits": 30, "memory": -1e6}, "save": earlier},
                {"detect": {**detect, "hits": 0, "seconds": 0.0}, "never": {**earlier, "hits": 0}},
            ):
                runs.end(connection, runs.start(connection, "index", {}), "done", {"stages": laps})
        found = {row.stage: row for row in collection.profile()}
    assert set(found) == {"detect", "save"}
    assert (found["detect"].hits, found["detect"].total_s) == (40, 4.0)
    assert found["detect"].average_ms == pytest.approx(100)
    assert found["detect"].memory_mb == 5
    assert found["save"].memory_mb == 0


def test_a_stage_that_keeps_memory_says_so() -> None:
    timer = StageTimer()
    with timer.lap("keeps"):
        kept = mmap.mmap(-1, 64_000_000)  # its own pages: not what the allocator has left over
        kept.write(bytes(64_000_000))
    with timer.lap("gives back"):
        kept.close()
    assert timer.laps["keeps"].memory > 50e6
    assert timer.laps["gives back"].memory < 0
    other = StageTimer()
    other.add(timer)
    other.add(timer)
    assert other.laps["keeps"].hits == 2
    assert other.laps["keeps"].memory == 2 * timer.laps["keeps"].memory
