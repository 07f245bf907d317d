"""Our IIIF manifests in Mirador, by its own code: `npm install --no-save mirador@4` beside src/."""

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.web.browsers import ARGUMENTS, CHROMIUM

from prosopon.collection.review import Review
from prosopon.records import Photo

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
SCRIPT = Path("node_modules/mirador/dist/mirador.min.js")
MIRADOR = Path(os.environ.get("MIRADOR", Path(__file__).parents[2] / SCRIPT))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: chromium)"),
    pytest.mark.skipif(not MIRADOR.is_file(), reason="needs npm install --no-save mirador@4"),
]
PAGE = """<!doctype html><meta charset=utf-8><div id=m></div><script src=/mirador.js></script>
<script>Mirador.viewer({id: "m", windows: [{manifestId: location.origin + "/iiif/1.json",
 sideBarOpen: true, sideBarPanel: "annotations", highlightAllAnnotations: true}]})</script>"""


class _Files(SimpleHTTPRequestHandler):
    """Files of a folder; photographs by their SHA-256."""

    photos: dict[str, Photo] = {}  # noqa: RUF012

    def translate_path(self, path: str) -> str:
        photo = self.photos.get(path.rpartition("/photo/")[2])
        return photo.path if photo else super().translate_path(path)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def named(review: Review) -> str:
    """The first face of the first photograph has a name."""
    photo = min(review.collection.photos.items(), key=lambda each: each[1].path)[0]
    face = int(review.view.faces.face_ids[review.view.faces.of_photo(photo)[0]])
    review.collection.people.by("Ada").name([face], "Anna Õunapuu")
    return "Anna Õunapuu"


@pytest.fixture
def site(review: Review, named: str, tmp_path: Path) -> Iterator[str]:
    """A page with Mirador in it that shows the collection's first manifest."""
    collection = review.collection
    _Files.photos = {photo.sha256: photo for photo in collection.photos.values()}
    handler = partial(_Files, directory=str(tmp_path))
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    address = f"http://127.0.0.1:{served.server_address[1]}"
    collection.export(f"{tmp_path}/iiif/", base_url=f"{address}/iiif")
    (tmp_path / "index.html").write_text(PAGE, "utf-8")
    (tmp_path / "mirador.js").write_bytes(MIRADOR.read_bytes())
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield address
    served.shutdown()
    served.server_close()


def test_mirador_shows_who_is_where(named: str, site: str) -> None:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1200, "height": 850})
        page.set_default_timeout(60_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site)
        page.get_by_text(named).first.wait_for()
        page.locator(".mirador-osd-container canvas").first.wait_for()
        browser.close()
    assert complaints == []
