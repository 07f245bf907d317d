"""People and their pictures, in the two forms."""

from pathlib import Path

import pytest

from prosopon import synthetic
from prosopon.datasets import read_identities
from prosopon.errors import ProsoponError, UsageError


def test_people_of_an_album_and_of_folders(tmp_path: Path) -> None:
    album = tmp_path / "album"
    synthetic.album(album, 3, 2, seed=5, size=128)
    gallery = read_identities(album)
    assert len(gallery) == 3
    assert {len(of) for of in gallery.values()} == {2}
    for person, count in (("one", 1), ("two", 2)):
        for number in range(count):
            file = tmp_path / "folders" / person / f"{number}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    assert set(read_identities(tmp_path / "folders")) == {"one", "two"}
    assert set(read_identities(tmp_path / "folders", least=2)) == {"two"}
    with pytest.raises(ProsoponError, match="no person with 3 or more pictures"):
        read_identities(tmp_path / "folders", least=3)
    with pytest.raises(UsageError, match="no split 'test'"):
        read_identities(album, split="test")
