"""Several people at once in real browsers: each in a window and a session of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.web.walking import name, press, said, until, visit

from prosopon.collection.review import Review, pages
from prosopon.collection.review.suggestion_worker import work_out

pytestmark = [pytest.mark.browser, pytest.mark.models]
PASSWORD = "correct horse battery"
TO_DECIDE_WITH = """() => [...document.querySelectorAll(
  "main :is(button, form, input, textarea, select)")]
  .filter((it) => it.offsetParent && !it.matches("[data-look], [data-zoom]"))
  .map((it) => it.outerHTML)"""
KEY = "document.querySelector('.question')?.dataset.key"


@pytest.fixture
def window(browser: Any, served_to_users: Any) -> Iterator[Callable[[str], Any]]:
    """Opens a window in which somebody has come in by their link."""
    contexts = []

    def opened(user: str) -> Any:
        context = browser.new_context(base_url=served_to_users.address)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        if user:
            page.goto(served_to_users.enter(user))
            page.wait_for_url("**/")
        return page

    yield opened
    for context in contexts:
        context.close()


def test_answers_are_seen_by_others_without_asking(window: Any, review: Review) -> None:
    cleo, olga = window("Cleo"), window("Olga")
    cluster = pages.clusters(review)[0][0]
    visit(olga, "/people")
    visit(cleo, f"/clusters/{cluster.identifier}")
    name(cleo, "Anna")
    said(cleo, "named Anna")
    olga.get_by_role("link", name="Anna").wait_for()
    assert not olga.locator("#news").is_visible()


def test_what_is_being_typed_is_not_taken_away(window: Any, review: Review) -> None:
    cleo, olga = window("Cleo"), window("Olga")
    first, second = pages.clusters(review)[0][:2]
    visit(olga, f"/clusters/{second.identifier}")
    olga.keyboard.type("Bert")
    visit(cleo, f"/clusters/{first.identifier}")
    name(cleo, "Anna")
    said(cleo, "named Anna")
    olga.locator("#news", has_text="Cleo").wait_for()
    assert olga.locator("main .bar .who input").first.input_value() == "Bert"
    olga.get_by_role("button", name="Show it").click()
    olga.locator("#news").wait_for(state="hidden")


def test_two_are_asked_different_questions_till_the_last(window: Any, review: Review) -> None:
    cleo, olga = window("Cleo"), window("Olga")
    total = len(pages.clusters(review)[0])
    for page in (cleo, olga):
        visit(page, "/questions")
        page.locator(".question").first.wait_for()
    asked: list[str] = []
    for turn in range(total):
        page = (cleo, olga)[turn % 2]
        if not page.evaluate(KEY):
            page = (olga, cleo)[turn % 2]
        until(page, KEY)
        key = page.evaluate(KEY)
        asked.append(key)
        page.locator(".question").first.focus()
        press(page, "Enter")
        name(page, f"Person {turn}")
        said(page, f"named Person {turn}")
        until(page, f"key => {KEY} !== key", key)
        if not pages.clusters(review)[0]:
            break
    assert len(set(asked)) == len(asked)
    assert pages.progress(review).conflicts == 0


def test_a_question_that_somebody_else_settles_goes(window: Any, review: Review) -> None:
    cleo, olga = window("Cleo"), window("Olga")
    visit(olga, "/questions")
    key = olga.locator(".question").first.get_attribute("data-key")
    faces = [
        int(box)
        for box in olga.evaluate(
            "[...document.querySelector('.question').querySelectorAll('input[name=face]')]"
            ".map((box) => box.value)"
        )
    ]
    visit(cleo, "/people")
    review.collection.people.by("Cleo").name(faces, "Anna")
    until(olga, f"key => {KEY} !== key", key)


def test_a_contributor_suggests_and_a_curator_accepts(window: Any, review: Review) -> None:
    """The contributor with the keyboard, the curator with the mouse."""
    kati, cleo = window("Kati"), window("Cleo")
    first, second = pages.clusters(review)[0][:2]
    for cluster, called in ((first, "Anna"), (second, "Berta")):
        visit(kati, f"/clusters/{cluster.identifier}")
        name(kati, called)
        said(kati, f"Suggested: {cluster.open} faces named {called}")
    visit(cleo, "/contributions")
    cleo.get_by_role("checkbox").last.uncheck()
    cleo.get_by_role("button", name="Accept all that are ticked").click()
    said(cleo, "1 suggestion accepted")
    cleo.locator("[data-item]", has_text="Anna").wait_for(state="detached")
    berta = cleo.locator("[data-item]", has_text="Berta")
    berta.get_by_role("button", name="Decline", exact=True).click()
    said(cleo, "1 suggestion declined")
    cleo.locator("#status").get_by_role("button", name="Undo").click()
    said(cleo, "Undone")
    cleo.locator("[data-item]:not(.done):focus", has_text="Berta").wait_for()
    assert [one.person.name for one in pages.people(review)[0]] == ["Anna"]
    press(cleo, "Shift+Enter")  # and with the keyboard
    said(cleo, "1 suggestion accepted")
    assert len(pages.people(review)[0]) == 2


def test_logging_in_with_the_keyboard_and_out(window: Any, review: Review) -> None:
    review.collection.users.by("Olga").password("Kati", PASSWORD)
    kati = window("")
    kati.goto("/people")
    kati.wait_for_url("**/login")
    kati.keyboard.type("Kati")
    press(kati, "Tab")
    kati.keyboard.type("a wrong password")
    press(kati, "Enter")
    kati.get_by_text("password is wrong").wait_for()
    kati.keyboard.type(PASSWORD)
    press(kati, "Enter")
    kati.wait_for_url("**/")
    press(kati, "?")
    kati.get_by_text("You are Kati (contributor)").wait_for()
    kati.get_by_role("button", name="Log out").click()
    kati.wait_for_url("**/login")
    kati.goto("/people")
    kati.wait_for_url("**/login")


def test_a_reader_sees_nothing_to_decide_with(window: Any, review: Review) -> None:
    rita = window("Rita")
    first, second = pages.clusters(review)[0][:2]
    anna = review.collection.people.by("Cleo").name([f.id for f in first.faces[:2]], "Anna").person
    review.suggestions = work_out(review.collection)
    for address in (
        *("/", "/questions", "/clusters", f"/clusters/{second.identifier}", "/photos/1", "/people"),
        *(f"/people/{anna}", "/leftovers", "/pairs", "/check", "/sheets", "/log", "/add"),
    ):
        visit(rita, address)
        assert rita.evaluate(TO_DECIDE_WITH) == [], address
    rita.get_by_text("Only owners add photographs").wait_for()


def test_a_contributor_is_offered_to_take_back_only_their_own(window: Any, review: Review) -> None:
    kati = window("Kati")
    first, second = pages.clusters(review)[0][:2]
    review.collection.people.by("Cleo").name([face.id for face in first.faces], "Anna")
    review.collection.people.by("Kati").name([face.id for face in second.faces], "Berta")
    visit(kati, "/log")
    mine = review.view.log[-1]
    offered = kati.locator("#steps [data-undo]")
    assert {one.get_attribute("data-undo") for one in offered.all()} >= {mine.id}
    assert not kati.locator("#steps tr", has_text="Cleo").locator("[data-undo]").count()


def test_who_is_removed_is_out_at_once(window: Any, review: Review) -> None:
    kati = window("Kati")
    visit(kati, "/people")
    review.collection.users.by("Olga").remove("Kati")
    kati.wait_for_url("**/login")
