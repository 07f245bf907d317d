"""A collection of drawn people under review: in this process, over HTTP, in a browser."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.web.browsers import BROWSERS, launched
from tests.web.visiting import Visitor

from prosopon import config
from prosopon.collection import Collection
from prosopon.collection.review import Review
from prosopon.store import Store, open_store
from prosopon.web import Access, application
from prosopon.web.server import listening, server

ROLES = {"Olga": "owner", "Rita": "reader", "Kati": "contributor", "Cleo": "curator"}


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


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A real browser."""
    with launched(request.param) as running:
        yield running


@contextmanager
def serving(review: Review, **access: str) -> Iterator[str]:
    """The page on a port of its own, while the block lasts."""
    listener = listening(Access(port=0))
    port = listener.getsockname()[1]
    running = server(application(review, Access(port=port, **access), "Ada"))
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def served(review: Review) -> Iterator[str]:
    """The address where a browser finds the page."""
    with serving(review, token="") as address:
        yield address


@pytest.fixture
def page(browser: Any, served: str) -> Iterator[Any]:
    """A window on the site; whatever its scripts complain about fails the test."""
    context = browser.new_context(base_url=served, viewport={"width": 1200, "height": 850})
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    opened.on("request", lambda r: None if r.url.startswith(served) else complaints.append(r.url))
    yield opened
    opened.unroute_all(behavior="ignoreErrors")  # an answer held back may still be on its way
    context.close()
    assert [line for line in complaints if "400 (Bad Request)" not in line] == []


@dataclass(frozen=True)
class ServedToUsers:
    """Where a browser finds the page of a collection with users."""

    address: str
    links: dict[str, str]

    def enter(self, name: str) -> str:
        """The address of a user's link."""
        return f"{self.address}/enter?link={self.links[name]}"


@pytest.fixture
def served_to_users(review: Review) -> Iterator[ServedToUsers]:
    """A collection with a user of each role, served."""
    users = review.collection.users.by("Olga")
    links = {}
    for name, role in ROLES.items():
        users.add(name, role)
        links[name] = users.link(name)
    with serving(review) as address:
        yield ServedToUsers(address, links)
