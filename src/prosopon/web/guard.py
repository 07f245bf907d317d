"""Who may ask for what: every request passes here before anything else sees it.

- `Host` must be this computer's (no page on the network can rebind its own name to it).
- A change needs the page's own `Origin` and the secret that only its pages hold (CSRF token).
- Where a token is set, nothing is answered without it; the browser gets a cookie for it.
- Every answer forbids the browser to load, run or send anything but what is served here.
"""

import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prosopon.errors import UsageError

LARGEST_BODY = 1 << 20
"""Bytes in the body of a change: room for the identifiers of 100,000 faces."""
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
    token: str = ""
    """What a visitor must know; may be empty on loopback alone."""
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and len(self.token) < 16:
            raise UsageError(
                f"--host {self.host}: others on the network could read and change the collection; "
                "give a secret of at least 16 characters with --token"
            )

    @property
    def url(self) -> str:
        """Where to point the browser on this computer."""
        host = self.host if is_loopback(self.host) else "localhost"
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}/" + (f"?token={self.token}" if self.token else "")

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value of the cookie of those who gave the token."""
        value = hmac.new(self.csrf.encode(), self.token.encode(), sha256).hexdigest()
        return f"prosopon-{self.port}", value

    def knows_host(self, host: str) -> bool:
        """Whether `host` (without port) is a name of this computer."""
        if host in _LOOPBACK_NAMES:
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
        answer = self._refusal(request) or self._entrance(request) or self._app
        await answer(scope, receive, _with_headers(send))

    def _refusal(self, request: Request) -> Response | None:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if not self._access.knows_host(host):
            return _refuse(f"This page is not reached under the name {host!r}.", 421)
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers["host"]:
            return _refuse("Another site asked for this.")
        if request.method in ("GET", "HEAD"):
            return None
        if request.method != "POST":
            return _refuse("Not a way to ask for anything here.", 405)
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _refuse("Another site asked for this.")
        given = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode(), self._access.csrf.encode()):
            return _refuse("This page is from before the last start of Prosopon: load it again.")
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return _refuse("Too much at once.", 413)
        return None

    def _entrance(self, request: Request) -> Response | None:
        """Where a token is set: let in those who bring it, turn away those who never did."""
        if not self._access.token:
            return None
        name, value = self._access.cookie
        given = request.query_params.get("token", "")
        if hmac.compare_digest(given.encode(), self._access.token.encode()):
            entered = RedirectResponse("/", 303)
            entered.set_cookie(name, value, httponly=True, samesite="strict")
            return entered
        if hmac.compare_digest(request.cookies.get(name, "").encode(), value.encode()):
            return None
        return _refuse("Open the address that Prosopon printed, with its token.", 401)


def _refuse(reason: str, status: int = 403) -> Response:
    return PlainTextResponse(reason, status)


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return wrapped
