"""A folder that is watched: what arrives is found and grouped; it waits, goes on, ends well."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import prosopon
from prosopon.collection.watch import TakenIn, take_in
from prosopon.errors import UsageError
from prosopon.store import open_store
from prosopon.synthetic import Album

pytestmark = pytest.mark.models


@pytest.fixture
def pictures(album: Album) -> list[Path]:
    return sorted((album.folder / "images").iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    return made


def watched(folder: Path, collection: Path) -> Iterator[TakenIn]:
    with prosopon.open(collection) as opened:
        yield from opened.watch(folder, settle=0.2, every=1)


def test_what_is_there_comes_first_then_what_arrives(
    folder: Path, pictures: list[Path], tmp_path: Path
) -> None:
    shutil.copy(pictures[0], folder)
    looks = watched(folder, tmp_path / "a.prosopon")
    first = next(looks)
    assert first.indexed.examined == 1 and first.clustered is not None
    shutil.copy(pictures[1], folder)
    second = next(looks)
    assert second.indexed.examined == 1 and second.clustered is not None
    assert second.clustered.faces > first.clustered.faces
    (folder / pictures[0].name).unlink()
    assert next(looks).indexed.vanished == 1


def test_an_unchanged_folder_makes_no_new_run(
    folder: Path, pictures: list[Path], tmp_path: Path
) -> None:
    shutil.copy(pictures[0], folder)
    with prosopon.open(tmp_path / "a.prosopon") as opened:
        assert take_in(opened, folder)
        assert not take_in(opened, folder)
        assert len(opened.status().clusterings) == 1


def test_faces_that_a_killed_run_left_unclustered_are_clustered(
    folder: Path, pictures: list[Path], tmp_path: Path
) -> None:
    shutil.copy(pictures[0], folder)
    with prosopon.open(tmp_path / "a.prosopon") as opened:
        opened.index(folder)
        taken = take_in(opened, folder)
        assert taken.indexed.examined == 0 and taken.clustered is not None


def test_it_waits_while_another_run_writes(
    folder: Path, pictures: list[Path], tmp_path: Path
) -> None:
    shutil.copy(pictures[0], folder)
    held, free = threading.Event(), threading.Event()

    def write() -> None:
        with open_store(str(tmp_path / "a.prosopon")) as store, store.writing():
            held.set()
            free.wait(60)

    other = threading.Thread(target=write)
    other.start()
    assert held.wait(60)
    threading.Timer(0.5, free.set).start()
    assert next(watched(folder, tmp_path / "a.prosopon")).indexed.examined == 1
    assert free.is_set()
    other.join()


@pytest.mark.parametrize("settle", [0, -1, float("nan")])
def test_what_can_not_be_watched_is_told(folder: Path, tmp_path: Path, settle: float) -> None:
    with prosopon.open(tmp_path / "a.prosopon") as opened:
        with pytest.raises(UsageError, match="no such folder"):
            next(opened.watch(folder / "none"))
        with pytest.raises(UsageError, match="above 0"):
            next(opened.watch(folder, settle=settle))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent another way there")
def test_ctrl_c_ends_it_with_a_summary(folder: Path, pictures: list[Path], tmp_path: Path) -> None:
    shutil.copy(pictures[0], folder)
    collection = folder / "people.prosopon"  # its own writes wake nobody
    words = ["watch", str(folder), "-c", str(collection), "--settle", "0.2"]
    with subprocess.Popen(
        [sys.executable, "-m", "prosopon", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        until(lambda: "1 photograph looked at" in str(process.stderr.readline()))  # type: ignore[union-attr]
        process.send_signal(signal.SIGINT)
        said, rest = process.communicate(timeout=60)
    assert process.returncode == 0, rest
    assert said.startswith("ended; 1 photograph") and "Traceback" not in rest


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
