"""Paths with drive letters and of network shares, as they are on Windows, tried on any system."""

import os
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from prosopon.paths import address, located
from prosopon.photos.walking import is_telling
from prosopon.records import File, Photo
from prosopon.store import Store, files

DRIVE, SHARE = r"C:\Users\Ada\Scans", r"\\nas\photographs"


def windows(path: str) -> Any:
    """As a path of Windows, where a path of this system is expected."""
    return PureWindowsPath(path)


@pytest.mark.parametrize(
    ("root", "inside"),
    [
        (DRIVE, [rf"{DRIVE}\1936\a.jpg", rf"{DRIVE}\b 100%_.tif"]),
        (
            "C:\\",
            [rf"{DRIVE}\1936\a.jpg", rf"{DRIVE}\b 100%_.tif", rf"{DRIVE}2\e.jpg", r"C:\c.jpg"],
        ),
        (SHARE, [rf"{SHARE}\wedding\d.jpg"]),
    ],
)
def test_what_lies_below_a_folder(
    store: Store, root: str, inside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [
        *(rf"{DRIVE}\1936\a.jpg", rf"{DRIVE}\b 100%_.tif", r"C:\c.jpg", rf"{DRIVE}2\e.jpg"),
        *(rf"{SHARE}\wedding\d.jpg", r"\\nas\photographs-old\f.jpg", r"D:\Users\Ada\Scans\g.jpg"),
    ]
    with store.begin() as connection:
        for number, path in enumerate(known):
            photo = Photo(f"{number:064x}", path, 640, 480)
            files.add(connection, [(File(Path(path), 10, 5), [photo])])
        monkeypatch.setattr(os, "sep", "\\")
        found = files.below(connection, windows(root))
        monkeypatch.undo()
    assert [str(path) for path in found] == sorted(inside)


@pytest.mark.parametrize("root", [DRIVE, SHARE, "C:\\"])
def test_changes_below_a_watched_folder(root: str) -> None:
    folder = windows(root)
    assert is_telling(folder / "1936" / "A.JPG", folder)
    assert is_telling(folder / "a.jpg.xmp", folder)
    assert not is_telling(folder / ".thumbnails" / "a.jpg", folder)
    assert not is_telling(folder / "people.prosopon-wal", folder)
    assert not is_telling(windows(r"E:\elsewhere\a.jpg"), folder)


@pytest.mark.parametrize("path", [rf"{DRIVE}\a.tif", rf"{SHARE}\Grüße\a#page.tif", r"C:\x.jpg"])
@pytest.mark.parametrize("page", [1, 2])
def test_an_address_leads_back_to_its_file(path: str, page: int) -> None:
    assert located(address(windows(path), page)) == (Path(path), page)
