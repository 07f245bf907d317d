"""axe-core finds nothing on any page, light and dark: `npm install --no-save axe-core` beside src/.

Findings of the rules for WCAG 2.2 A and AA and of the best practices count alike.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.web.browsers import BROWSERS, launched

from prosopon.collection.review import Review, pages
from prosopon.collection.review.suggestion_worker import work_out

SCRIPT = Path("node_modules/axe-core/axe.min.js")
AXE = Path(os.environ.get("AXE", Path(__file__).parents[2] / SCRIPT))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.skipif(not AXE.is_file(), reason="needs npm install --no-save axe-core"),
]
FINDINGS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .map((it) => [it.id, it.help, it.nodes.slice(0, 3).map((node) => node.html.slice(0, 300))])"""


@pytest.mark.parametrize("name", BROWSERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_findings_on_any_page(
    review: Review, served_to_users: Any, name: str, scheme: str
) -> None:
    people = review.collection.people.by("Cleo")
    first, second = pages.clusters(review)[0][:2]
    anna = people.name([face.id for face in first.faces[:2]], "Anna").person
    people.name([first.faces[2].id], review.collection.people.find("Anna"), doubtful=True)
    for face in second.faces[:2]:
        review.collection.people.by("Kati").name([face.id], "Berta")
    review.collection.people.by("Olga").reject([first.faces[0].id], "Anna")  # a contradiction
    review.suggestions = work_out(review.collection)
    found = {}
    with (
        launched(name, scheme=scheme) as browser,
        browser.new_context(color_scheme=scheme) as context,
    ):
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{served_to_users.address}/login")
        assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        found["/login"] = findings(page)
        page.goto(served_to_users.enter("Cleo"))
        page.get_by_role("heading").first.wait_for()
        found["/enter"] = findings(page)
        for address in (
            *("/", "/questions", "/clusters", f"/clusters/{first.identifier}", "/photos"),
            *(
                "/photos/1",
                "/people",
                "/people?doubtful=1",
                f"/people/{anna}",
                "/leftovers",
                "/pairs",
            ),
            *("/check", "/sheets", "/sheets?photos=1"),
            *("/contributions", "/log", "/add", "/search?q=a", "/search?q=nobody", "/nowhere"),
            *("/leftovers?poor=1", "/photos?order=date", "/photos?q=nothing+like+it"),
        ):
            page.goto(served_to_users.address + address)
            page.locator("html.js").wait_for()
            found[address] = findings(page)
        page.keyboard.press("?")
        page.locator("dialog#help[open]").wait_for()
        found["help"] = findings(page)
        printed = ("/sheets", "/sheets?photos=1", f"/people/{anna}") if name == "chromium" else ()
        for address in printed:  # Firefox can't be told to show what it would print
            page.emulate_media(media="print")
            page.goto(served_to_users.address + address)
            found[f"{address}, printed"] = findings(page)
        context.clear_cookies()
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(served_to_users.enter("Olga"))
        page.wait_for_url("**/")
        for address in ("/users", "/add", "/contributions"):
            page.goto(served_to_users.address + address)
            page.locator("html.js").wait_for()
            found[f"{address} of an owner"] = findings(page)
    assert {address: rules for address, rules in found.items() if rules} == {}


def findings(page: Any) -> Any:
    """What axe-core says against the page as it stands."""
    page.evaluate(AXE.read_text())
    return page.evaluate(FINDINGS)
