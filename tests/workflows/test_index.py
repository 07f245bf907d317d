"""Indexing drawn photographs with real models: what is found, kept, skipped, taken up again."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import prosopon
from prosopon.errors import ProsoponError
from prosopon.synthetic import Album

pytestmark = pytest.mark.models

TABLES = ("photos", "paths", "detections", "faces", "embeddings", "failures")


def rows(collection: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows that an index run makes."""
    with sqlite3.connect(collection) as database:
        found = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    database.close()
    return {table: sorted(entries, key=str) for table, entries in found.items()}


def copy_some(album: Album, folder: Path, number: int) -> Path:
    folder.mkdir()
    for picture in sorted((album.folder / "images").iterdir())[:number]:
        shutil.copy2(picture, folder)
    return folder


def test_every_drawn_face_is_found_and_people_are_told_apart(album: Album, indexed: Path) -> None:
    with prosopon.open(indexed) as collection:
        scores = collection.evaluate(album.truth)
        assert collection.status().photos == album.photos
        assert scores.unmatched <= 0.1 * scores.labels
        assert scores.scores["pairwise_precision"] >= 0.8
        embeddings = collection.embeddings
    np.testing.assert_allclose(np.linalg.norm(embeddings.vectors, axis=1), 1, atol=1e-5)


