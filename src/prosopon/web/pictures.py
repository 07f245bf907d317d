"""Pictures. Browsers may keep them: a face's never changes, a photograph's is asked after."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from prosopon.web.pages import identifier
from prosopon.web.site import Site
from prosopon.workflows.review import Desk, pictures

_FOR_EVER = "private, max-age=31536000, immutable"
_ASK_FIRST = "private, no-cache"


def face(request: Request) -> Response:
    """A face as sheets show it."""
    number = identifier(request, "face")
    return _jpeg(
        request, str(number), _FOR_EVER, lambda: pictures.thumbnail(_desk(request), number)
    )


def large_face(request: Request) -> Response:
    """A face at more than twice the size."""
    number = identifier(request, "face")
    return _jpeg(
        request, f"{number}-large", _FOR_EVER, lambda: pictures.portrait(_desk(request), number)
    )


def photo(request: Request) -> Response:
    """A photograph of a screen's size."""
    return _photo(request, full=False)


def full_photo(request: Request) -> Response:
    """A photograph with all its pixels."""
    return _photo(request, full=True)


def _photo(request: Request, *, full: bool) -> Response:
    desk, number = _desk(request), identifier(request, "photo")
    version = pictures.photograph_version(desk, number)
    return _jpeg(
        request,
        f"{version}-{full:d}",
        _ASK_FIRST,
        lambda: pictures.photograph(desk, number, full=full),
    )


def _desk(request: Request) -> Desk:
    site: Site = request.app.state.site
    return site.desk


def _jpeg(request: Request, tag: str, keep: str, make: Callable[[], bytes]) -> Response:
    headers = {"ETag": f'"{tag}"', "Cache-Control": keep}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(make(), media_type="image/jpeg", headers=headers)
