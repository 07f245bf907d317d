"""Faces for other programs on this computer, by interfaces that they know already.

- ResourceSpace's plugin "faces": `POST /extract_faces` (multipart, `file`) and
  `POST /find_similar_faces` (JSON `ref, db, threshold, k, tagged_only`). There, `ref` is a face of
  the collection: ResourceSpace's own database is not asked.
- LocalAI: `POST /v1/face/verify`, `embed`, `register`, `identify`, `forget` (JSON). Pictures come
  in the request, as base64 or a data URI; addresses are not fetched.

The secret is the first part of the path (`http://127.0.0.1:8766/SECRET`), or comes as
`Authorization: Bearer SECRET`. The limits of `guard` hold.
"""

import base64
import binascii
import hmac
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from prosopon.collection.face_service import FaceService, ServedFace
from prosopon.errors import Busy, NotHere, ProsoponError, UsageError
from prosopon.web.access import Access
from prosopon.web.guard import HEADERS, again, out_of_bounds, refuse, whole_body, with_headers

LARGEST_PICTURES = 64 << 20
"""Bytes in a request: two photographs as base64."""


def face_service(faces: FaceService, access: Access) -> Starlette:
    """The service of one collection, as an ASGI application. Each route names its interface."""
    app = Starlette(
        routes=[
            Route("/extract_faces", extract_faces, methods=["POST"]),
            Route("/find_similar_faces", find_similar_faces, methods=["POST"]),
            *(
                Route(f"/v1/face/{name}", answer, methods=["POST"])
                for name, answer in _LOCALAI.items()
            ),
        ],
        middleware=[Middleware(SecretGuard, access=access)],
        exception_handlers={ProsoponError: _problem, HTTPException: _problem},
    )
    app.state.faces = faces
    return app


class SecretGuard:
    """Lets programs pass that bring the secret, and no page of any site."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer: ASGIApp = out_of_bounds(request, self._access, LARGEST_PICTURES) or self._app
        if answer is self._app and "origin" in request.headers:
            answer = refuse("Pages of sites are not answered.")
        if answer is self._app and (path := self._allowed(request)) is None:
            answer = refuse("The secret is missing: as Bearer, or first in the path.", 401)
        if answer is self._app and request.method == "POST":
            scope = {**scope, "path": path, "raw_path": str(path).encode()}
            body = await whole_body(receive, LARGEST_PICTURES)
            if body is None:
                answer = refuse("Too much at once, or too slowly.", 413)
            else:
                receive = again(body, receive)
        await answer(scope, receive, with_headers(send, HEADERS))

    def _allowed(self, request: Request) -> str | None:
        """The path without the secret; None where that was not brought."""
        path, token = request.url.path, self._access.token
        if not token:
            return path
        _, first, *rest = path.split("/", 2)
        if hmac.compare_digest(first.encode(), token.encode()):
            return "/" + "".join(rest)
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return path if hmac.compare_digest(given.encode(), token.encode()) else None


class _Asked(BaseModel):
    """A request in JSON; what an interface has besides is passed over."""

    model_config = ConfigDict(extra="ignore")


Kind = TypeVar("Kind", bound=_Asked)


class _Similar(_Asked):
    ref: int
    threshold: float = Field(0.0, ge=-1, le=1)
    k: int = Field(10, ge=1, le=10_000)
    tagged_only: bool = False


class _Picture(_Asked):
    img: str


class _Verify(_Asked):
    img1: str
    img2: str
    threshold: float = Field(0.0, ge=0, le=2)


class _Register(_Asked):
    name: str
    img: str = ""
    embedding: list[float] = Field(default_factory=list, max_length=10_000)
    labels: dict[str, str] = Field(default_factory=dict, max_length=100)


class _Identify(_Picture):
    top_k: int = Field(0, ge=0, le=10_000)
    threshold: float = Field(0.0, ge=0, le=2)


class _Forget(_Asked):
    id: str


async def extract_faces(request: Request) -> Response:
    """ResourceSpace: the faces in a picture, each with `bbox`, `embedding` and `det_score`."""
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise UsageError("expected a form with the picture as `file`")
        picture = await file.read()
    found = await run_in_threadpool(_faces(request).extract, picture)
    return JSONResponse(
        [
            {"bbox": [*face.box], "embedding": face.vector.tolist(), "det_score": face.score}
            for face in found
        ]
    )


async def find_similar_faces(request: Request) -> Response:
    """ResourceSpace: faces like one of the collection's, with `ref`, `resource`, `similarity`."""
    asked = await _read(request, _Similar)
    found = await run_in_threadpool(
        _faces(request).similar, asked.ref, asked.threshold, asked.k, asked.tagged_only
    )
    return JSONResponse(
        [
            {
                "ref": one.face,
                "resource": one.photo,
                "bbox": [*one.box],
                "similarity": one.cosine,
                "node": None,
                "name": one.person,
            }
            for one in found
        ]
    )


