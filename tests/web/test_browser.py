"""The page in a real browser, with the keyboard alone unless said otherwise."""

from typing import Any

import pytest
from tests.web.walking import drawn, name, people, press, said, sizes, targets, until, visit

from prosopon.collection.review import Review, pages
from prosopon.collection.review.suggestion_worker import work_out
from prosopon.people import Kind

pytestmark = [pytest.mark.browser, pytest.mark.models]


def test_questions_from_the_first_to_the_last(page: Any, review: Review) -> None:
    clusters = sizes(review)
    visit(page, "/")
    press(page, "Enter")  # to the questions
    for number in range(len(clusters)):
        page.locator(".question").first.wait_for()
        key = page.locator(".question").first.get_attribute("data-key")
        until(page, "document.activeElement.matches('.question')")
        press(page, "Enter")
        name(page, f"Person {number}")
        said(page, f"named Person {number}")
        until(page, "key => document.querySelector('.question')?.dataset.key !== key", key)
    page.get_by_text("Nothing left to ask").wait_for()
    assert sum(people(review).values()) == sum(clusters)


def test_answers_to_a_question(page: Any, review: Review) -> None:
    """Not sure, ignore, un-tick, undo, a recent name; the whole photograph and back."""
    first, second = pages.clusters(review)[0][:2]
    visit(page, "/questions")
    page.locator(".question").first.wait_for()
    top = page.locator(".question").first.bounding_box()["y"]
    key = page.locator(".question").first.get_attribute("data-key")
    press(page, "Alt+s")
    said(page, "Put off")
    press(page, "Control+z")
    said(page, "Asked again")
    until(page, f"document.querySelector('.question').dataset.key === '{key}'")
    press(page, "Alt+s")
    said(page, "Put off")
    until(page, "document.querySelectorAll('.question').length > 0")
    press(page, "Space")
    page.locator("dialog[open] .stage svg").wait_for()
    press(page, "Space")
    page.locator("dialog[open]").wait_for(state="detached")
    until(page, "document.activeElement.matches('.question')")
    press(page, "ArrowRight", "Alt+t")  # the first face is somebody else
    press(page, "Enter")
    name(page, "Anna")
    said(page, "named Anna")
    assert people(review) == {"Anna": second.open - 1}
    press(page, "Control+z")
    said(page, "Undone")
    assert people(review) == {}
    until(page, "document.activeElement.matches('.question')")
    press(page, "Alt+i")
    said(page, "ignored")
    assert pages.progress(review).set_aside in (second.open, second.open - 1)
    assert page.locator(".question").first.bounding_box()["y"] == top  # nothing has jumped
    assert first.open == sizes(review)[0]


def test_one_cluster(page: Any, review: Review) -> None:
    """Un-tick, split off, not a face, name the rest; then the next cluster comes by itself."""
    cluster = pages.clusters(review)[0][0]
    visit(page, f"/clusters/{cluster.identifier}")
    until(page, "document.activeElement.name === 'face'")
    press(page, "Alt+n", "Alt+x")  # the first does not belong, the second is no face
    said(page, "no face")
    page.get_by_role("button", name="Split off").click()
    said(page, "split off")
    name(page, "Anna")
    page.wait_for_url(lambda address: not address.endswith(f"/{cluster.identifier}"))
    assert people(review) == {"Anna": cluster.open - 2, "Unknown 1": 1}


def test_names_complete_as_one_types(page: Any, review: Review) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    for text in ("Anna Larsen", "אנה לרסן", "<b>Anna</b>"):
        press(page, "Enter")
        name(page, text)
        said(page, f"named {text}")
    before = people(review)
    press(page, "Enter")
    page.keyboard.type("lar")
    page.locator(".who li").first.wait_for()
    assert page.locator(".who ul:visible bdi").all_inner_texts()[0] == "Anna Larsen"
    press(page, "Enter")  # "lar" begins a part of the name: it is the marked one
    said(page, "named Anna Larsen")
    after = people(review)
    assert after.keys() == before.keys() and after["Anna Larsen"] > before["Anna Larsen"]
    assert page.locator(".who b").count() == 0  # markup in a name stays text


