"""Walks through folders as disks, cameras and storage systems leave them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from prosopon import photos
from prosopon.photos import Walk
from prosopon.records import Limits


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "source" / "a.jpg"
    path.parent.mkdir()
    Image.new("RGB", (20, 20)).save(path)
    return path


def names(walk: Walk) -> list[str]:
    return [file.path.name for file in walk]


def test_what_is_no_photograph_is_counted_by_ending(tmp_path: Path, picture: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.JPG", "noext", "Anna, 3. Mai 1938", "scan.001", "IMG_1.NEF", "b.NEF", "b.jpg"):
        shutil.copy(picture, folder / name)
    for name in ("x.txt", "y.TXT", "a.jpg.xmp", "README", "film.mp4", ".hidden.jpg"):
        (folder / name).write_text("text")
    walk = Walk([folder])
    found = ["Anna, 3. Mai 1938", "IMG_1.NEF", "a.JPG", "b.jpg", "noext", "scan.001"]
    assert names(walk) == found
    assert walk.passed_over == {
        ".txt": 2,
        ".mp4": 1,
        "no ending": 1,
        "hidden": 1,
        "raw beside its picture": 1,
    }


def test_folders_of_storage_systems_are_skipped_and_said(tmp_path: Path, picture: Path) -> None:
    for name in ("@eaDir", "@Recycle", "$RECYCLE.BIN", "__MACOSX", "lost+found", "album"):
        (tmp_path / "disk" / name).mkdir(parents=True)
        shutil.copy(picture, tmp_path / "disk" / name / "a.jpg")
    walk = Walk([tmp_path / "disk"])
    assert len(names(walk)) == 1
    assert len(walk.skipped_folders) == 5
    assert len(names(Walk([tmp_path / "disk"], system_folders=True))) == 6


@pytest.mark.skipif(os.name == "nt", reason="names and files of other systems")
def test_any_name_and_no_file_that_waits(tmp_path: Path, picture: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    odd = [b"caf\xe9.jpg", b"line\nbreak.jpg", b"\x01.jpg", b"\xff\xfe.jpg"]
    for name in odd:
        shutil.copy(picture, folder / os.fsdecode(name))
    os.mkfifo(folder / "pipe.jpg")
    os.mkfifo(folder / "pipe")
    walk = Walk([folder])
    found = [file.path for file in walk]
    assert sorted(os.fsencode(path.name) for path in found) == sorted(odd)
    for path in found:
        (photo,) = photos.identify(path, Limits())
        assert photo.path.encode().decode() == photo.path
        assert photos.read(photo.path, Limits()).pixels.shape == (20, 20, 3)
    assert [(path.name, reason) for path, reason in walk.unreadable] == [
        ("pipe.jpg", "not a regular file")
    ]


@pytest.mark.skipif(os.name == "nt", reason="paths are shorter there")
def test_links_among_folders_are_no_maze(tmp_path: Path, picture: Path) -> None:
    """Twelve folders with links to one another have 12! ways through them; each is found."""
    folders = [tmp_path / "in" / f"{number:02}" for number in range(12)]
    for folder in folders:
        folder.mkdir(parents=True)
        shutil.copy(picture, folder / f"{folder.name}.jpg")
        for other in folders:
            if other != folder:
                (folder / f"to {other.name}").symlink_to(other)
    walk = Walk([tmp_path / "in"])
    found = [file.path for file in walk]
    for folder in folders:
        assert folder / f"{folder.name}.jpg" in found
    assert folders[0] / "to 11" / "11.jpg" in found  # every link of the folders themselves
    assert len(found) < 1000
    assert any("another link" in reason for _, reason in walk.unreadable)


def test_folders_deeper_than_python_calls(tmp_path: Path, picture: Path) -> None:
    start = Path.cwd()
    os.chdir(tmp_path)
    try:
        for _ in range(1_500):
            Path("d").mkdir()
            os.chdir("d")
        shutil.copy(picture, "a.jpg")
    finally:
        os.chdir(start)
    (tmp_path / "d" / "z.jpg").write_bytes(picture.read_bytes())
    assert names(Walk([tmp_path / "d"])) == ["z.jpg", "a.jpg"]
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # rmtree would recurse
