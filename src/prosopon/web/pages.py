"""The pages: look up what is asked for, fill a template."""

from dataclasses import asdict
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from prosopon.collection.backup import decisions_since_backup
from prosopon.collection.photographs import Order, PhotoFilter, Showing
from prosopon.collection.review import contributions as suggested
from prosopon.collection.review import (
    history,
    leases,
    pace,
    pages,
    pairs,
    person_page,
    questions,
    summaries,
)
from prosopon.collection.rights import Role
from prosopon.collection.selection import PersonRef
from prosopon.errors import NotHere, UsageError
from prosopon.languages import gettext as _
from prosopon.persons import begins
from prosopon.web.site import Site

MOST_CHOICES = 300
"""How many persons are offered as a list to choose from."""
_Choice = TypeVar("_Choice", bound=StrEnum)


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def identifier(request: Request, name: str) -> int:
    """A number in the address. Raises NotHere for one larger than any identifier."""
    number: int = request.path_params[name]
    if number >= 2**63:
        raise NotHere(_("There is nothing of so high a number."))
    return number


def overview(request: Request) -> Response:
    site = _site(request)
    steps, _ = history.steps(site.review, count=6)
    waiting, _ = pages.clusters(site.review, count=3)
    return site.page(
        request,
        "overview.html",
        asking=bool(questions.ask(site.review, count=1, by=site.author_of(request))),
        people=pages.most_met(site.review),
        steps=steps,
        clusters=waiting,
        unsaved=decisions_since_backup(site.review.collection),
    )


def ask(request: Request) -> Response:
    site = _site(request)
    author = site.author_of(request)
    asked, others = questions.hand_out(site.review, author, site.holder(request))
    return site.page(
        request,
        "questions.html",
        questions=asked,
        others=others,
        left=pace.remaining(site.review, author),
    )


def clusters(request: Request) -> Response:
    site = _site(request)
    found, after = pages.clusters(site.review, request.query_params.get("after", ""))
    return site.page(request, "clusters.html", clusters=found, after=after)


def cluster(request: Request) -> Response:
    site = _site(request)
    found, after, following = pages.cluster(
        site.review, identifier(request, "cluster"), request.query_params.get("after", "")
    )
    return site.page(
        request,
        "cluster.html",
        cluster=found,
        after=after,
        next=following,
        summaries=_summaries(site, found.size),
    )


def _summaries(site: Site, faces: int) -> list[str]:
    """The pictures that sum up so many faces."""
    return summaries.kinds(site.review) if faces >= summaries.FEWEST else []


def people(request: Request) -> Response:
    site = _site(request)
    doubtful = bool(request.query_params.get("doubtful"))
    found, after, total = pages.people(
        site.review, request.query_params.get("after", ""), doubtful=doubtful
    )
    return site.page(
        request,
        "people.html",
        people=found,
        after=after,
        total=total,
        doubtful=doubtful,
        alike=[] if doubtful or after else pages.alike(site.review),
    )


def person(request: Request) -> Response:
    site = _site(request)
    wanted, after = str(request.path_params["person"]), request.query_params.get("after", "")
    somebody, faces, rest = pages.person(site.review, wanted, after)
    return site.page(
        request,
        "person.html",
        somebody=somebody,
        person=somebody.person,
        perhaps=[] if after else pages.perhaps(site.review, somebody.person),
        about=None if after else person_page.about(site.review, somebody.person),
        faces=faces,
        after=rest,
        summaries=_summaries(site, somebody.faces),
    )


