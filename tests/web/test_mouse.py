"""The page in a real browser, with the mouse alone."""

from typing import Any

import pytest
from tests.web.walking import drawn, people, said, targets, until, visit

from prosopon.collection.review import Review, pages
from prosopon.collection.review.suggestion_worker import work_out

pytestmark = [pytest.mark.browser, pytest.mark.models]


def test_with_a_mouse_alone(page: Any, review: Review) -> None:
    """Un-tick, a recent name, undo, yes and no to proposals, a box drawn and named by pointing."""
    first, second = pages.clusters(review)[0][:2]
    anna = review.collection.people.by("Ada").name(targets(first.faces[:2]), "Anna").person
    review.suggestions = work_out(review.collection)
    visit(page, f"/people/{anna}")
    proposed = page.locator("#perhaps .face")
    count = proposed.count()
    proposed.first.get_by_role("button", name="Yes, this is Anna").click()
    said(page, "1 face named Anna")
    proposed.nth(1).get_by_role("button", name="No, not Anna").click()
    said(page, "not Anna")
    until(page, "document.querySelectorAll('#perhaps .face.done').length === 2")
    assert count > 2 and people(review) == {"Anna": 3}

    visit(page, f"/clusters/{second.identifier}")
    page.locator(".face img").first.click()  # un-ticks it
    page.locator(".bar .recent button").first.click()
    said(page, f"{second.open - 1} faces named Anna")
    page.locator("#status button").click()
    said(page, "Undone")
    assert people(review) == {"Anna": 3}

    page.goto("/photos/1")
    page.locator("html.js").wait_for()
    width = page.locator("#main .stage image").bounding_box()["width"]
    page.get_by_role("button", name="Closer").click()
    assert page.locator("#main .stage image").bounding_box()["width"] > width
    page.get_by_role("button", name="Whole", exact=True).click()
    page.get_by_role("button", name="Draw a box").click()
    at = page.locator("#main .stage image").bounding_box()
    page.mouse.move(at["x"] + 0.1 * at["width"], at["y"] + 0.1 * at["height"])
    page.mouse.down()
    page.mouse.move(at["x"] + 0.3 * at["width"], at["y"] + 0.4 * at["height"], steps=4)
    page.mouse.up()
    page.locator("#present-who").press_sequentially("an")
    page.locator("#present li", has_text="Anna").click()
    page.get_by_role("button", name="Note it").click()
    said(page, "Anna: a face is drawn")
    assert drawn(review) == pytest.approx((0.1, 0.1, 0.3, 0.4), abs=0.02)


def test_a_face_in_its_photograph(page: Any, review: Review) -> None:
    """Where it is, on hover; over the page at any size, moved with the mouse; nothing is ticked."""
    visit(page, "/questions")
    ticked = page.locator(".question").first.locator("input[name=face]:checked").count()
    page.locator(".question .face img").first.hover()
    page.locator(".glimpse svg .box").wait_for()
    assert page.locator(".glimpse .box").count() == 1
    assert "-small.jpg" in page.locator(".glimpse image").get_attribute("href")
    page.locator("h1").hover(force=True)
    page.locator(".glimpse").wait_for(state="hidden")
    page.locator(".question .face").first.hover()
    page.locator(".question .face .look").first.click()
    drawn = page.locator("dialog .stage image")
    whole = drawn.bounding_box()
    page.locator("dialog").get_by_role("button", name="To the face").click()
    close = drawn.bounding_box()
    assert close["width"] > whole["width"]
    page.locator("dialog .stage").hover()
    page.mouse.down()
    page.mouse.move(300, 300, steps=5)
    page.mouse.up()
    moved = drawn.bounding_box()
    assert (moved["x"], moved["y"]) != (close["x"], close["y"])
    page.mouse.wheel(0, 400)
    width = "document.querySelector('dialog image').getBoundingClientRect().width"
    until(page, f"{width} < {close['width'] - 1}")
    page.locator("dialog").get_by_role("button", name="Close", exact=True).click()
    page.locator("dialog .stage").wait_for(state="detached")
    assert page.locator(".question").first.locator("input[name=face]:checked").count() == ticked


def test_somebody_known_is_chosen_without_typing(page: Any, review: Review) -> None:
    """A click in an empty field offers those named last."""
    anna = review.collection.people.by("Ada").name(
        targets(pages.clusters(review)[0][0].faces), "Anna"
    )
    visit(page, "/clusters")
    card = page.locator(".card").first
    card.locator(".who input").click()
    card.locator(".who li", has_text="Anna").click()
    card.get_by_role("button", name="Give name").click()
    said(page, "named Anna")
    assert len(people(review)) == 1 and anna.person
