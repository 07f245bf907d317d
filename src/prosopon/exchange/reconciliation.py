"""Matching names with persons, as OpenRefine asks: the Reconciliation Service API, version 0.2.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/ : queries in, plain
values for JSON out. Whoever serves it gives the persons that may be shown. And the other side: what
to ask a service of others, and what its answers say.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from prosopon.errors import ProsoponError, UsageError
from prosopon.persons import Person, search_key

MOST_QUERIES = 50
"""In one batch; OpenRefine sends ten."""
MOST_RESULTS = 50
_TYPE = {"id": "https://schema.org/Person", "name": "Person"}
_LEAST = 50.0
"""Score, of 100, from which a person is a candidate."""
_SURE = 99.0
"""Score from which a person is a match, if nobody else has it."""


def manifest(name: str, service: str, site: str) -> dict[str, Any]:
    """What the service says of itself; `{{id}}` is for the client to fill.

    service : its address; `/suggest` and `/preview` are below it.
    site : the address below which the page of each person is.
    """
    return {
        "versions": ["0.2"],
        "name": name,
        "identifierSpace": "urn:uuid:",
        "schemaSpace": "https://schema.org/",
        "defaultTypes": [_TYPE],
        "view": {"url": f"{site}/people/{{{{id}}}}"},
        "suggest": {"entity": {"service_url": service, "service_path": "/suggest"}},
        "preview": {"url": f"{service}/preview?id={{{{id}}}}", "width": 360, "height": 140},
        "batchSize": MOST_QUERIES,
    }


def reconcile(queries: object, persons: Sequence[Person]) -> dict[str, Any]:
    """Answer a batch: query's key → candidates, the best first. Raises UsageError."""
    if not isinstance(queries, Mapping) or len(queries) > MOST_QUERIES:
        raise UsageError(f"queries: expected an object of at most {MOST_QUERIES} queries")
    return {str(key): {"result": _candidates(query, persons)} for key, query in queries.items()}


def suggest(prefix: str, persons: Sequence[Person], limit: int = 20) -> dict[str, Any]:
    """Persons with a name, or a word of one, that begins so."""
    key = search_key(prefix.strip())
    found = [
        {"id": one.id, "name": one.name, "description": _about(one)}
        for one in persons
        if key and any(f" {search_key(name)}".find(f" {key}") >= 0 for name in _names(one))
    ]
    return {"result": found[:limit]}


def _candidates(query: object, persons: Sequence[Person]) -> list[dict[str, Any]]:
    if not isinstance(query, Mapping) or not isinstance(query.get("query"), str):
        raise UsageError('a query needs its text: {"query": "Anna Tamm"}')
    if query.get("type") not in (None, "", "Person", _TYPE["id"]):
        return []
    limit = query.get("limit", 5)
    limit = min(max(limit, 1), MOST_RESULTS) if isinstance(limit, int) else 5
    wanted = _dates(query.get("properties"))
    scored = [(_score(query["query"], wanted, one), one) for one in persons]
    best = sorted((each for each in scored if each[0] >= _LEAST), key=lambda each: -each[0])
    sure = [score for score, _ in best if score >= _SURE]
    return [
        {
            "id": one.id,
            "name": one.name,
            "score": round(score, 1),
            "match": score >= _SURE and len(sure) == 1,
            "type": [_TYPE],
            "description": _about(one),
        }
        for score, one in best[:limit]
    ]


def _score(text: str, dates: Mapping[str, str], person: Person) -> float:
    """0 to 100: how alike the names are, whatever the order of their words; a life date that is
    another year's takes thirty off.
    """
    asked = sorted(search_key(text).replace(",", " ").split())
    alike = max(
        SequenceMatcher(None, asked, words).ratio() * 0.5
        + SequenceMatcher(None, " ".join(asked), " ".join(words)).ratio() * 0.5
        for words in (sorted(search_key(name).split()) for name in _names(person))
    )
    known = {"birthDate": person.born, "deathDate": person.died}
    other = sum(
        bool(known.get(name)) and known[name][:4] != value[:4] for name, value in dates.items()
    )
    return max(alike * 100 - 30 * other, 0)


