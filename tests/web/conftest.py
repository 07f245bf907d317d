"""A collection of drawn people under review: in this process, over HTTP, in a browser."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.visiting import Visitor

from prosopon import config
from prosopon.collection import Collection
from prosopon.collection.review import Review
from prosopon.store import Store, open_store
from prosopon.web import Access, application
from prosopon.web.server import listening, server


@pytest.fixture
def store(indexed: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of the album's collection."""
    name = tmp_path / "Album.prosopon"
    shutil.copy(indexed, name)
    with open_store(str(name), create=False) as opened:
        yield opened


@pytest.fixture
def review(store: Store) -> Review:
    return Review(Collection(store, config.load(collection=store.name)))


@pytest.fixture
def visitor(review: Review) -> Visitor:
    return Visitor(review, Access(token=""), "Ada")


@pytest.fixture
def another(store: Store) -> Visitor:
    """Somebody else on the same collection, in a process of their own as far as can be."""
    review = Review(Collection(store, config.load(collection=store.name)))
    return Visitor(review, Access(token=""), "Ben")


@pytest.fixture
def served(review: Review) -> Iterator[str]:
    """The address where a browser finds the page."""
    listener = listening(Access(port=0))
    port = listener.getsockname()[1]
    running = server(application(review, Access(port=port, token=""), "Ada"))
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)
    listener.close()
