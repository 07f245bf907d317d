"""In which language a browser is answered: its choice, else what it says it understands."""

import json

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from prosopon import languages
from prosopon.errors import UsageError

COOKIE = "prosopon-language"


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")
    language: str = Field(max_length=20)


class Speaking:
    """The middleware: whatever is worded for a request is in the browser's language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with languages.speaking(_wanted(Request(scope))):
            await self._app(scope, receive, send)


def _wanted(request: Request) -> str:
    chosen = request.cookies.get(COOKIE, "")
    understood = [
        part.split(";")[0] for part in request.headers.get("accept-language", "")[:500].split(",")
    ]
    return languages.choose([chosen, *understood])


async def choose(request: Request) -> Response:
    """Remember in this browser which language it wants."""
    try:
        wanted = _Choice.model_validate_json(await request.body()).language
    except ValidationError:
        wanted = ""
    if wanted not in languages.LANGUAGES:
        raise UsageError(
            languages.gettext(
                "%(value)s: expected one of %(known)s.",
                value=repr(wanted)[:40],
                known=", ".join(languages.LANGUAGES),
            )
        )
    answer = JSONResponse({"message": languages.LANGUAGES[wanted], "decisions": []})
    answer.set_cookie(
        COOKIE,
        wanted,
        max_age=31536000,
        httponly=True,
        samesite="strict",
        secure=request.app.state.site.access.secure,
    )
    return answer


def script(request: Request) -> Response:
    """The translations as a module for the page's scripts."""
    texts, plural = languages.for_scripts()
    content = (
        f"export const texts = {json.dumps(texts, ensure_ascii=False)};\n"
        f"export const plural = (n) => Number({plural});\n"
    )
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}
    return Response(content, media_type="text/javascript", headers=headers)