def test_persons(page: Any, review: Review) -> None:
    """Rename, dates, merge, reject, undo, and the address of one merged away."""
    first, second = pages.clusters(review)[0][:2]
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    for text in ("Anna", "Anne"):
        press(page, "Enter")
        name(page, text)
        said(page, f"named {text}")
    visit(page, "/people")
    page.get_by_role("link", name="Anna").wait_for()
    press(page, "Enter")  # the first
    page.get_by_role("heading", name="Anna").wait_for()
    page.locator("html.js").wait_for()
    press(page, "Alt+e")
    page.get_by_label("Born").fill("1871")
    page.get_by_label("Name", exact=True).fill("Anna Larsen")
    press(page, "Enter")
    page.get_by_role("heading", name="Anna Larsen").wait_for()
    until(page, "!document.querySelector('dialog[open]')")
    page.keyboard.press("Alt+m")
    page.keyboard.type("Ann")
    page.locator("#merge li", has_text="Anne").wait_for()
    page.keyboard.type("e")
    press(page, "Enter")
    said(page, "is a part of Anna Larsen")
    assert people(review) == {"Anna Larsen": first.open + second.open}
    page.locator("#faces .face").first.wait_for()
    until(page, "document.activeElement.name === 'face'")
    press(page, "Alt+n")
    said(page, "not Anna Larsen")
    assert people(review) == {"Anna Larsen": first.open + second.open - 1}
    press(page, "Control+z")
    said(page, "Undone")
    assert people(review) == {"Anna Larsen": first.open + second.open}


