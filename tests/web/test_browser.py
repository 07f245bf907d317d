"""The page in a real browser, with the keyboard alone unless said otherwise."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from prosopon.people import Kind
from prosopon.workflows.review import Desk, browse, deeds

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: chromium)"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, served: str) -> Iterator[Any]:
    """A window on the site; whatever its scripts complain about fails the test."""
    context = chromium.new_context(base_url=served, viewport={"width": 1200, "height": 850})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    opened.on("request", lambda r: None if r.url.startswith(served) else complaints.append(r.url))
    yield opened
    context.close()
    assert [line for line in complaints if "400 (Bad Request)" not in line] == []


def visit(page: Any, address: str) -> None:
    page.goto(address)
    page.locator("html.js").wait_for()


def until(page: Any, condition: str, argument: object = None) -> None:
    """Wait until a script says true (Playwright's own waiting needs what the policy forbids)."""
    for _ in range(400):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def name(page: Any, text: str) -> None:
    """Type a name into the field that has the focus, and give it."""
    page.keyboard.type(text)
    press(page, "Enter")


def said(page: Any, text: str) -> None:
    page.locator("#status", has_text=text).wait_for()


def people(desk: Desk) -> dict[str, int]:
    """Name → number of faces."""
    return {one.person.name: one.faces for one in browse.people(desk)[0]}


def sizes(desk: Desk) -> list[int]:
    """Faces to name in each cluster, the largest first."""
    return [cluster.open for cluster in browse.clusters(desk)[0]]


def test_questions_from_the_first_to_the_last(page: Any, desk: Desk) -> None:
    clusters = sizes(desk)
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
    assert sum(people(desk).values()) == sum(clusters)


def test_answers_to_a_question(page: Any, desk: Desk) -> None:
    """Not sure, ignore, un-tick, undo, a recent name; the whole photograph and back."""
    first, second = browse.clusters(desk)[0][:2]
    visit(page, "/questions")
    page.locator(".question").first.wait_for()
    top = page.locator(".question").first.bounding_box()["y"]
    press(page, "s")
    said(page, "Put off")
    until(page, "document.querySelectorAll('.question').length > 0")
    press(page, "Space")
    page.locator("dialog[open] .stage svg").wait_for()
    press(page, "Space")
    page.locator("dialog[open]").wait_for(state="detached")
    until(page, "document.activeElement.matches('.question')")
    press(page, "ArrowRight", "t")  # the first face is somebody else
    press(page, "Enter")
    name(page, "Anna")
    said(page, "named Anna")
    assert people(desk) == {"Anna": second.open - 1}
    press(page, "Control+z")
    said(page, "Undone")
    assert people(desk) == {}
    until(page, "document.activeElement.matches('.question')")
    press(page, "i")
    said(page, "ignored")
    assert browse.progress(desk).set_aside in (second.open, second.open - 1)
    assert page.locator(".question").first.bounding_box()["y"] == top  # nothing has jumped
    assert first.open == sizes(desk)[0]


def test_one_cluster(page: Any, desk: Desk) -> None:
    """Un-tick, split off, not a face, name the rest; then the next cluster comes by itself."""
    cluster = browse.clusters(desk)[0][0]
    visit(page, f"/clusters/{cluster.identifier}")
    until(page, "document.activeElement.name === 'face'")
    press(page, "n", "x")  # the first does not belong, the second is no face
    said(page, "no face")
    page.get_by_role("button", name="Split off").click()
    said(page, "split off")
    press(page, "m")
    name(page, "Anna")
    page.wait_for_url(lambda address: not address.endswith(f"/{cluster.identifier}"))
    assert people(desk) == {"Anna": cluster.open - 2, "Unknown 1": 1}


def test_names_complete_as_one_types(page: Any, desk: Desk) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    for text in ("Anna Larsen", "אנה לרסן", "<b>Anna</b>"):
        press(page, "Enter")
        name(page, text)
        said(page, f"named {text}")
    before = people(desk)
    press(page, "Enter")
    page.keyboard.type("lar")
    page.locator(".who li").first.wait_for()
    assert page.locator(".who ul:visible bdi").all_inner_texts()[0] == "Anna Larsen"
    press(page, "ArrowDown", "Enter")
    said(page, "named Anna Larsen")
    after = people(desk)
    assert after.keys() == before.keys() and after["Anna Larsen"] > before["Anna Larsen"]
    assert page.locator(".who b").count() == 0  # markup in a name stays text


def test_persons(page: Any, desk: Desk) -> None:
    """Rename, dates, merge, reject, undo, and the address of one merged away."""
    first, second = browse.clusters(desk)[0][:2]
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
    press(page, "e")
    page.get_by_label("Born").fill("1871")
    page.get_by_label("Name", exact=True).fill("Anna Larsen")
    press(page, "Enter")
    page.get_by_role("heading", name="Anna Larsen").wait_for()
    until(page, "!document.querySelector('dialog[open]')")
    page.keyboard.press("m")
    page.keyboard.type("Ann")
    page.locator("#merge li", has_text="Anne").wait_for()
    page.keyboard.type("e")
    press(page, "Enter")
    said(page, "is a part of Anna Larsen")
    assert people(desk) == {"Anna Larsen": first.open + second.open}
    page.locator("#faces .face").first.wait_for()
    until(page, "document.activeElement.name === 'face'")
    press(page, "n")
    said(page, "not Anna Larsen")
    assert people(desk) == {"Anna Larsen": first.open + second.open - 1}
    press(page, "Control+z")
    said(page, "Undone")
    assert people(desk) == {"Anna Larsen": first.open + second.open}


def test_a_photograph(page: Any, desk: Desk) -> None:
    """Boxes, names, zoom."""
    visit(page, "/photos/1")
    page.locator(".faces li").first.wait_for()
    page.get_by_label("Who is face").first.focus()
    name(page, "Anna")
    said(page, "named Anna")
    page.reload()
    assert page.locator(".box text").first.text_content() == "Anna"
    width = page.locator("#main .stage svg").bounding_box()["width"]
    press(page, "+", "+")
    assert page.locator("#main .stage svg").bounding_box()["width"] > 2 * width
    press(page, "0")
    assert page.locator("#main .stage svg").bounding_box()["width"] == width
    page.locator("h1").click()
    press(page, "b", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Enter")
    until(page, "document.activeElement.id === 'present-who'")
    name(page, "The photographer")
    said(page, "The photographer is here")
    page.locator(".box text", has_text="The photographer").wait_for(state="attached")
    ((region, _),) = next(iter(desk.snapshot().state.present.values()))
    x1, y1, x2, y2 = region.box
    assert 0.4 < x1 < x2 < 0.8 and 0.4 < y1 < y2 < 0.8 and x2 - x1 > 0.2


def test_leftovers_named_together(page: Any, desk: Desk) -> None:
    for cluster in browse.clusters(desk)[0][:2]:  # two of which one face each is left
        faces = [face.id for face in browse.cluster(desk, cluster.identifier)[0].faces]
        deeds.mark(desk, "Ada", deeds.Target(faces[1:]), Kind.IGNORE)
    alone = browse.progress(desk).alone
    visit(page, "/leftovers")
    until(page, "document.activeElement.name === 'face'")
    press(page, "y", "y", "m")
    name(page, "Stranger")
    said(page, "2 faces named Stranger")
    assert people(desk) == {"Stranger": 2}
    assert browse.progress(desk).alone == alone - 2


def test_log_search_and_help(page: Any, desk: Desk) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Enter")
    name(page, "Anna")
    said(page, "named Anna")
    visit(page, "/log")
    page.get_by_role("button", name="Undo: New person").click()
    said(page, "Undone")
    assert people(desk) == {}
    page.get_by_role("button", name="Redo: New person").click()
    said(page, "Done again")
    assert list(people(desk)) == ["Anna"]
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


def test_what_another_does_is_told(page: Any, desk: Desk) -> None:
    visit(page, "/people")
    deeds.create(desk, "Ben", "Somebody")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.locator("#news", has_text="Ben").wait_for()
    page.get_by_role("button", name="Show it").click()
    page.get_by_role("link", name="Somebody").wait_for()


def test_a_mistake_is_told_and_nothing_is_lost(page: Any, desk: Desk) -> None:
    visit(page, "/clusters")
    page.locator(".card").first.wait_for()
    press(page, "Enter")
    page.evaluate("document.activeElement.removeAttribute('maxlength')")
    page.keyboard.insert_text("x" * 10_000)
    press(page, "Enter")
    page.locator("#status.error[role=alert]", has_text="at most 500").wait_for()
    assert page.locator(".card.done").count() == 0 and people(desk) == {}


@pytest.mark.parametrize("address", ["/", "/questions", "/clusters", "/photos/1", "/leftovers"])
def test_small_and_dark(chromium: Any, served: str, address: str) -> None:
    """Nothing is wider than a telephone; text is told from its ground in light and in dark."""
    for scheme in ("light", "dark"):
        context = chromium.new_context(
            base_url=served, viewport={"width": 390, "height": 780}, color_scheme=scheme
        )
        page = context.new_page()
        visit(page, address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(_LEAST_CONTRAST) >= 4.5
        assert page.evaluate(_UNNAMED) == []
        context.close()


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
  const shown = [...document.querySelectorAll("a, p, b, small, h1, h2, h3, span, button, label")]
    .filter((it) => it.offsetParent && it.textContent.trim() && !it.disabled && !it.closest("svg"));
  return Math.min(...shown.map((element) => {
    const pair = [light(numbers(getComputedStyle(element).color)), light(ground(element))].sort();
    return (pair[1] + 0.05) / (pair[0] + 0.05);
  }));
}"""
_UNNAMED = """() => [...document.querySelectorAll("button, a, input, img, summary")]
  .filter((it) => it.offsetParent)
  .filter((it) => !(it.ariaLabel || it.alt !== undefined && it.hasAttribute("alt")
    || it.textContent.trim() || it.labels?.length || it.ariaHidden === "true"))
  .map((it) => it.outerHTML.slice(0, 200))"""