def test_small_faces_in_a_large_jpeg_are_cut_from_all_its_pixels(
    album: Album, tmp_path: Path
) -> None:
    """The vectors are as of the same picture without loss, which is never decoded smaller."""
    (tmp_path / "a").mkdir()
    sheet = Image.new("RGB", (4000, 2600), "grey")
    for number, picture in enumerate(sorted((album.folder / "images").iterdir())[:8]):
        small = Image.open(picture).convert("RGB").resize((200, 200))
        sheet.paste(small, (200 + number % 4 * 900, 300 + number // 4 * 1200))
    sheet.save(tmp_path / "a" / "scan.jpg", quality=100, subsampling=0)
    sheet.save(tmp_path / "a" / "scan.png")
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index(tmp_path / "a")
        of_photo, vectors = collection.visible.photo_ids, collection.embeddings.vectors
        one, other = (vectors[of_photo == photo] for photo in np.unique(of_photo))
    assert len(one) >= 6
    assert (one @ other.T).max(axis=1).mean() > 0.995


def test_an_unchanged_folder_is_not_opened_again(
    album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_some(album, tmp_path / "photos", 4)
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        first = collection.index(folder)
        before = rows(tmp_path / "a.prosopon")

        def opened(*_: object) -> None:
            raise AssertionError("a file was opened")

        monkeypatch.setattr("prosopon.photos.identity.read_bytes", opened)
        monkeypatch.setattr("prosopon.photos.decoding.read_bytes", opened)
        second = collection.index(folder)
    assert (first.files, first.examined, second.unchanged, second.examined) == (4, 4, 4, 0)
    assert rows(tmp_path / "a.prosopon") == before


def test_copies_moves_and_changes(album: Album, tmp_path: Path) -> None:
    folder = copy_some(album, tmp_path / "photos", 3)
    one, two, three = sorted(folder.iterdir())
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index(folder)
        shutil.copy(one, folder / "copy.jpg")
        two.rename(folder / "moved.jpg")
        again = collection.index(folder)
        assert (again.files, again.examined, again.moved, again.vanished) == (4, 0, 1, 0)
        status = collection.status()
        assert (status.photos, status.paths) == (3, 4)
        Image.new("RGB", (200, 200), "grey").save(three)
        changed = collection.index(folder)
        assert (changed.examined, changed.faces) == (1, 0)
        assert collection.status().photos == 3


def test_failures_are_listed_and_tried_again_when_changed(album: Album, tmp_path: Path) -> None:
    folder = copy_some(album, tmp_path / "photos", 1)
    (good,) = folder.iterdir()
    (folder / "text.jpg").write_text("no picture")
    (folder / "half.jpg").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        first = collection.index(folder)
        assert {Path(path).name for path in first.failures} == {"text.jpg", "half.jpg"}
        assert first.faces == 1
        second = collection.index(folder)
        assert (second.unchanged, second.examined) == (3, 0)
        assert second.failures == first.failures == collection.status().failures
        (folder / "half.jpg").write_bytes(good.read_bytes())
        third = collection.index(folder)
        assert {Path(path).name for path in third.failures} == {"text.jpg"}
        assert len(collection.index(folder, retry=True).failures) == 1


def test_a_folder_of_text_files(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_text("no picture")
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        result = collection.index(tmp_path)
    assert (result.files, result.examined, len(result.failures)) == (3, 0, 3)


def test_an_empty_and_a_missing_folder(tmp_path: Path) -> None:
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        (tmp_path / "empty").mkdir()
        assert collection.index(tmp_path / "empty").files == 0
        with pytest.raises(ProsoponError, match="no such file or folder"):
            collection.index(tmp_path / "nowhere")


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_every_engine_gives_the_same_rows(album: Album, tmp_path: Path, engine: str) -> None:
    folder = copy_some(album, tmp_path / "photos", 3)
    for name in ("threads", engine):
        with prosopon.open(tmp_path / f"{name}.prosopon", engine=name) as collection:
            collection.index(folder)
    expected, got = rows(tmp_path / "threads.prosopon"), rows(tmp_path / f"{engine}.prosopon")
    assert [row[:8] for row in expected["faces"]] == [row[:8] for row in got["faces"]]
    vectors = [
        np.array([np.frombuffer(row[2], "<f4") for row in table["embeddings"]])
        for table in (expected, got)
    ]
    np.testing.assert_allclose(*vectors, atol=1e-5)


def test_another_detector_and_other_settings_add_their_rows(album: Album, tmp_path: Path) -> None:
    folder = copy_some(album, tmp_path / "photos", 2)
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        collection.index(folder)
        before = rows(tmp_path / "a.prosopon")
    with prosopon.open(tmp_path / "a.prosopon", detector="mmod", look="quick") as collection:
        collection.index(folder)
        assert collection.status().detector == "mmod"
    after = rows(tmp_path / "a.prosopon")
    assert set(before["faces"]) < set(after["faces"])
    assert len(after["detections"]) == 2 * len(before["detections"])


def test_another_embedder_adds_its_vectors(album: Album, tmp_path: Path) -> None:
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        found = collection.index(album.folder / "images")
        assert (found.faces, found.embedded) == (len(collection.visible), 0)
    with prosopon.open(tmp_path / "a.prosopon", embedder="joint") as collection:
        again = collection.index(album.folder / "images")
        assert (again.faces, again.embedded) == (0, found.faces)
        collection.cluster()
        assert collection.evaluate(album.truth).scores["pairwise_f"] > 0.95
    assert len(rows(tmp_path / "a.prosopon")["embeddings"]) == 2 * found.faces


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_killed_and_started_again_it_ends_with_the_same_rows(album: Album, tmp_path: Path) -> None:
    folder = album.folder / "images"
    whole, killed = tmp_path / "whole.prosopon", tmp_path / "killed.prosopon"
    index = [sys.executable, "-m", "prosopon", "index", str(folder), "-q", "-c"]
    subprocess.run([*index, str(whole)], check=True)
    for _ in range(2):
        run = subprocess.Popen([*index, str(killed)])
        _wait_for_faces(killed, run)
        run.send_signal(signal.SIGKILL)
        run.wait()
    subprocess.run([*index, str(killed)], check=True)
    assert rows(killed) == rows(whole)


def _wait_for_faces(collection: Path, run: "subprocess.Popen[bytes]") -> None:
    """Until the run has saved faces that were not there before, or has ended."""
    before = _count_faces(collection)
    while run.poll() is None and _count_faces(collection) <= before:
        time.sleep(0.02)


def _count_faces(collection: Path) -> int:
    if not collection.exists():
        return 0
    database = sqlite3.connect(f"file:{collection}?mode=ro", uri=True)
    try:
        return int(database.execute("SELECT count(*) FROM faces").fetchone()[0])
    except sqlite3.OperationalError:  # its tables are not made yet
        return 0
    finally:
        database.close()


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to a child on Windows")
def test_interrupted_it_says_so_and_leaves_with_130(album: Album, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "prosopon", "index", str(album.folder / "images"), "-c"]
    run = subprocess.Popen([*command, str(tmp_path / "a.prosopon")], stderr=subprocess.PIPE)
    _wait_for_faces(tmp_path / "a.prosopon", run)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors.decode()
    assert b"run again to go on" in errors


def test_two_runs_at_once(album: Album, tmp_path: Path) -> None:
    name = tmp_path / "a.prosopon"
    with prosopon.open(name) as first, prosopon.open(name) as second, first.store.writing():
        with pytest.raises(ProsoponError, match="another run is writing"):
            second.index(album.folder / "images")
        assert second.status().photos == 0
