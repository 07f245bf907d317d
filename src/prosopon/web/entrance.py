"""Who is asking, and how they get in: the token of the printed address, a link, a password.

A session is known by a random cookie and kept in memory alone. What its user may do is looked up
for every request, so that who is removed, or gets another password or link, is out at once.
"""

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from prosopon.collection.rights import Role
from prosopon.collection.users import LONGEST_PASSWORD, Users
from prosopon.errors import NotAllowed
from prosopon.languages import gettext as _
from prosopon.web.access import Access

LONGEST_IDLE = 12 * 3600.0
"""Seconds after which a session without requests ends."""
MOST_SESSIONS = 10_000
TRIES = 5
"""Wrong passwords for one name before each further try waits `PAUSE` seconds."""
PAUSE = 30.0
OPEN = frozenset({"/login", "/enter", "/do/enter"})
"""What is answered to those whom nobody knows, where there are users; besides styles, scripts."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for something."""

    user: str
    """Name; empty where there are no users: then the browser says whose decisions they are."""
    role: Role
    session: str
    """Empty where nobody is asked who they are."""
    csrf: str
    """What a change must bring along."""


@dataclass(slots=True)
class _Session:
    user: str
    stamp: str
    seen: float


class Entrance:
    """Lets in, and tells who is in. Several threads may use it."""

    def __init__(self, users: Users, access: Access, author: str) -> None:
        """author : as whom the token of the printed address lets in, where there are users."""
        self.users = users
        self._access = access
        self._author = author
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._tries = Tries()
        self._lock = threading.Lock()
        self._hashing = threading.Lock()  # a password takes 64 MB for a moment

    def visit(self, request: Request) -> Visit | None:
        """Who asks; None for somebody who has to get in first."""
        known = self.users.stamps()
        name = request.cookies.get(self._access.cookie, "")
        found = self._session(name)
        if not known:
            if not self._access.token:
                return Visit("", Role.OWNER, "", self._access.csrf)
            entered = found is not None and not found.user
            return Visit("", Role.OWNER, name, self._access.csrf) if entered else None
        if found is None or found.user not in known:
            return None
        user, stamp = known[found.user]
        if not hmac.compare_digest(stamp, found.stamp):
            return None
        return Visit(user.name, user.role, name, self.csrf(name))

    def csrf(self, session: str = "") -> str:
        """The secret of one session's pages; of the page where one gets in."""
        return hmac.new(self._access.csrf.encode(), session.encode(), sha256).hexdigest()

    def by_token(self, request: Request) -> Response | None:
        """Let in who brings the token, and lead on without it; None for who does not."""
        given = request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self._access.token.encode()):
            return None
        known = self.users.stamps()
        if known and self._author not in known:
            return None
        rest = [(k, v) for k, v in request.query_params.multi_items() if k != "token"]
        # one slash: two would be an address on another computer
        path = "/" + request.url.path.lstrip("/")
        answer = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303)
        stamp = known[self._author][1] if known else ""
        return self._enter(answer, self._author if known else "", stamp)

    def by_link(self, secret: str) -> Response | None:
        """Let in who brings a link; None for one that is none."""
        user = self.users.by_link(secret)
        return None if user is None else self._welcome(Response(), user.name)

    def by_password(self, name: str, password: str) -> Response | None:
        """Let in by name and password; None if they are wrong. Raises NotAllowed: too many."""
        self._tries.take(name)
        with self._hashing:
            user = self.users.by_password(name, password)
        if user is None:
            return None
        self._tries.forget(name)
        return self._welcome(JSONResponse({"message": user.name, "decisions": []}), user.name)

    def leave(self, session: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(session, None)

    def _welcome(self, answer: Response, user: str) -> Response | None:
        known = self.users.stamps()
        return self._enter(answer, user, known[user][1]) if user in known else None

    def _enter(self, answer: Response, user: str, stamp: str) -> Response:
        session = secrets.token_urlsafe(24)
        with self._lock:
            self._sessions[session] = _Session(user, stamp, time.monotonic())
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        answer.set_cookie(
            self._access.cookie,
            session,
            httponly=True,
            samesite="strict",
            secure=self._access.secure,
        )
        return answer

    def _session(self, name: str) -> _Session | None:
        with self._lock:
            found = self._sessions.get(name)
            now = time.monotonic()
            if found is not None and now - found.seen > LONGEST_IDLE:
                del self._sessions[name]
                return None
            if found is not None:
                found.seen = now
                self._sessions.move_to_end(name)
            return found


class Tries:
    """How often passwords may be tried: a few times for each name, then slowly."""

    MOST_NAMES = 1000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Name → tries used up, and when that was counted."""

    def take(self, name: str) -> None:
        """Count a try. Raises NotAllowed where it has to wait."""
        for key, most in ((name.casefold()[:100], TRIES), ("", TRIES * 10)):
            self._take(key, most)

    def forget(self, name: str) -> None:
        """Start anew: it was the right one."""
        with self._lock:
            self._used.pop(name.casefold()[:100], None)

    def _take(self, key: str, most: int) -> None:
        now = time.monotonic()
        with self._lock:
            used, at = self._used.get(key, (0.0, now))
            used = max(used - (now - at) / PAUSE * most / TRIES, 0.0)
            if used + 1 > most:
                raise NotAllowed(_("Too many tries: wait for half a minute."))
            self._used[key] = (used + 1, now)
            self._used.move_to_end(key)
            while len(self._used) > self.MOST_NAMES:
                self._used.popitem(last=False)


class _Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=500)
    password: str = Field(max_length=LONGEST_PASSWORD)


def _entrance(request: Request) -> Entrance:
    entrance: Entrance = request.app.state.site.entrance
    return entrance


def login(request: Request) -> Response:
    """Where one gets in by name and password."""
    if request.state.visit is not None:
        return RedirectResponse("/", 303)
    page: Response = request.app.state.site.bare_page(request, "login.html")
    return page


def enter(request: Request) -> Response:
    """Where a link leads: in, by a page of ours, as browsers bring no cookie from elsewhere."""
    entered = _entrance(request).by_link(request.query_params.get("link", "")[:200])
    if entered is None:
        page: Response = request.app.state.site.bare_page(
            request, "login.html", 401, problem=_("This link is of no use (any more).")
        )
        return page
    answer: Response = request.app.state.site.bare_page(request, "enter.html")
    answer.headers["set-cookie"] = entered.headers["set-cookie"]
    return answer


async def do_enter(request: Request) -> Response:
    """Name and password."""
    wrong = JSONResponse({"error": _("This name or this password is wrong.")}, 401)
    try:
        said = _Credentials.model_validate_json(await request.body())
    except ValidationError:
        return wrong
    entrance = _entrance(request)
    entered = await run_in_threadpool(entrance.by_password, said.name, said.password)
    return entered or wrong


def leave(request: Request) -> Response:
    """Log out."""
    _entrance(request).leave(request.state.visit.session)
    return JSONResponse({"message": "", "decisions": []})
