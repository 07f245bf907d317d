"""The Reconciliation Service API as OpenRefine uses it."""

import json

import pytest

from prosopon.errors import ProsoponError, UsageError
from prosopon.exchange.reconciliation import MOST_QUERIES, Service, manifest, reconcile, suggest
from prosopon.persons import Person, new_person_id

ANNA = Person(new_person_id(), "Anna Õun", variants=("A. Kask",), born="1871-03")
OTHER = Person(new_person_id(), "Anna Õun", born="1902")
MARI = Person(new_person_id(), "Mari Tamm")
PEOPLE = [ANNA, OTHER, MARI]


def test_what_it_says_of_itself() -> None:
    said = manifest("scans", "http://127.0.0.1:8765/reconcile/x", "http://127.0.0.1:8765")
    assert said["versions"] == ["0.2"]
    assert said["view"]["url"] == "http://127.0.0.1:8765/people/{{id}}"


def test_names_are_matched_whatever_the_order_of_their_words() -> None:
    queries = {"q0": {"query": "Tamm, Mari"}, "q1": {"query": "anna oun"}, "q2": {"query": "Zoe"}}
    found = reconcile(queries, PEOPLE)
    (mari,) = found["q0"]["result"]
    assert (mari["id"], mari["match"], mari["score"]) == (MARI.id, True, 100.0)
    assert [each["match"] for each in found["q1"]["result"]] == [False, False]  # two of that name
    assert found["q2"]["result"] == []


def test_life_dates_tell_persons_of_one_name_apart() -> None:
    properties = [{"pid": "birthDate", "v": "1871"}]
    found = reconcile({"q": {"query": "Anna Õun", "properties": properties, "limit": 1}}, PEOPLE)
    assert [(each["id"], each["match"]) for each in found["q"]["result"]] == [(ANNA.id, True)]
    assert found["q"]["result"][0]["description"] == "1871-03"


def test_suggestions_while_typing() -> None:
    assert [each["id"] for each in suggest("kas", PEOPLE)["result"]] == [ANNA.id]
    assert suggest("", PEOPLE)["result"] == []


@pytest.mark.parametrize(
    "queries",
    [7, [], {"q": 7}, {"q": {"query": 7}}, {f"q{n}": {} for n in range(MOST_QUERIES + 1)}],
)
def test_what_is_no_query_is_refused(queries: object) -> None:
    with pytest.raises(UsageError):
        reconcile(queries, PEOPLE)


def test_what_a_service_of_others_says() -> None:
    service = Service.of(manifest("scans", "http://x/reconcile/a", "http://x"))
    asked = json.loads(service.queries([ANNA, MARI], 3)["queries"])
    assert asked["q0"]["properties"] == [{"pid": "birthDate", "v": "1871-03"}]
    anna, mari = service.matches(reconcile(asked, PEOPLE), 2)
    assert [one.id for one in mari if one.match] == [MARI.id]
    assert mari[0].link == f"http://x/people/{MARI.id}"
    assert anna[0].id == ANNA.id and anna[0].match


@pytest.mark.parametrize("answer", [[], {}, {"q0": 1}, {"q0": {"result": {}}}, None])
def test_what_is_no_answer_is_refused(answer: object) -> None:
    with pytest.raises(ProsoponError):
        list(Service().matches(answer, 1))
    with pytest.raises(ProsoponError):
        Service.of(answer)
