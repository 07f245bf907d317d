"""The page on which owners say who may use the collection."""

from typing import Any

import pytest
from tests.web.conftest import ServedToUsers
from tests.web.visiting import Visitor

from prosopon.collection.review import Review
from prosopon.collection.rights import Role

pytestmark = [pytest.mark.browser, pytest.mark.models]
PASSWORD = "correct horse battery"


def test_the_first_user_is_an_owner_who_gets_in_by_a_password(
    visitor: Visitor, review: Review
) -> None:
    assert "Become the owner" in visitor.page("/users")
    refused = visitor.post("users/add", name="Olga", password="short")
    assert refused.status_code == 400 and "characters" in refused.json()["error"]
    assert not review.collection.users
    visitor.do("users/add", name="Olga", password=PASSWORD)
    (olga,) = review.collection.users.list()
    assert (olga.role, olga.password) == (Role.OWNER, True)
    assert visitor.get("/users").status_code != 200  # from now on everybody logs in
    assert review.collection.users.by_password("Olga", PASSWORD) is not None


def test_owners_add_users_and_nobody_else_does(
    browser: Any, served_to_users: ServedToUsers, review: Review
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served_to_users.enter("Olga"))
    page.wait_for_url("**/")
    page.goto(f"{served_to_users.address}/users")
    page.get_by_label("Name", exact=True).fill("Mari")
    page.get_by_label("Role", exact=True).select_option("reader")
    page.get_by_text("Add, and make a link").click()
    page.locator("#new-link").wait_for()
    link = page.locator("#link").input_value()
    page.get_by_label("Role of Mari").select_option("curator")
    page.locator("#status", has_text="Mari is curator now").wait_for()
    found = review.collection.users.find("Mari")
    assert found is not None and found.role is Role.CURATOR
    mari = browser.new_context()
    other = mari.new_page()
    other.goto(link)
    other.wait_for_url("**/")
    assert other.goto(f"{served_to_users.address}/users").status == 403
    page.get_by_label("Remove Mari").click()
    page.locator("#status", has_text="Mari is no user any more").wait_for()
    other.goto(f"{served_to_users.address}/people")
    assert other.get_by_label("Password").is_visible()  # out at once
    mari.close()
    context.close()
