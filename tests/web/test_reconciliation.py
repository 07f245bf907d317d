"""Other programs match names with the persons of a collection, and the collection with theirs."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.web.visiting import Visitor

from prosopon.collection.review import Review
from prosopon.errors import ProsoponError, UsageError
from prosopon.web import Access, application
from prosopon.web.server import listening, server

pytestmark = pytest.mark.models
ELSEWHERE = {"Origin": "http://127.0.0.1:3333", "Sec-Fetch-Site": "cross-site"}
"""OpenRefine's own page."""


@pytest.fixture
def anna(review: Review) -> str:
    """A person; and a restricted one, whom nobody may find."""
    people = review.collection.people.by("Ada")
    secret = people.add("Secret Tamm").person
    people.change(secret, restricted=True)
    return people.add("Anna Tamm", born="1871").person


def test_openrefine_asks_from_its_own_page(review: Review, anna: str) -> None:
    access = Access(reconcile=True)
    visitor = Visitor(review, access, "Ada")
    said = visitor.get(access.service, headers=ELSEWHERE)
    assert said.headers["access-control-allow-origin"] == "*"
    assert (said.json()["versions"], access.token in said.text) == (["0.2"], False)
    queries = json.dumps({"q0": {"query": "Tamm, Anna"}, "q1": {"query": "Secret Tamm"}})
    for answer in (
        visitor.client.post(access.service, data={"queries": queries}, headers=ELSEWHERE),
        visitor.get(access.service, params={"queries": queries}),
    ):
        found = answer.json()
        assert [one["id"] for one in found["q0"]["result"]] == [anna]
        assert found["q0"]["result"][0]["match"]
        assert "Secret" not in answer.text
    suggested = visitor.get(f"{access.service}/suggest?prefix=tam").json()["result"]
    assert [one["name"] for one in suggested] == ["Anna Tamm"]
    shown = visitor.get(f"{access.service}/preview?id={anna}")
    assert "1871" in shown.text and "x-frame-options" not in shown.headers


@pytest.mark.parametrize("queries", ["", "[1", "[]", '{"q": 1}'])
def test_what_is_no_query_is_answered_with_what_is_wrong(review: Review, queries: str) -> None:
    access = Access(reconcile=True)
    answer = Visitor(review, access, "Ada").client.post(access.service, data={"queries": queries})
    assert answer.status_code == 400 and answer.json()["error"]


def test_nothing_without_its_address_and_nothing_but_reading(review: Review, anna: str) -> None:
    access = Access(reconcile=True)
    visitor = Visitor(review, access, "Ada")
    for path in ("/reconcile/guess", "/reconcile/", f"{access.service}x", "/"):
        assert visitor.get(path).status_code == 401
    refused = visitor.client.post("/do/create", json={"name": "Eve"}, headers=ELSEWHERE)
    assert refused.status_code == 403
    assert visitor.get(f"{access.service}/../../people").status_code in (401, 404)
    closed = Visitor(review, replace(access, reconcile=False), "Ada")
    assert closed.get(access.service).status_code == 401
    assert visitor.get(f"{access.service}/preview?id=nobody").status_code == 404


@pytest.fixture
def served(review: Review, anna: str) -> Iterator[str]:
    """The address of a service that runs."""
    with listening(Access(port=0, reconcile=True)) as listener:
        access = Access(port=listener.getsockname()[1], reconcile=True)
        running = server(application(review, access, "Ada"))
        thread = threading.Thread(target=running.run, args=[[listener]], daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{access.port}{access.service}"
        running.should_exit = True
        thread.join()


def test_persons_are_matched_with_a_service_by_its_address(review: Review, served: str) -> None:
    collection = review.collection
    (found,) = collection.match(served)
    assert (found.name, found.linked, found.candidates[0].match) == ("Anna Tamm", "", True)
    (taken,) = collection.match(served, accept=True, author="Ada")
    assert collection.people.find("Anna Tamm").links == (taken.linked,)
    assert collection.match(served) == []  # she has a link now
    collection.people.by("Ada").undo()
    assert collection.people.find("Anna Tamm").links == ()
    with pytest.raises(UsageError, match="address of a service"):
        collection.match("file:///etc/passwd")
    with pytest.raises(ProsoponError, match="401"):
        collection.match(served.rpartition("/")[0] + "/guess")
