"""The persons of the collection for programs that match names with them, such as OpenRefine.

The Reconciliation Service API, version 0.2; see `exchange.reconciliation`. It is only there where
it was asked for (`review --reconcile`), under an address that holds a secret of its own, and can
only be read. Restricted persons are not in it.
"""

from html import escape
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from prosopon.errors import UsageError
from prosopon.exchange import reconciliation
from prosopon.files import parse_json
from prosopon.persons import life
from prosopon.web.site import Site


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


async def service(request: Request) -> Response:
    """What the service says of itself, or answers to a batch of queries."""
    site = _site(request)
    given = request.query_params.get("queries")
    if request.method == "POST":
        given = parse_qs((await request.body()).decode("utf-8", "replace")).get("queries", [""])[0]
    if given is None:
        base = (site.access.behind or str(request.base_url)).rstrip("/")
        name = f"Persons of {site.name}"
        return JSONResponse(reconciliation.manifest(name, base + request.url.path, base))
    try:
        queries = parse_json(given)
        found = await run_in_threadpool(reconciliation.reconcile, queries, site.review.view.persons)
    except ValueError as error:
        return JSONResponse({"error": f"queries: no JSON: {error}"}, 400)
    except UsageError as error:
        return JSONResponse({"error": str(error)}, 400)
    return JSONResponse(found)


def suggest(request: Request) -> Response:
    """Persons whose names begin as typed."""
    typed = request.query_params.get("prefix", "")[:500]
    return JSONResponse(reconciliation.suggest(typed, _site(request).review.view.persons))


def preview(request: Request) -> Response:
    """A few lines about a person, for a frame in the other program."""
    site = _site(request)
    person = site.review.view.person(request.query_params.get("id", "")[:64])
    if person is None:
        return HTMLResponse("<!doctype html><p>—", 404)
    about = [escape(text) for text in (life(person), ", ".join(person.variants), person.note[:300])]
    lines = "".join(f"<p dir=auto>{line}" for line in about if line)
    return HTMLResponse(
        f"<!doctype html><meta charset=utf-8><title>{escape(person.name)}</title>"
        f"<p dir=auto><strong>{escape(person.name)}</strong>{lines}<p><small>{person.iri}</small>"
    )
