"""Which changes below a folder are told, and when."""

from pathlib import Path

import pytest

from prosopon.photos import changes
from prosopon.photos.walking import is_telling

ROOT = Path("/scans")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.jpg", True),
        ("1936/B.TIFF", True),
        ("a.jpg.xmp", True),
        ("raw/c.NEF", True),
        ("5. Mai 1938", True),  # a folder, perhaps
        ("people.prosopon", False),
        ("people.prosopon-wal", False),
        ("notes.txt", False),
        (".thumbnails/a.jpg", False),
        (".a.jpg.Xk2", False),  # what rsync has not finished
    ],
)
def test_photographs_sidecars_and_folders_tell(name: str, told: bool) -> None:
    assert is_telling(ROOT / name, ROOT) is told
    assert not is_telling(Path("/elsewhere") / name, ROOT)


def test_a_folder_is_looked_at_though_nothing_tells(tmp_path: Path) -> None:
    assert next(changes([tmp_path], settle=0.1, every=0.3)) is None


def test_a_folder_that_is_gone_is_looked_at_by_the_clock(tmp_path: Path) -> None:
    found = changes([tmp_path / "gone"], settle=0.1, every=0.01)
    assert next(found) is None and next(found) is None
