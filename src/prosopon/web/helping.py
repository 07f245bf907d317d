"""Pages for people who help: names to check, opinions asked for, sheets to print and take back."""

from starlette.requests import Request
from starlette.responses import Response

from prosopon.collection.review import volunteers
from prosopon.web.site import Site


def check(request: Request) -> Response:
    """Names drawn at random, and faces about which somebody wants another opinion."""
    site: Site = request.app.state.site
    faces, quality = volunteers.to_check(site.review)
    wanted = volunteers.opinions(site.review)
    return site.page(request, "check.html", faces=faces, quality=quality, opinions=wanted)


def sheets(request: Request) -> Response:
    """Numbered faces with room to write, for printing."""
    site: Site = request.app.state.site
    after = request.query_params.get("after", "")
    whole = bool(request.query_params.get("photos"))
    made = volunteers.photos if whole else volunteers.cells
    found, rest = made(site.review, after)
    rest = f"photos=1&{rest}" if whole and rest else rest
    return site.page(request, "sheets.html", found=found, whole=whole, after=rest)