def test_a_photograph(page: Any, review: Review) -> None:
    """Boxes, names, zoom."""
    visit(page, "/photos/1")
    page.locator(".faces li").first.wait_for()
    page.get_by_label("Who is face").first.focus()
    name(page, "Anna")
    said(page, "named Anna")
    page.reload()
    assert page.locator(".box text").first.text_content() == "Anna"
    width = page.locator("#main .stage image").bounding_box()["width"]
    press(page, "+", "+")
    assert page.locator("#main .stage image").bounding_box()["width"] > 2 * width
    press(page, "0")
    assert page.locator("#main .stage image").bounding_box()["width"] == width
    page.locator("h1").click()
    press(page, "Alt+b", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Enter")
    until(page, "document.activeElement.id === 'present-who'")
    name(page, "The photographer")
    said(page, "The photographer: a face is drawn")
    page.locator(".box text", has_text="The photographer").wait_for(state="attached")
    x1, y1, x2, y2 = drawn(review)
    assert 0.4 < x1 < x2 < 0.8 and 0.4 < y1 < y2 < 0.8 and x2 - x1 > 0.2


def test_leftovers_named_together(page: Any, review: Review) -> None:
    for cluster in pages.clusters(review)[0][:3]:  # three of which one face each is left
        faces = [face.id for face in pages.cluster(review, cluster.identifier)[0].faces]
        review.collection.people.by("Ada").mark(faces[1:], Kind.IGNORE)
    alone = pages.progress(review).alone
    visit(page, "/leftovers")
    until(page, "document.activeElement.name === 'face'")
    press(page, "Enter", "Enter")
    name(page, "Stranger")
    said(page, "2 faces named Stranger")
    assert page.locator("#who").input_value() == ""
    assert people(review) == {"Stranger": 2}
    assert pages.progress(review).alone == alone - 2


def test_log_search_and_help(page: Any, review: Review) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Enter")
    name(page, "Anna")
    said(page, "named Anna")
    visit(page, "/log")
    page.get_by_role("button", name="Undo: New person").click()
    said(page, "Undone")
    assert people(review) == {}
    page.get_by_role("button", name="Redo: New person").click()
    said(page, "Done again")
    assert list(people(review)) == ["Anna"]
    until(page, "document.querySelectorAll('#steps tr').length === 4")
    page.locator("h1").click()
    press(page, "/")
    name(page, "anna")
    page.wait_for_url("**/search?q=anna")
    page.get_by_role("link", name="Anna").wait_for()
    page.locator("h1").click()
    press(page, "?")
    page.get_by_role("heading", name="Keys").wait_for()
    press(page, "Escape")
    page.locator("#help").wait_for(state="hidden")


def test_a_mistake_is_told_and_nothing_is_lost(page: Any, review: Review) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Enter")
    page.evaluate("document.activeElement.removeAttribute('maxlength')")
    page.keyboard.insert_text("x" * 10_000)
    press(page, "Enter")
    page.locator("#status.error[role=alert]", has_text="at most 500").wait_for()
    assert page.locator(".card.done").count() == 0 and people(review) == {}


def test_yes_to_the_page_and_back(page: Any, review: Review) -> None:
    """Shift+Enter says yes to all proposals; one Ctrl+Z takes them all back."""
    for number, cluster in enumerate(pages.clusters(review)[0][:3]):
        review.collection.people.by("Ada").name(targets(cluster.faces[:2]), f"Person {number}")
    review.suggestions = work_out(review.collection)
    before = people(review)
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Shift+Enter")
    said(page, "3 answers given")
    assert sum(people(review).values()) > sum(before.values())
    press(page, "Control+z")
    said(page, "Undone")
    assert people(review) == before
    until(page, "document.querySelectorAll('.card.done').length === 0")


def test_lists_load_as_one_scrolls(
    page: Any, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was ticked stays so; keys go on beyond what was there at first."""
    cluster = pages.clusters(review)[0][0]
    monkeypatch.setattr(pages, "FACES", 2)
    visit(page, f"/clusters/{cluster.identifier}")
    until(page, "count => document.querySelectorAll('#faces .face').length === count", cluster.open)
    press(page, *["ArrowRight"] * (cluster.open - 1), "Alt+n")  # all but the last
    name(page, "Anna")
    said(page, f"{cluster.open - 1} faces named Anna")
    assert sizes(review)[0] >= 1 and people(review) == {"Anna": cluster.open - 1}


def test_two_at_once(browser: Any, page: Any, served: str, review: Review) -> None:
    """The later one is told, keeps what is still open, and overwrites nothing."""
    with browser.new_context(base_url=served) as other_context:
        later = other_context.new_page()
        later.set_default_timeout(60_000)
        cluster = pages.clusters(review)[0][0]
        for window in (page, later):
            visit(window, f"/clusters/{cluster.identifier}")
        press(page, "Alt+n")  # all but the first
        name(page, "Anna")
        said(page, "named Anna")
        name(later, "Bertha")  # believes that nobody has a name
        said(later, "1 face named Bertha")
        assert people(review) == {"Anna": cluster.open - 1, "Bertha": 1}
        assert pages.progress(review).conflicts == 0
        visit(later, "/people")
        later.get_by_role("link", name="Anna").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_small_and_dark(browser: Any, served: str, review: Review, scheme: str) -> None:
    """Nothing is wider than a telephone, text stands out, everything has a name to be read."""
    cluster = pages.clusters(review)[0][0]
    anna = review.collection.people.by("Ada").name(targets(cluster.faces[:2]), "Anna").person
    review.collection.people.by("Ada").name(targets(cluster.faces[2:3]), anna, doubtful=True)
    review.suggestions = work_out(review.collection)
    view = {"width": 360, "height": 740}
    with browser.new_context(base_url=served, viewport=view, color_scheme=scheme) as context:
        page = context.new_page()
        for address in (
            *("/", "/questions", "/clusters", f"/clusters/{cluster.identifier}", "/people"),
            *(f"/people/{anna}", "/photos/1", "/leftovers", "/log", "/search?q=a", "/nowhere"),
        ):
            visit(page, address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
            assert page.evaluate(_LEAST_CONTRAST) >= 4.5, address
            assert page.evaluate(_UNNAMED) == [], address
            assert page.evaluate("document.querySelectorAll('h1').length") == 1, address


_LEAST_CONTRAST = """() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) =>
    0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const shown = [...document.querySelectorAll("a, p, b, kbd, small, h1, h2, h3, td, span, button")]
    .filter((it) => it.offsetParent && it.textContent.trim() && !it.disabled && !it.closest("svg"));
  return Math.min(...shown.map((element) => {
    const pair = [light(numbers(getComputedStyle(element).color)), light(ground(element))]
      .sort((one, other) => one - other);
    return (pair[1] + 0.05) / (pair[0] + 0.05);
  }));
}"""
_UNNAMED = """() => [...document.querySelectorAll("button, a, input, img, summary")]
  .filter((it) => it.offsetParent)
  .filter((it) => !(it.ariaLabel || it.alt !== undefined && it.hasAttribute("alt")
    || it.textContent.trim() || it.querySelector("img[alt]:not([alt=''])")
    || it.labels?.length || it.ariaHidden === "true"))
  .map((it) => it.outerHTML.slice(0, 200))"""
