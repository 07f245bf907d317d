"""Fixtures for all tests."""

import os
import shutil
import signal
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings

import prosopon
from prosopon import synthetic

settings.register_profile("prosopon", deadline=None)  # no test is about time
settings.load_profile("prosopon")
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="prosopon-tests-")
"""Fixtures of the session see no cards of whoever runs them, either."""
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as of whatever a shell starts with "&"
    signal.signal(signal.SIGINT, signal.default_int_handler)  # programs under test inherit it
SHARED_DATA = Path(__file__).parents[1] / "../shared/data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data beside the checkout; tests that ask for it skip elsewhere."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the development data in ../shared/data")
    return SHARED_DATA.resolve()


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> synthetic.Album:
    """A small album of drawn people: 5 with 4 photographs each, and 2 groups."""
    folder = tmp_path_factory.mktemp("album")
    return synthetic.album(folder, people=5, photos_per_person=4, seed=3, groups=2, size=320)


@pytest.fixture(scope="session")
def indexed(album: synthetic.Album, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The album indexed and clustered with real models; copy it before changing it."""
    name = tmp_path_factory.mktemp("indexed") / "album.prosopon"
    with prosopon.open(name) as collection:
        collection.index(album.folder / "images")
        collection.cluster()
    return name


@pytest.fixture
def collection(album: synthetic.Album, indexed: Path, tmp_path: Path) -> Path:
    """A copy of the album's collection, with copies of its photographs: to be changed at will."""
    before, after = album.folder / "images", tmp_path / "images"
    shutil.copytree(before, after)
    name = tmp_path / "album.prosopon"
    shutil.copy(indexed, name)
    with closing(sqlite3.connect(name)) as database, database:
        for column in ("path", "file"):
            database.execute(
                f"UPDATE paths SET {column} = replace({column}, ?, ?)", (str(before), str(after))
            )
    return name


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests don't read the settings file or the environment of whoever runs them."""
    for name in list(os.environ):
        if name.startswith("PROSOPON_") and name != "PROSOPON_MODELS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PROSOPON_CONFIG", str(tmp_path / "no-config.toml"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # cards that a test adds