async def verify(request: Request) -> Response:
    """LocalAI: whether two pictures are of one person."""
    start = time.perf_counter()
    asked, faces = await _read(request, _Verify), _faces(request)
    one = await run_in_threadpool(faces.main_face, _picture(asked.img1))
    other = await run_in_threadpool(faces.main_face, _picture(asked.img2))
    threshold = asked.threshold or 1 - faces.threshold
    distance = 1 - faces.cosine(one, other)
    return JSONResponse(
        {
            "verified": distance <= threshold,
            "distance": distance,
            "threshold": threshold,
            "confidence": _confidence(distance, threshold),
            "model": faces.model,
            "img1_area": _area(one),
            "img2_area": _area(other),
            "processing_time_ms": 1000 * (time.perf_counter() - start),
        }
    )


async def embed(request: Request) -> Response:
    """LocalAI: the vector of the face that a picture is of."""
    asked, faces = await _read(request, _Picture), _faces(request)
    found = await run_in_threadpool(faces.main_face, _picture(asked.img))
    vector = found.vector.tolist()
    return JSONResponse({"embedding": vector, "dim": len(vector), "model": faces.model})


async def register(request: Request) -> Response:
    """LocalAI: remember a face, from a picture or as a vector, until the service ends."""
    asked, faces = await _read(request, _Register), _faces(request)
    if bool(asked.img) == bool(asked.embedding):
        raise UsageError("give exactly one of img and embedding")
    vector: Sequence[float] = asked.embedding
    if asked.img:
        face = await run_in_threadpool(faces.main_face, _picture(asked.img))
        vector = face.vector.tolist()
    made = faces.register(asked.name, vector, asked.labels)
    return JSONResponse({"id": made.id, "name": made.name, "registered_at": made.at.isoformat()})


async def identify(request: Request) -> Response:
    """LocalAI: the registered, and the collection's named persons, who resemble a face most."""
    asked, faces = await _read(request, _Identify), _faces(request)
    probe = await run_in_threadpool(faces.main_face, _picture(asked.img))
    threshold = asked.threshold or 1 - faces.threshold
    found = await run_in_threadpool(faces.identify, probe.vector, asked.top_k or 5)
    return JSONResponse(
        {
            "matches": [
                {
                    "id": one.id,
                    "name": one.name,
                    **({"labels": dict(one.labels)} if one.labels else {}),
                    "distance": 1 - one.cosine,
                    "confidence": _confidence(1 - one.cosine, threshold),
                    "match": 1 - one.cosine <= threshold,
                }
                for one in found
            ]
        }
    )


async def forget(request: Request) -> Response:
    """LocalAI: forget a registered face."""
    asked = await _read(request, _Forget)
    _faces(request).forget(asked.id)
    return Response(status_code=204)


_LOCALAI: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
    "verify": verify,
    "embed": embed,
    "register": register,
    "identify": identify,
    "forget": forget,
}


def _faces(request: Request) -> FaceService:
    found: FaceService = request.app.state.faces
    return found


async def _read(request: Request, kind: type[Kind]) -> Kind:
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{where}: {first['msg']}" if where else first["msg"]) from None


def _picture(text: str) -> bytes:
    """The picture in a field. Raises UsageError for an address, or what is no base64."""
    if text.startswith(("http:", "https:")):
        raise UsageError("addresses are not fetched: send the picture as base64 or a data URI")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("the picture is no base64") from None


def _confidence(distance: float, threshold: float) -> float:
    """0 at the threshold and beyond, 100 for the same picture: LocalAI's measure."""
    if not threshold or math.isnan(distance):
        return 0.0
    return min(max((1 - distance / threshold) * 100, 0.0), 100.0)


def _area(face: ServedFace) -> dict[str, float]:
    x1, y1, x2, y2 = face.box
    return {"x": x1, "y": y1, "w": x2 - x1, "h": y2 - y1}


def _problem(_: Request, error: Exception) -> Response:
    status = 400
    if isinstance(error, HTTPException):
        status, message = error.status_code, error.detail
    else:
        message = str(error)
    if isinstance(error, NotHere):
        status = 404
    elif isinstance(error, Busy):
        status = 503
    return JSONResponse({"error": {"message": message, "code": status}}, status)
