"""What each key does, and that none does anything by accident."""

from typing import Any

import pytest
from tests.web.walking import name, people, press, said, sizes, targets, until, visit

from prosopon.collection.review import Review, pages

pytestmark = [pytest.mark.browser, pytest.mark.models]


def test_every_key_on_a_list_of_clusters(page: Any, review: Review) -> None:
    """Alt+S goes on, letters type who, Alt+I ignores, Alt+X is no face; nothing else settles."""
    sizes_before = sizes(review)
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Alt+s")
    name(page, "Anna")
    said(page, "named Anna")
    page.reload()
    page.locator("html.js").wait_for()
    press(page, "1", "2", "Delete", "Backspace")
    assert people(review) == {"Anna": sizes_before[1]} and pages.progress(review).set_aside == 0
    press(page, "Alt+i")
    said(page, "ignored")
    press(page, "Alt+x")
    said(page, "no face")
    assert people(review) == {"Anna": sizes_before[1]}
    assert pages.progress(review).set_aside == sizes_before[0] + sizes_before[2]


def test_a_name_typed_without_a_click_is_a_name(page: Any, review: Review) -> None:
    """Whatever letters it begins with, on every page that asks who somebody is."""
    for place, text in (("/questions", "Ignatius Xaver"), ("/clusters", "Nils Yngve")):
        visit(page, place)
        page.locator(".question, .card").first.wait_for()
        name(page, text)
        said(page, f"named {text}")
    assert set(people(review)) == {"Ignatius Xaver", "Nils Yngve"}
    assert pages.progress(review).set_aside == 0


def test_nothing_ticked_is_nothing_done(page: Any, review: Review) -> None:
    first = pages.clusters(review)[0][0]
    anna = review.collection.people.by("Ada").name(targets(first.faces), "Anna").person
    before = people(review)
    visit(page, f"/people/{anna}")
    page.locator("#faces .face").first.wait_for()
    for button in page.locator(".bar button").all():
        assert button.is_disabled(), button.inner_text()
    press(page, "1")
    name(page, "Bertha")
    page.locator("#status.error", has_text="Nothing is ticked").wait_for()
    assert people(review) == before


def test_family_name_first_and_a_new_person_on_purpose(page: Any, review: Review) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Enter")  # the browser's driver has no key for the first letter
    name(page, "Łucja Żółć")
    said(page, "named Łucja Żółć")
    name(page, "zolc, lu")
    said(page, "named Łucja Żółć")
    assert list(people(review)) == ["Łucja Żółć"]
    page.keyboard.type("Luc")
    page.locator(".who li[aria-selected=true]", has_text="Łucja").wait_for()
    press(page, "ArrowDown")
    page.locator(".who li[aria-selected=true]", has_text="New person").wait_for()
    press(page, "Enter")
    said(page, "named Luc")
    assert set(people(review)) == {"Łucja Żółć", "Luc"}


def test_nothing_typed_is_lost_while_an_answer_is_on_its_way(page: Any, review: Review) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    page.route("**/do/name", lambda route: (page.wait_for_timeout(300), route.continue_()))
    press(page, "Enter")
    name(page, "Anna")
    press(page, "Enter")  # the next card, at once
    page.keyboard.type("Bertha")
    said(page, "named Anna")
    assert page.evaluate("document.activeElement.value") == "Bertha"


def test_keys_wait_for_a_name_that_is_looked_up(page: Any, review: Review) -> None:
    """Nothing typed after Enter gets into the name, and all of it where it would have gone."""
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    page.route("**/names?*", lambda route: (page.wait_for_timeout(200), route.continue_()))
    press(page, "Enter")
    name(page, "Anna")
    press(page, "Enter")
    name(page, "Bertha")
    press(page, "Enter")
    page.keyboard.type("Clara")
    until(page, "document.activeElement.value === 'Clara'")
    said(page, "named Bertha")
    assert people(review).keys() == {"Anna", "Bertha"}


@pytest.mark.parametrize(
    ("what", "key"),
    [
        ("an accent that waits for its letter", {"key": "Dead", "code": "BracketLeft"}),
        ("the first key of an input method", {"key": "Process", "code": "KeyN"}),
        ("AltGr as Linux tells it", {"key": "ą", "code": "KeyA", "modifierAltGraph": True}),
        (
            "AltGr as Windows tells it",
            {"key": "ń", "code": "KeyN", "ctrlKey": True, "altKey": True, "modifierAltGraph": True},
        ),
    ],
)
def test_letters_that_take_several_keys(
    page: Any, review: Review, what: str, key: dict[str, Any]
) -> None:
    """They go to the name field like others, and settle nothing there."""
    visit(page, "/questions")
    until(page, "document.activeElement.matches('.question')")
    for _ in range(2):  # on the question, then in its field
        assert page.evaluate(PRESSED, key), what
        until(page, "document.activeElement.matches('.who input')")
    assert len(review.view.log) == 0


def test_option_types_letters_on_a_mac(page: Any, review: Review) -> None:
    """Option+N is a tilde in a name, and "no" where nothing is typed."""
    page.add_init_script("Object.defineProperty(navigator, 'platform', {get: () => 'MacIntel'})")
    visit(page, "/questions")
    until(page, "document.activeElement.matches('.question')")
    key = page.locator(".question").first.get_attribute("data-key")
    letter = {"key": "ß", "code": "KeyS", "altKey": True}
    press(page, "Enter")
    until(page, "document.activeElement.matches('.who input')")
    assert page.evaluate(PRESSED, letter)
    press(page, "Escape")
    assert page.locator(".question").first.get_attribute("data-key") == key
    assert not page.evaluate(PRESSED, letter)
    said(page, "Put off")


def test_a_face_is_looked_at_in_any_size(page: Any) -> None:
    """Alt+P, +, Alt+Z to the face, 0 the whole; Escape, and the question is where it was."""
    visit(page, "/questions")
    until(page, "document.activeElement.matches('.question')")
    press(page, "Alt+p")
    drawn = page.locator("dialog .stage image")
    whole = drawn.bounding_box()["width"]
    press(page, "+")
    assert drawn.bounding_box()["width"] > whole
    press(page, "0", "Alt+z")
    assert drawn.bounding_box()["width"] > whole
    press(page, "Escape")
    page.locator("dialog .stage").wait_for(state="detached")
    until(page, "document.activeElement.matches('.question')")


PRESSED = """(key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }))"""
"""Whether the browser is left to do what it does with a key."""
