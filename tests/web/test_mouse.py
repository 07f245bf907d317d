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
    width = page.locator("#main .stage svg").bounding_box()["width"]
    page.get_by_role("button", name="Closer").click()
    assert page.locator("#main .stage svg").bounding_box()["width"] > width
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
