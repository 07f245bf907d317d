"""The pages: look up what is asked for, fill a template."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from prosopon.collection.review import browse, glances, history, questions
from prosopon.persons import begins
from prosopon.web.site import Site


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def identifier(request: Request, name: str) -> int:
    """A number in the address. Raises NotHere for one larger than any identifier."""
    number: int = request.path_params[name]
    if number >= 2**63:
        raise browse.NotHere("There is nothing of so high a number.")
    return number


def overview(request: Request) -> Response:
    site = _site(request)
    steps, _ = history.steps(site.desk, count=6)
    waiting, _ = browse.clusters(site.desk, count=3)
    return site.page(
        request,
        "overview.html",
        asking=bool(questions.ask(site.desk, count=1)),
        people=browse.most_met(site.desk),
        steps=steps,
        clusters=waiting,
    )


def ask(request: Request) -> Response:
    site = _site(request)
    return site.page(request, "questions.html", questions=questions.ask(site.desk))


def clusters(request: Request) -> Response:
    site = _site(request)
    found, after = browse.clusters(site.desk, request.query_params.get("after", ""))
    return site.page(request, "clusters.html", clusters=found, after=after)


def cluster(request: Request) -> Response:
    site = _site(request)
    found, after, following = browse.cluster(
        site.desk, identifier(request, "cluster"), request.query_params.get("after", "")
    )
    return site.page(
        request,
        "cluster.html",
        cluster=found,
        after=after,
        next=following,
        glances=_glances(site, found.size),
    )


def _glances(site: Site, faces: int) -> list[str]:
    """The pictures that sum up so many faces."""
    return glances.kinds(site.desk) if faces >= glances.FEWEST else []


def people(request: Request) -> Response:
    site = _site(request)
    doubtful = bool(request.query_params.get("doubtful"))
    found, after, total = browse.people(
        site.desk, request.query_params.get("after", ""), doubtful=doubtful
    )
    return site.page(
        request, "people.html", people=found, after=after, total=total, doubtful=doubtful
    )


def person(request: Request) -> Response:
    site = _site(request)
    wanted, after = str(request.path_params["person"]), request.query_params.get("after", "")
    somebody, faces, rest = browse.person(site.desk, wanted, after)
    return site.page(
        request,
        "person.html",
        somebody=somebody,
        person=somebody.person,
        perhaps=[] if after else browse.perhaps(site.desk, somebody.person),
        faces=faces,
        after=rest,
        glances=_glances(site, somebody.faces),
    )


def photo(request: Request) -> Response:
    site = _site(request)
    found = browse.photograph(site.desk, identifier(request, "photo"))
    wanted = browse.number(request.query_params.get("face", ""))
    return site.page(request, "photo.html", photo=found, wanted=wanted)


def leftovers(request: Request) -> Response:
    site = _site(request)
    faces, after = browse.leftovers(site.desk, request.query_params.get("after", ""))
    return site.page(request, "leftovers.html", faces=faces, after=after)


def log(request: Request) -> Response:
    site = _site(request)
    after = request.query_params.get("after", "")
    steps, rest = history.steps(site.desk, after)
    at_odds = [] if after else history.conflicts(site.desk)
    return site.page(request, "log.html", steps=steps, after=rest, conflicts=at_odds)


def search(request: Request) -> Response:
    site = _site(request)
    query = request.query_params.get("q", "")[:500]
    return site.page(request, "search.html", query=query, found=browse.search(site.desk, query))


def names(request: Request) -> Response:
    """Persons whose names may be meant, for completing them."""
    typed = request.query_params.get("q", "")[:500]
    found = browse.names(_site(request).desk, typed)
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


def pulse(request: Request) -> Response:
    """Whether others have decided something since the page was loaded."""
    since = browse.number(request.query_params.get("since", ""))
    length, authors = history.since(_site(request).desk, since)
    return JSONResponse({"length": length, "authors": authors})
