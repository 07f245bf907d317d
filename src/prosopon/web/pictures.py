"""Pictures. Browsers may keep them: a face's never changes, a photograph's is asked after."""

from collections.abc import Callable
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from prosopon.collection.review import Desk, glances, pictures
from prosopon.web.pages import identifier
from prosopon.web.site import Site

_FOR_EVER = "private, max-age=31536000, immutable"
_ASK_FIRST = "private, no-cache"


def face(request: Request) -> Response:
    """A face as sheets show it."""
    number = identifier(request, "face")
    return _picture(
        request, str(number), _FOR_EVER, lambda: pictures.thumbnail(_desk(request), number)
    )


def large_face(request: Request) -> Response:
    """A face at more than twice the size."""
    number = identifier(request, "face")
    return _picture(
        request, f"{number}-large", _FOR_EVER, lambda: pictures.portrait(_desk(request), number)
    )


def photo(request: Request) -> Response:
    """A photograph of a screen's size."""
    return _photo(request, full=False)


def full_photo(request: Request) -> Response:
    """A photograph with all its pixels."""
    return _photo(request, full=True)


def cluster_glance(request: Request) -> Response:
    """What a cluster's faces have in common."""
    faces = glances.of_cluster(_desk(request).snapshot(), identifier(request, "cluster"))
    return _glance(request, faces)


def person_glance(request: Request) -> Response:
    """What a person's faces have in common."""
    faces = glances.of_person(_desk(request).snapshot(), str(request.path_params["person"]))
    return _glance(request, faces)


def _glance(request: Request, faces: list[int]) -> Response:
    kind = request.path_params["kind"]
    tag = sha256(f"{kind}{faces}".encode()).hexdigest()[:32]
    return _picture(
        request, tag, _ASK_FIRST, lambda: glances.draw(_desk(request), kind, faces), "image/png"
    )


def _photo(request: Request, *, full: bool) -> Response:
    desk, number = _desk(request), identifier(request, "photo")
    version = pictures.photograph_version(desk, number)
    return _picture(
        request,
        f"{version}-{full:d}",
        _ASK_FIRST,
        lambda: pictures.photograph(desk, number, full=full),
    )


def _desk(request: Request) -> Desk:
    site: Site = request.app.state.site
    return site.desk


def _picture(
    request: Request, tag: str, keep: str, make: Callable[[], bytes], kind: str = "image/jpeg"
) -> Response:
    headers = {"ETag": f'"{tag}"', "Cache-Control": keep}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(make(), media_type=kind, headers=headers)
