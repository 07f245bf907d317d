"""Photographs added from the page, and a review that begins with none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.web.visiting import Visitor

from prosopon import config, synthetic
from prosopon.collection import Collection
from prosopon.collection.review import Review
from prosopon.progress import track
from prosopon.store import open_store
from prosopon.web import Access

pytestmark = pytest.mark.models


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Review]:
    name = str(tmp_path / "new.prosopon")
    with open_store(name) as store:
        yield Review(Collection(store, config.load(collection=name)))


def test_every_page_of_an_empty_collection_leads_to_adding(empty: Review) -> None:
    visitor = Visitor(empty, Access(token=""), "Ada")
    for address in ("/", "/questions", "/people", "/log", "/clusters"):
        answer = visitor.get(address)
        assert answer.status_code == 303 and answer.headers["location"] == "/add"
    assert "Folder on this computer" in visitor.page("/add")


def test_photographs_without_a_face_lead_to_others(empty: Review, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.png")
    empty.intake.start([tmp_path])
    empty.intake.wait()
    visitor = Visitor(empty, Access(token=""), "Ada")
    for address in ("/", "/questions"):
        shown = visitor.page(address)
        assert "No faces yet" in shown and 'class="button main" href="/add"' in shown
    assert "white.png" in visitor.page("/photos/1")


def test_a_folder_is_indexed_and_clustered(empty: Review, album: synthetic.Album) -> None:
    visitor = Visitor(empty, Access(token=""), "Ada")
    said = visitor.do("add", folders=[str(album.folder / "images")])
    assert "go on naming" in said["message"]
    assert visitor.post("add", folders=[str(album.folder)]).status_code == 400  # one at a time
    empty.intake.wait()
    state = visitor.get("/add.json").json()
    assert not state["running"] and not state["error"]
    assert f"{album.photos} photographs" in state["summary"]
    assert "faces are settled" in visitor.page("/")
    assert empty.collection.clustering is not None


def test_what_is_stopped_goes_on_from_there(empty: Review, album: synthetic.Album) -> None:
    empty.intake.start([album.folder / "images"])
    empty.intake.stop()
    empty.intake.wait()
    assert not empty.intake.state.running and not empty.intake.state.error
    empty.intake.start([album.folder / "images"])
    empty.intake.wait()
    assert len(empty.collection.all_faces) > 0


def test_what_is_drawn_first_is_told_and_then_indexed(
    empty: Review, album: synthetic.Album
) -> None:
    visitor, told = Visitor(empty, Access(token=""), "Ada"), []

    def drawn() -> Path:
        steps = track(range(2), "drawing photographs")
        told.extend(visitor.get("/add.json").json() for _ in steps)
        return album.folder / "images"

    empty.intake.start([], first=drawn)
    empty.intake.wait()
    assert [(one["stage"], one["done"], one["total"]) for one in told] == [
        ("drawing photographs", 0, 2),
        ("drawing photographs", 1, 2),
    ]
    assert empty.intake.state.folders == [str(album.folder / "images")]
    assert f"{album.photos} photographs" in empty.intake.state.summary


@pytest.mark.parametrize("folders", [[], [""], ["/no/such/folder"], ["x" * 5000]])
def test_what_is_no_folder_is_told(empty: Review, folders: list[str]) -> None:
    answer = Visitor(empty, Access(token=""), "Ada").post("add", folders=folders)
    assert answer.status_code == 400 and answer.json()["error"]
    assert not empty.intake.state.running
