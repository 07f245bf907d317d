"""Make the pictures of the documents anew, from drawn people.

    python tools/pictures.py            # needs Chromium and the dev extra

Draws the demo's album, names some of its people, and photographs report and review page; the
naming itself becomes one animated picture.
"""

import io
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
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
    _animation(browser, review)
    people = review.collection.people.by("Ada")
    for name, cluster in zip(NAMES, pages.clusters(review)[0], strict=False):
        people.name(FaceSelection.of([face.id for face in cluster.faces[:4]]), name)
    review.suggestions = work_out(review.collection)
    with _window(browser, review, 1180, 840) as window:
        for address, name in (
            ("/questions", "review"),
            ("/photos", "photographs"),
            ("/clusters", "clusters"),
        ):
            _open(window, address)
            window.screenshot(path=IMAGES / f"{name}.png")


def _animation(browser: Any, review: Review) -> None:
    """Groups, three names given at the keyboard, and who there is then: what naming is like."""
    frames: list[tuple[bytes, int]] = []
    review.suggestions = work_out(review.collection)
    with _window(browser, review, 1000, 640) as window:

        def show(milliseconds: int) -> None:
            window.wait_for_load_state("networkidle")
            window.wait_for_timeout(300)
            frames.append((window.screenshot(), milliseconds))

        _open(window, "/clusters")
        show(1800)
        _open(window, "/questions")
        show(1600)
        for name in NAMES[:3]:
            window.keyboard.type(name)
            show(1200)
            window.keyboard.press("Enter")
            window.wait_for_timeout(600)
            show(1000)
        _open(window, "/people")
        show(2600)
    _save(frames, IMAGES / "naming.webp")


def _save(frames: Sequence[tuple[bytes, int]], target: Path) -> None:
    """One animated picture, small enough for a page's head."""
    opened = [Image.open(io.BytesIO(png)).convert("RGB") for png, _ in frames]
    smaller = [one.resize((800, 512), Image.Resampling.LANCZOS) for one in opened]
    smaller[0].save(
        *(target, "WEBP"),
        save_all=True,
        append_images=smaller[1:],
        duration=[milliseconds for _, milliseconds in frames],
        loop=0,
        quality=55,
        method=6,
    )


@contextmanager
def _window(browser: Any, review: Review, width: int, height: int) -> Iterator[Any]:
    """A window of the browser at the review page, served while the block lasts."""
    listener = listening(Access(port=0, token=""))
    port = listener.getsockname()[1]
    running = server(application(review, Access(port=port, token=""), "Ada"))
    threading.Thread(target=running.run, args=([listener],), daemon=True).start()
    yield browser.new_page(
        base_url=f"http://127.0.0.1:{port}", viewport={"width": width, "height": height}
    )
    running.should_exit = True


def _open(window: Any, address: str) -> None:
    window.goto(address)
    window.locator("html.js").wait_for()
    window.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
