"""The pages for people who help, and a person's page: with the keyboard alone, with the mouse
alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.web.walking import said, until

from prosopon.collection import checks
from prosopon.collection.review import Review, pages, volunteers

pytestmark = [pytest.mark.browser, pytest.mark.models]


@pytest.fixture
def page(browser: Any, served: str) -> Iterator[Any]:
    context = browser.new_context(base_url=served, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()


@pytest.fixture
def anna(review: Review) -> str:
    """A person named on all faces of the largest cluster."""
    faces = [face.id for face in pages.clusters(review)[0][0].faces]
    return review.collection.people.by("Ada").name(faces, "Anna").person


def test_names_are_checked_with_the_keyboard(page: Any, review: Review, anna: str) -> None:
    page.goto("/check")
    page.locator("#faces .face").first.wait_for()
    page.keyboard.press("Enter")
    said(page, "it is Anna")
    page.keyboard.press("Alt+n")
    said(page, "it is not Anna")
    assert (checks.quality(review.view).checked, checks.quality(review.view).right) == (2, 1)
    page.keyboard.press("Control+z")
    until(page, "document.querySelectorAll('#faces .done').length === 1")
    assert checks.quality(review.view).checked == 1


def test_names_are_checked_with_the_mouse(page: Any, review: Review, anna: str) -> None:
    page.goto("/check")
    page.locator("#faces .face .yes").first.click()
    said(page, "it is Anna")
    page.locator("#status button").click()
    until(page, "!document.querySelector('#faces .done')")
    assert checks.quality(review.view).checked == 0


@pytest.mark.parametrize("mouse", [True, False])
def test_a_sheet_is_typed_in(page: Any, review: Review, mouse: bool) -> None:
    cells, _ = volunteers.cells(review)
    page.goto("/sheets")
    field = page.locator("#sheet-text")
    if mouse:
        field.click()
    else:
        for _ in range(40):
            page.keyboard.press("Tab")
            if field.evaluate("it => it === document.activeElement"):
                break
    page.keyboard.type(f"{cells[0].number} Anna Tamm")
    if mouse:
        page.get_by_role("button", name="Take these names").click()
    else:
        page.keyboard.press("Tab")
        page.keyboard.type("Mari")
        page.keyboard.press("Enter")
    said(page, "named from the sheet")
    assert [one.faces for one in review.collection.people.list("Anna Tamm")] == [cells[0].size]


@pytest.mark.parametrize("mouse", [True, False])
def test_a_face_of_a_person_is_somebody_else(
    page: Any, review: Review, anna: str, mouse: bool
) -> None:
    (before,) = (one.faces for one in review.collection.people.list("Anna"))
    page.goto(f"/people/{anna}")
    bar = page.locator(".bar")
    assert bar.get_by_role("button", name="Give name").is_hidden()  # nothing is ticked
    if mouse:
        page.locator("#faces .face label").first.click()
        bar.locator(".who input").click()
    else:
        page.locator("#faces input[name=face]").first.focus()
        page.keyboard.press("Alt+t")
    page.keyboard.type("Bertha")
    page.locator(".bar .who li", has_text="New person").wait_for()
    if mouse:
        page.locator(".bar .who li", has_text="New person").click()
        bar.get_by_role("button", name="Give name").click()
    else:
        page.keyboard.press("Enter")
    said(page, "1 face named Bertha")
    assert [one.faces for one in review.collection.people.list("Anna")] == [before - 1]
