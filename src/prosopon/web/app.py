"""The application: which address is answered by what."""

from collections.abc import Callable
from hashlib import sha256
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from prosopon.collection.review import Review
from prosopon.errors import (
    FacesGone,
    Namesakes,
    NotAllowed,
    NotHere,
    NothingIndexed,
    PersonGone,
    ProsoponError,
    StepGone,
)
from prosopon.languages import gettext as _
from prosopon.languages import marked
from prosopon.web import (
    actions,
    entrance,
    helping,
    language,
    pages,
    pictures,
    reconciliation,
    users,
)
from prosopon.web.access import Access
from prosopon.web.entrance import Entrance
from prosopon.web.guard import Guard
from prosopon.web.language import Speaking
from prosopon.web.site import Site, open_site

_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


_ON_PAGE: dict[type[Exception], str] = {
    FacesGone: marked("No face is chosen, or somebody else has settled them: load the page again."),
    PersonGone: marked("There is no such person (any more): load the page again."),
    Namesakes: marked("Several persons have this name: choose one from the list."),
    StepGone: marked("The log has no such step."),
}
"""What the page's users can do, where the error itself speaks to the command line's."""


def application(review: Review, access: Access, author: str) -> Starlette:
    """The review page of one collection, as an ASGI application."""
    door = Entrance(review.collection.users, access, author)
    app = Starlette(
        routes=[
            Route("/", pages.overview),
            Route("/questions", pages.ask),
            Route("/clusters", pages.clusters),
            Route("/clusters/{cluster:int}", pages.cluster),
            Route("/clusters/{cluster:int}/{kind}.png", pictures.cluster_summary),
            Route("/people", pages.people),
            Route("/people/{person:uuid}", pages.person),
            Route("/people/{person:uuid}/{kind}.png", pictures.person_summary),
            Route("/photos", pages.photographs),
            Route("/photos/{photo:int}-small.jpg", pictures.small_photo),
            Route("/photos/{photo:int}.jpg", pictures.photo),
            Route("/photos/{photo:int}-full.jpg", pictures.full_photo),
            Route("/photos/{photo:int}", pages.photo),
            Route("/faces/{face:int}.jpg", pictures.face),
            Route("/faces/{face:int}-large.jpg", pictures.large_face),
            Route("/leftovers", pages.leftovers),
            Route("/pairs", pages.compare),
            Route("/check", helping.check),
            Route("/sheets", helping.sheets),
            Route("/log", pages.log),
            Route("/add", pages.add),
            Route("/add.json", pages.intake),
            Route("/search", pages.search),
            Route("/names", pages.names),
            Route("/pulse", pages.pulse),
            Route("/reconcile/{key}", reconciliation.service, methods=["GET", "POST"]),
            Route("/reconcile/{key}/suggest", reconciliation.suggest),
            Route("/reconcile/{key}/preview", reconciliation.preview),
            Route("/contributions", pages.contributions),
            Route("/login", entrance.login),
            Route("/enter", entrance.enter),
            Route("/do/enter", entrance.do_enter, methods=["POST"]),
            Route("/do/leave", entrance.leave, methods=["POST"]),
            Route("/do/author", actions.author, methods=["POST"]),
            Route("/do/language", language.choose, methods=["POST"]),
            Route("/users", users.page),
            Route("/do/users/{change}", users.change, methods=["POST"]),
            Route("/do/{action}", actions.do, methods=["POST"]),
            Route("/static/texts.js", language.script),
            Route("/static/{name}", _static()),
        ],
        middleware=[Middleware(Guard, access=access, entrance=door), Middleware(Speaking)],
        exception_handlers={
            NothingIndexed: _begin,
            ProsoponError: _problem,
            HTTPException: _problem,
        },
    )
    app.state.site = open_site(review, access, author, door)
    return app


def _begin(request: Request, error: Exception) -> Response:
    """Where nothing is indexed yet, every page leads to adding photographs."""
    return _problem(request, error) if request.method == "POST" else RedirectResponse("/add", 303)


def _static() -> Callable[[Request], Response]:
    """Styles and scripts, read once: no name in a request is ever looked up among files."""
    folder = resources.files("prosopon.web") / "static"
    files = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    tags = {name: f'"{sha256(content).hexdigest()[:32]}"' for name, content in files.items()}

    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            raise HTTPException(404)
        headers = {"ETag": tags[name], "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        return Response(files[name], media_type=_KINDS[name.rpartition(".")[2]], headers=headers)

    return answer


def _problem(request: Request, error: Exception) -> Response:
    """What went wrong, as a page or, to a script, as JSON."""
    status = 400
    if isinstance(error, HTTPException):
        status = error.status_code
    elif isinstance(error, NotHere):
        status = 404
    elif isinstance(error, NotAllowed):
        status = 403
    message = str(error)
    if isinstance(error, HTTPException):
        message = _("There is nothing at this address.")
    elif type(error) in _ON_PAGE:
        message = _(_ON_PAGE[type(error)])
    if request.method == "POST":
        return JSONResponse({"error": message}, status)
    if request.state.visit is None:
        return PlainTextResponse(message, status)
    site: Site = request.app.state.site
    return site.page(request, "problem.html", status, title=_("Not here"), message=message)