def _dates(properties: object) -> dict[str, str]:
    """The life dates among a query's properties."""
    found = {}
    for each in properties if isinstance(properties, list) else ():
        if isinstance(each, Mapping) and each.get("pid") in ("birthDate", "deathDate"):
            found[str(each["pid"])] = str(each.get("v", ""))
    return found


def _names(person: Person) -> Iterable[str]:
    return (person.name, *person.variants)


def _about(person: Person) -> str:
    return "–".join((person.born, person.died)).strip("–")


@dataclass(frozen=True, slots=True)
class AuthorityMatch:
    """Somebody in a service of others who may be a person of ours."""

    id: str
    """As it is called there."""
    name: str
    score: float
    match: bool
    """The service holds it for the same person."""
    link: str = ""
    """Address to cite; empty where the service gives none."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What a service says of itself."""

    view: str = ""
    """Address of an entry, with `{{id}}` in it."""
    space: str = ""
    """What identifiers begin with, to be lasting addresses."""
    batch_size: int = 10
    type: str = ""
    """What it calls persons; empty where it does not say."""

    @classmethod
    def of(cls, said: object) -> "Service":
        """From its manifest. Raises ProsoponError for what is none."""
        if not isinstance(said, Mapping) or "name" not in said:
            raise ProsoponError("no reconciliation service is there: its manifest has no name")
        view, space = said.get("view"), said.get("identifierSpace")
        size = said.get("batchSize")
        types = [
            str(one.get("id", ""))
            for one in said.get("defaultTypes") or ()
            if isinstance(one, Mapping) and str(one.get("name", "")).casefold() in _HUMANS
        ]
        return cls(
            str(view.get("url", "")) if isinstance(view, Mapping) else "",
            space if isinstance(space, str) else "",
            min(max(size, 1), MOST_QUERIES) if isinstance(size, int) else 10,
            next(iter(types), ""),
        )

    def queries(self, persons: Sequence[Person], limit: int) -> dict[str, str]:
        """The form to send: names, with life dates where they are known."""
        asked = {}
        for place, one in enumerate(persons):
            dates = {"birthDate": one.born, "deathDate": one.died}
            query: dict[str, Any] = {"query": one.name, "limit": limit}
            properties = [{"pid": pid, "v": date} for pid, date in dates.items() if date]
            if properties:
                query["properties"] = properties
            if self.type:
                query["type"] = self.type
            asked[f"q{place}"] = query
        return {"queries": json.dumps(asked, ensure_ascii=False)}

    def matches(self, answers: object, count: int) -> Iterator[list[AuthorityMatch]]:
        """The candidates of each query. Raises ProsoponError for what is no answer."""
        if not isinstance(answers, Mapping):
            raise ProsoponError("the service answers no object")
        for place in range(count):
            answer = answers.get(f"q{place}")
            found = answer.get("result") if isinstance(answer, Mapping) else None
            if not isinstance(found, list):
                raise ProsoponError(f"the service answers nothing to the query q{place}")
            kept = [self._match(one) for one in found if isinstance(one, Mapping)]
            yield sorted(kept, key=lambda one: -one.score)

    def _match(self, said: Mapping[str, Any]) -> AuthorityMatch:
        called = str(said.get("id", ""))
        score = said.get("score", 0)
        link = self.view.replace("{{id}}", called) or f"{self.space}{called}"
        return AuthorityMatch(
            called,
            str(said.get("name", "")),
            float(score) if isinstance(score, int | float) else 0.0,
            said.get("match") is True,
            link if link.startswith(("https://", "http://", "urn:")) else "",
            str(said.get("description") or ""),
        )


_HUMANS = frozenset(("person", "human", "people", "human being"))
