"""Make the pictures of the documents anew, from drawn people.

    python tools/pictures.py            # needs Chromium and the dev extra

Draws the demo's album, names some of its people, and photographs report and review page.
"""

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import prosopon
from prosopon.collection.demo import demo
from prosopon.collection.review import Review, pages
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.collection.selection import FaceSelection
from prosopon.config import load
from prosopon.web import Access, application
from prosopon.web.server import listening, server

IMAGES = Path(__file__).parents[1] / "docs/images"
NAMES = ("Anna Larsen", "Bertil Holm", "Clara Winther", "Didrik Moe", "Elsa Friis")


def main() -> None:
    """Make them all."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        work = Path(folder)
        made = demo(work, load())
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        report = browser.new_page(viewport={"width": 960, "height": 1040})
        report.goto(made.report.as_uri())
        report.screenshot(path=IMAGES / "report.png")
        with prosopon.open(made.collection) as collection:
            _review(browser, Review(collection))
        browser.close()


def _review(browser: Any, review: Review) -> None:
    """The pages of a collection in which half of each of some clusters is named."""
    people = review.collection.people.by("Ada")
    for name, cluster in zip(NAMES, pages.clusters(review)[0], strict=False):
        people.name(FaceSelection.of([face.id for face in cluster.faces[:4]]), name)
    review.suggestions = work_out(review.collection)
    listener = listening(Access(port=0, token=""))
    port = listener.getsockname()[1]
    running = server(application(review, Access(port=port, token=""), "Ada"))
    threading.Thread(target=running.run, args=([listener],), daemon=True).start()
    window = browser.new_page(
        base_url=f"http://127.0.0.1:{port}", viewport={"width": 1180, "height": 840}
    )
    for address, name in (
        ("/questions", "review"),
        ("/photos", "photographs"),
        ("/clusters", "clusters"),
    ):
        window.goto(address)
        window.locator("html.js").wait_for()
        window.wait_for_load_state("networkidle")
        window.screenshot(path=IMAGES / f"{name}.png")
    running.should_exit = True


if __name__ == "__main__":
    main()