def photographs(request: Request) -> Response:
    site, asked = _site(request), request.query_params
    view = site.review.view  # once: it looks whether there is anything new
    persons = [PersonRef.of(one).known(view).id for one in asked.getlist("person")[:5] if one]
    wanted = PhotoFilter(
        text=asked.get("q", "")[:500].strip(),
        folder=asked.get("folder", "")[:4096],
        taken=asked.get("taken", "")[:100].strip(),
        persons=persons,
        faces=_choice(Showing, asked.get("faces", "")),
        order=_choice(Order, asked.get("order", Order.FOLDER)),
    )
    found, rest = pages.photographs(site.review, wanted, asked.get("after", ""))
    kept = urlencode([(key, value) for key, value in asked.multi_items() if key != "after"])
    return site.page(
        request,
        "photographs.html",
        found=found,
        wanted=wanted,
        persons=None  # a name is typed then
        if len(view.persons) > MOST_CHOICES
        else [view.persons[place] for place in view.roster.in_order()],
        after=f"{kept}&{rest}" if rest and kept else rest,
    )


def _choice(kind: type[_Choice], value: str) -> _Choice:
    """One of the kind's values. Raises UsageError."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(repr(str(one)) for one in kind)
        told = _("%(value)s: expected one of %(known)s.", value=repr(value)[:40], known=known)
        raise UsageError(told) from None


def photo(request: Request) -> Response:
    site = _site(request)
    wanted = pages.number(request.query_params.get("face", ""))
    background = bool(request.query_params.get("background"))
    number = identifier(request, "photo")
    found = pages.photograph(site.review, number, background=background, wanted=wanted)
    return site.page(request, "photo.html", photo=found, wanted=wanted)


def compare(request: Request) -> Response:
    """Faces alone beside what they resemble."""
    site = _site(request)
    shown = pairs.pairs(site.review, site.author_of(request))
    return site.page(request, "pairs.html", pairs=shown)


def leftovers(request: Request) -> Response:
    site = _site(request)
    poor = bool(request.query_params.get("poor"))
    found, rest = pages.leftovers(site.review, request.query_params.get("after", ""), poor=poor)
    return site.page(
        request,
        "leftovers.html",
        faces=[] if poor else found,
        poor=found if poor else [],
        poor_count=len(pages.poor_leftovers(site.review)),
        after=f"poor=1&{rest}" if poor and rest else rest,
    )


def log(request: Request) -> Response:
    site = _site(request)
    after = request.query_params.get("after", "")
    steps, rest = history.steps(site.review, after)
    at_odds = [] if after else history.conflicts(site.review)
    return site.page(request, "log.html", steps=steps, after=rest, conflicts=at_odds)


def contributions(request: Request) -> Response:
    """What contributors suggested: to a curator all, to a contributor their own."""
    site, visit = _site(request), request.state.visit
    decides = visit.role.includes(Role.CURATOR)
    shown, more = suggested.contributions(site.review, None if decides else visit.user)
    return site.page(request, "contributions.html", contributions=shown, more=more, decides=decides)


def search(request: Request) -> Response:
    site = _site(request)
    query = request.query_params.get("q", "")[:500]
    return site.page(request, "search.html", query=query, found=pages.search(site.review, query))


def names(request: Request) -> Response:
    """Persons whose names may be meant, for completing them."""
    typed = request.query_params.get("q", "")[:500]
    found = pages.names(_site(request).review, typed)
    return JSONResponse(
        [
            {
                "id": s.person.id,
                "name": s.person.name,
                "about": s.about,
                "face": s.portrait,
                "begins": any(begins(typed, n) for n in (s.person.name, *s.person.variants)),
            }
            for s in found
        ]
    )


def add(request: Request) -> Response:
    """Photographs being added, or to be."""
    return _site(request).page(request, "add.html")


def intake(request: Request) -> Response:
    """How far the adding of photographs is."""
    return JSONResponse(asdict(_site(request).review.intake.state))


def pulse(request: Request) -> Response:
    """Whether others have decided something since the page was loaded."""
    since = pages.number(request.query_params.get("since", ""))
    site = _site(request)
    length, authors = history.since(site.review, since)
    news = {"length": length, "authors": authors}
    if "asking" in request.query_params:  # who is asked something goes on holding it
        leases.renew(site.review, site.holder(request))
        asked = [pages.number(face) for face in request.query_params["asking"].split()[:100]]
        news["settled"] = bool(asked) and questions.are_settled(site.review, asked)
    return JSONResponse(news)
