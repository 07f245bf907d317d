"""Persons matched with an authority file that others serve: only when asked to, and by address."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prosopon.collection.collection import Collection
from prosopon.collection.selection import PersonRef
from prosopon.errors import ProsoponError, UsageError
from prosopon.exchange.reconciliation import AuthorityMatch, Service
from prosopon.files import parse_json
from prosopon.persons import Person
from prosopon.progress import track
from prosopon.tables import Table
from prosopon.zoo import fetch


@dataclass(frozen=True, slots=True)
class MatchedPerson:
    """A person, and whom a service takes for the same."""

    person: str
    """Identifier."""
    name: str
    candidates: Sequence[AuthorityMatch]
    """The most probable first."""
    linked: str = ""
    """The address that was noted with the person."""


def match(
    collection: Collection,
    service: str,
    persons: Sequence[PersonRef | Person | str] = (),
    *,
    accept: bool = False,
    author: str | None = None,
    limit: int = 3,
) -> Table[MatchedPerson]:
    """Ask a reconciliation service (API 0.2, or 0.1) who the persons are.

    Their names and life dates are sent there, nothing else; nothing of restricted persons, and of
    those whose name is only a handle.

    service : its address, such as https://wikidata.reconci.link/en/api
    persons : who; by default everybody who has no link to an authority file yet.
    accept : note the address with those of whom the service says that it is a match.
    limit : candidates of each.

    Raises ProsoponError where the service can't be reached, or answers something else.
    """
    if not service.startswith(("https://", "http://")):
        raise UsageError(f"{service[:80]!r}: expected the address of a service, https://…")
    view = collection.view
    chosen = [PersonRef.of(one).known(view) for one in persons] or [
        one for one in view.persons if not one.links
    ]
    chosen = [one for one in chosen if not one.nameless]
    found: list[MatchedPerson] = []
    asked = Service.of(_answer(service)) if chosen else Service()
    for part in track(list(_parts(chosen, asked.batch_size)), "asking the service"):
        answers = _answer(service, asked.queries(part, limit))
        for one, candidates in zip(part, asked.matches(answers, len(part)), strict=True):
            found.append(_noted(collection, one, candidates[:limit], accept, author))
    return Table(found)


def _noted(
    collection: Collection,
    person: Person,
    candidates: Sequence[AuthorityMatch],
    accept: bool,
    author: str | None,
) -> MatchedPerson:
    sure = [one for one in candidates if one.match and one.link]
    link = sure[0].link if accept and len(sure) == 1 else ""
    if link:
        collection.people.by(author).change(person, links=(*person.links, link))
    return MatchedPerson(person.id, person.name, candidates, link)


def _parts(persons: Sequence[Person], size: int) -> Iterable[Sequence[Person]]:
    starts: Iterator[int] = iter(range(0, len(persons), size))
    return (persons[start : start + size] for start in starts)


def _answer(service: str, form: dict[str, str] | None = None) -> Any:
    content = fetch.ask(service, form)
    try:
        return parse_json(content)
    except ValueError as error:
        raise ProsoponError(f"{service}: no reconciliation service: no JSON comes back") from error
