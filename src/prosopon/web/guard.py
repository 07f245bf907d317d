"""Who may ask for what: every request passes here before anything else sees it.

- `Host` must be this computer's (no page on the network can rebind its own name to it).
- A change needs the page's own `Origin` and the secret that only its pages hold (CSRF token).
- Nothing is answered without the token in the address that was printed: other users of this
  computer reach the port too. The browser gets a cookie for it.
- A body is read to its end, up to a limit in bytes and seconds, before anybody looks at it.
- Where it was asked for, other programs read who the persons are (`/reconcile/…`) by an address
  that holds a secret of its own, from wherever they run; they can change nothing by it.
- Every answer forbids the browser to load, run or send anything but what is served here, and to
  keep anything that has no `Cache-Control` of its own.
"""

import asyncio
import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import SplitResult, urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prosopon.errors import UsageError

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
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only programs on this computer can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """Under which names the page is reached, and with which secrets."""

    host: str = "127.0.0.1"
    """The address to listen at."""
    port: int = 8765
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """What a visitor must know: new for each session. Empty, on loopback alone: every user of this
    computer may read and change the collection."""
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    reconcile: bool = False
    """Other programs may match names with the collection's persons."""
    behind: str = ""
    """The https address of a proxy on this computer that others reach it by; empty: no proxy."""

    def __post_init__(self) -> None:
        if self.behind:
            proxy = _split(self.behind)
            if proxy.scheme != "https" or not proxy.hostname or proxy.path not in ("", "/"):
                raise UsageError(
                    f"--behind {self.behind}: expected the proxy's address with TLS and without a "
                    "path, such as https://photographs.example.org"
                )
            if not is_loopback(self.host) or len(self.token) < 16:
                raise UsageError(
                    "--behind: the proxy is on this computer, so leave --host at 127.0.0.1; and "
                    "give a secret of at least 16 characters with --token"
                )
        if not is_loopback(self.host) and len(self.token) < 16:
            raise UsageError(
                f"--host {self.host}: others on the network could read and change the collection; "
                "give a secret of at least 16 characters with --token"
            )

    @property
    def url(self) -> str:
        """Where to point the browser."""
        if self.behind:
            return f"{self.behind.rstrip('/')}/?token={self.token}"
        host = self.host if is_loopback(self.host) else "localhost"
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}/" + (f"?token={self.token}" if self.token else "")

    @property
    def service(self) -> str:
        """The path of the reconciliation service, the same in each session with one token; empty
        where there is none."""
        key = hmac.new(self.token.encode(), b"reconcile", sha256).hexdigest()[:24]
        return f"/reconcile/{key}" if self.reconcile else ""

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value of the cookie of those who gave the token."""
        value = hmac.new(self.csrf.encode(), self.token.encode(), sha256).hexdigest()
        return f"prosopon-{self.port}", value

    def knows_host(self, host: str) -> bool:
        """Whether `host` (without port) is a name of this computer."""
        if host in _LOOPBACK_NAMES or (self.behind and host == _split(self.behind).hostname):
            return True
        if is_loopback(self.host):
            return False
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host in {self.host, socket.gethostname().lower(), socket.getfqdn().lower()}
        return True  # a number can't be rebound to another computer


class Guard:
    """The middleware: refuses, logs in, or lets pass; adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope)
        shared = _is_below(request.url.path, self._access.service)
        answer = self._refusal(request, shared) or self._app
        if not shared and answer is self._app:
            answer = self._entrance(request) or self._app
        if answer is self._app and request.method == "POST":
            body = await _whole_body(receive)
            if body is None:
                answer = _refuse("Too much at once, or too slowly.", 413)
            else:
                receive = _again(body, receive)
        await answer(scope, receive, _with_headers(send, SHARED_HEADERS if shared else HEADERS))

    def _refusal(self, request: Request, shared: bool) -> Response | None:
        """shared : for other programs too, since nothing can be changed by it."""
        host = _split(f"//{request.headers.get('host', '')}").hostname or ""
        if not self._access.knows_host(host):
            return _refuse(f"This page is not reached under the name {host[:200]!r}.", 421)
        if len(request.url.path) > LONGEST_ADDRESS or len(request.url.query) > LONGEST_QUERY:
            return _refuse("No address here is so long.", 414)
        origin = None if shared else request.headers.get("origin")
        if origin is not None and _split(origin).netloc != request.headers["host"]:
            return _refuse("Another site asked for this.")
        if request.method in ("GET", "HEAD"):
            return None
        if request.method != "POST":
            return _refuse("Not a way to ask for anything here.", 405)
        if not shared and (refused := self._not_of_the_page(request)):
            return refused
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 9 or int(length) > LARGEST_BODY:
            return _refuse("Too much at once.", 413)
        return None

    def _not_of_the_page(self, request: Request) -> Response | None:
        """Refuse a change that a page of ours did not ask for."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refuse("Another site asked for this.")
        given = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode(), self._access.csrf.encode()):
            return _refuse("This page is from before the last start of Prosopon: load it again.")
        return None

    def _entrance(self, request: Request) -> Response | None:
        """Let in those who bring the token, turn away those who never did."""
        if not self._access.token:
            return None
        name, value = self._access.cookie
        given = request.query_params.get("token", "")
        if hmac.compare_digest(given.encode(), self._access.token.encode()):
            rest = [(k, v) for k, v in request.query_params.multi_items() if k != "token"]
            # one slash: two would be an address on another computer
            path = "/" + request.url.path.lstrip("/")
            entered = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303)
            entered.set_cookie(
                name, value, httponly=True, samesite="strict", secure=bool(self._access.behind)
            )
            return entered
        if hmac.compare_digest(request.cookies.get(name, "").encode(), value.encode()):
            return None
        return _refuse("Open the address that Prosopon printed, with its token.", 401)


def _split(address: str) -> SplitResult:
    """The parts of an address; of what is none, empty ones."""
    try:
        parts = urlsplit(address)
        _ = parts.hostname
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


async def _whole_body(receive: Receive) -> bytes | None:
    """The body; None where it is too large, however it was announced, or comes too slowly."""
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY or message["type"] == "http.disconnect":
                    return None
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return None


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives the body that was read, then what else comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _refuse(reason: str, status: int = 403) -> Response:
    return PlainTextResponse(reason, status)


def _is_below(path: str, service: str) -> bool:
    """Whether a path is that of the service, which may be empty for none, or below it."""
    parts = zip(path.split("/"), service.split("/"), strict=False)
    same = all(hmac.compare_digest(one.encode(), other.encode()) for one, other in parts)
    return bool(service) and same and path.count("/") >= service.count("/")


def _with_headers(send: Send, given: dict[str, str]) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(given)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return wrapped
