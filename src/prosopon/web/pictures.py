"""Pictures. Browsers keep none: what is forgotten here is not to stay in somebody's profile.

Each is asked for with the key of the session (`Site.picture_key`), and not found without it.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from prosopon.collection import pictures
from prosopon.collection.review import Review, summaries
from prosopon.errors import NotHere
from prosopon.languages import gettext as _
from prosopon.web.pages import identifier
from prosopon.web.site import Site


def face(request: Request) -> Response:
    """A face as sheets show it."""
    number = identifier(request, "face")

    def made() -> bytes:
        found = _review(request).collection.thumbnails([number])
        if not found:
            raise NotHere(_("There is no such picture."))
        return found[number]

    return _picture(request, made)


def large_face(request: Request) -> Response:
    """A face at more than twice the size."""
    number = identifier(request, "face")
    collection = _review(request).collection
    return _picture(request, lambda: pictures.large_face(collection, number))


def small_photo(request: Request) -> Response:
    """A photograph as a grid shows it."""
    return _photo(request, pictures.GRID)


def photo(request: Request) -> Response:
    """A photograph of a screen's size."""
    return _photo(request, pictures.SCREEN)


def full_photo(request: Request) -> Response:
    """A photograph with all its pixels."""
    return _photo(request, None)


def cluster_summary(request: Request) -> Response:
    """What a cluster's faces have in common."""
    faces = summaries.of_cluster(_review(request).view, identifier(request, "cluster"))
    return _summary(request, faces)


def person_summary(request: Request) -> Response:
    """What a person's faces have in common."""
    faces = summaries.of_person(_review(request).view, str(request.path_params["person"]))
    return _summary(request, faces)


def _summary(request: Request, faces: list[int]) -> Response:
    kind = request.path_params["kind"]
    return _picture(request, lambda: summaries.draw(_review(request), kind, faces), "image/png")


def _photo(request: Request, longest_side: int | None) -> Response:
    collection, number = _review(request).collection, identifier(request, "photo")
    return _picture(request, lambda: pictures.whole_photo(collection, number, longest_side))


def _review(request: Request) -> Review:
    site: Site = request.app.state.site
    return site.review


def _picture(request: Request, make: Callable[[], bytes], kind: str = "image/jpeg") -> Response:
    site: Site = request.app.state.site
    if request.query_params.get("of") != site.picture_key:
        raise NotHere(_("This page is from before the last start of Prosopon: load it again."))
    return Response(make(), media_type=kind, headers={"Cache-Control": "no-store"})
