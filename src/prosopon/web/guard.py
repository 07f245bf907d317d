"""Who may ask for what: every request passes here before anything else sees it.

- `Host` must be this computer's (no page on the network can rebind its own name to it).
- A change needs the page's own `Origin` and the secret that only its pages hold (CSRF token).
- Nothing is answered to those who did not get in (`Entrance`), but the page where they may.
- A body is read to its end, up to a limit in bytes and seconds, before anybody looks at it.
- Where it was asked for, other programs read who the persons are (`/reconcile/…`) by an address
  that holds a secret of its own, from wherever they run; they can change nothing by it.
- Every answer forbids the browser to load, run or send anything but what is served here, and to
  keep anything that has no `Cache-Control` of its own.
"""

import asyncio
import hmac

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prosopon.web.access import Access, split_address
from prosopon.web.entrance import OPEN, Entrance, Visit

LARGEST_BODY = 1 << 20
"""Bytes in the body of a change: room for the identifiers of 100,000 faces."""
SLOWEST_BODY = 30.0
"""Seconds in which a body must have come."""
LONGEST_ADDRESS = 1000
"""Characters in a path; no address here has more than 100."""
LONGEST_QUERY = 8000
"""Characters after the question mark: room for a search of 500 characters, escaped."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SHARED_HEADERS = {
    **{name: value for name, value in HEADERS.items() if name != "X-Frame-Options"},
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}


class Guard:
    """The middleware: refuses, logs in, or lets pass; adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp, access: Access, entrance: Entrance) -> None:
        self._app = app
        self._access = access
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.visit = None
        shared = _is_below(request.url.path, self._access.service)
        answer: ASGIApp | None = self._refusal(request, shared)
        if answer is None and not shared:
            answer = await self._let_in(request)
        answer = answer or self._app
        if answer is self._app and request.method == "POST":
            body = await whole_body(receive, LARGEST_BODY)
            if body is None:
                answer = refuse("Too much at once, or too slowly.", 413)
            else:
                receive = again(body, receive)
        await answer(scope, receive, with_headers(send, SHARED_HEADERS if shared else HEADERS))

    def _refusal(self, request: Request, shared: bool) -> Response | None:
        """What is refused to anybody.

        shared : for other programs too, since nothing can be changed by it.
        """
        if (refused := out_of_bounds(request, self._access, LARGEST_BODY)) is not None:
            return refused
        origin = None if shared else request.headers.get("origin")
        if origin is not None and split_address(origin).netloc != request.headers["host"]:
            return refuse("Another site asked for this.")
        if request.method != "POST" or shared:
            return None
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return refuse("Another site asked for this.")
        return None

    async def _let_in(self, request: Request) -> Response | None:
        """Let in those who bring the token, turn away those whom nobody knows."""
        if self._access.token and "token" in request.query_params:
            entered = await run_in_threadpool(self._entrance.by_token, request)
            if entered is not None:
                return entered
        visit = await run_in_threadpool(self._entrance.visit, request)
        request.state.visit = visit
        if visit is None and (stranger := await self._stranger(request)) is not None:
            return stranger
        return self._forged(request, visit)

    async def _stranger(self, request: Request) -> Response | None:
        """Where there are users, who is none yet gets the page to log in at, and nothing else."""
        path = request.url.path
        if not await run_in_threadpool(bool, self._entrance.users):
            return refuse("Open the address that Prosopon printed, with its token.", 401)
        if path in OPEN or path.startswith("/static/"):
            return None
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/login", 303)
        return refuse("Log in first.", 401)

    def _forged(self, request: Request, visit: Visit | None) -> Response | None:
        if request.method != "POST":
            return None
        given = request.headers.get("x-csrf-token", "")
        wanted = self._entrance.csrf() if visit is None else visit.csrf
        if hmac.compare_digest(given.encode(), wanted.encode()):
            return None
        return refuse("This page is from before the last start of Prosopon: load it again.")


def out_of_bounds(request: Request, access: Access, largest: int) -> Response | None:
    """What no server here answers: another name, too much at once, other ways of asking.

    largest : bytes in the body of a change.
    """
    host = split_address(f"//{request.headers.get('host', '')}").hostname or ""
    if not access.knows_host(host):
        return refuse(f"This page is not reached under the name {host[:200]!r}.", 421)
    if len(request.url.path) > LONGEST_ADDRESS or len(request.url.query) > LONGEST_QUERY:
        return refuse("No address here is so long.", 414)
    if request.method in ("GET", "HEAD"):
        return None
    if request.method != "POST":
        return refuse("Not a way to ask for anything here.", 405)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 9 or int(length) > largest:
        return refuse("Too much at once.", 413)
    return None


async def whole_body(receive: Receive, largest: int) -> bytes | None:
    """The body; None where it is too large, however it was announced, or comes too slowly."""
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > largest or message["type"] == "http.disconnect":
                    return None
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return None


def again(body: bytes, receive: Receive) -> Receive:
    """What gives the body that was read, then what else comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def refuse(reason: str, status: int = 403) -> Response:
    """An answer that says why there is none."""
    return PlainTextResponse(reason, status)


def _is_below(path: str, service: str) -> bool:
    """Whether a path is that of the service, which may be empty for none, or below it."""
    parts = zip(path.split("/"), service.split("/"), strict=False)
    same = all(hmac.compare_digest(one.encode(), other.encode()) for one, other in parts)
    return bool(service) and same and path.count("/") >= service.count("/")


def with_headers(send: Send, given: dict[str, str]) -> Send:
    """What adds headers to an answer, and that nothing is to be kept."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(given)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return wrapped
