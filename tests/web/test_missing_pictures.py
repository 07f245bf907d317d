"""Photographs on a disk that is not there now: what was kept is shown, what can't be says so."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.web.visiting import Visitor
from tests.web.walking import until, visit

from prosopon.collection.pictures import thumbnails
from prosopon.collection.review import Review
from prosopon.store import schema

pytestmark = pytest.mark.models


@pytest.fixture
def unplugged(review: Review, tmp_path: Path) -> Review:
    """A small picture of the first face was kept; no file is there."""
    thumbnails(review.collection, review.view.faces.face_ids[:1].tolist())
    with review.collection.store.begin() as connection:
        for number, path in review.view.faces.files.first.items():
            where = schema.paths.c.photo_id == number
            lost = str(tmp_path / "disk" / Path(path).name)
            connection.execute(update(schema.paths).where(where).values(path=lost, file=lost))
    return review


def test_the_small_picture_stands_for_the_large(unplugged: Review, visitor: Visitor) -> None:
    kept, other = unplugged.view.faces.face_ids[:2].tolist()
    large = visitor.picture(f"/faces/{kept}-large.jpg")
    assert large.content == visitor.picture(f"/faces/{kept}.jpg").content
    assert large.headers["content-type"] == "image/jpeg"
    assert visitor.picture(f"/faces/{other}-large.jpg").status_code == 404


@pytest.mark.browser
def test_every_other_picture_says_so(browser: Any, served: str, unplugged: Review) -> None:
    told = "The file can't be shown"
    with browser.new_context(base_url=served) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        for address in ("/photos", "/questions", "/clusters"):
            visit(page, address)
            until(page, BROKEN)
            shown = page.locator("main img.missing").first.get_attribute("alt")
            assert told in shown, address
        visit(page, "/questions")
        until(page, "document.activeElement.matches('.question')")
        page.keyboard.press("Alt+p")
        page.locator("dialog[open]", has_text="The file is not there now").wait_for()


BROKEN = """() => [...document.querySelectorAll("main img")]
  .filter((it) => it.complete && it.currentSrc)
  .every((it) => it.naturalWidth || it.matches(".missing")) && document.querySelector(".missing")"""
