"""What every answer needs: the review, the templates, who is asking."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from prosopon import languages
from prosopon.collection.review import Review, pages
from prosopon.collection.review.views import Progress
from prosopon.collection.rights import Role
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.metadata.date_text import date_text
from prosopon.persons import clean_name
from prosopon.report.page import environment
from prosopon.web.access import Access
from prosopon.web.entrance import Entrance, Visit

AUTHOR_COOKIE = "prosopon-author"
SURE_FROM = 0.9
"""Probability from which one answer takes several suggestions at once."""


@dataclass(frozen=True, slots=True)
class Site:
    """One collection being served."""

    review: Review
    access: Access
    author: str
    """Whose decisions they are, unless the page says otherwise."""
    entrance: Entrance

    @property
    def name(self) -> str:
        """What the collection is called."""
        return Path(self.review.collection.store.name).stem

    @property
    def picture_key(self) -> str:
        """What the address of every picture carries: of this session with this collection. Pages
        that were left open from another get no picture, for it would show other people.
        """
        return sha256(f"pictures {self.access.csrf}".encode()).hexdigest()[:16]

    def author_of(self, request: Request) -> str:
        """Who decides in this browser."""
        if request.state.visit.user:
            return str(request.state.visit.user)
        try:
            return clean_name(unquote(request.cookies.get(AUTHOR_COOKIE, "")))
        except UsageError:
            return self.author

    def holder(self, request: Request) -> str:
        """As whom this browser holds the questions that it asks."""
        session = request.state.visit.session or self.author_of(request)
        return sha256(session.encode()).hexdigest()

    def page(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page made from `template`, with what the frame around it needs."""
        indexed = self.review.collection.is_indexed
        progress = pages.progress(self.review) if indexed else Progress()
        shown = (
            _templates()
            .get_template(template)
            .render(
                request=request,
                collection=self.name,
                csrf=request.state.visit.csrf,
                visit=request.state.visit,
                picture_key=self.picture_key,
                author=self.author_of(request),
                progress=progress,
                log_length=self.review.view.length if indexed else 0,
                recent=pages.recent(self.review) if indexed else [],
                sure_from=SURE_FROM,
                namesake=partial(pages.namesake, self.review),
                intake=self.review.intake.state,
                scripts=_scripts(),
                language=languages.current(),
                languages=languages.LANGUAGES,
                direction=languages.direction(),
                navigation=(
                    ("/", _("Overview"), 0),
                    ("/questions", _("Questions"), 0),
                    ("/clusters", _("Clusters"), progress.clusters),
                    ("/photos", _("Photographs"), 0),
                    ("/people", _("People"), progress.people),
                    ("/leftovers", _("Faces alone"), progress.alone),
                    *self._contributions(request),
                    ("/log", _("Log"), 0),
                    *([("/add", _("Add"), 0)] if request.state.visit.role is Role.OWNER else []),
                ),
                **values,
            )
        )
        return HTMLResponse(shown, status)

    def bare_page(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page for those who are not in, which says nothing of the collection."""
        shown = (
            _templates()
            .get_template(template)
            .render(
                csrf=self.entrance.csrf(),
                language=languages.current(),
                direction=languages.direction(),
                **{"problem": "", **values},
            )
        )
        return HTMLResponse(shown, status)

    def _contributions(self, request: Request) -> list[tuple[str, str, int]]:
        """The page of suggestions, for those who make them or decide on them."""
        visit: Visit = request.state.visit
        if not visit.user or visit.role is Role.READER or not self.review.collection.is_indexed:
            return []
        waiting = self.review.view.state.contributions
        decides = visit.role.includes(Role.CURATOR)
        shown = {(e.author, e.at) for e in waiting if decides or e.author == visit.user}
        return [("/contributions", _("Suggestions"), len(shown))]


def open_site(review: Review, access: Access, author: str, entrance: Entrance) -> Site:
    """Make a site; `author` is a name. Raises UsageError."""
    return Site(review, access, clean_name(author), entrance)


@cache
def _scripts() -> list[str]:
    """Modules that every page takes: told at its top, they come before its pictures."""
    files = (resources.files("prosopon.web") / "static").iterdir()
    return sorted(
        {file.name for file in files if file.name.endswith(".js")} - {"login.js"} | {"texts.js"}
    )


@cache
def _templates() -> Environment:
    """The templates, compiled once."""
    templates = environment("prosopon.web")
    templates.filters |= {"moment": _moment, "when": date_text, "bdi": _isolated}
    return templates


def author_cookie(author: str) -> str:
    """A name as a cookie can hold it."""
    return quote(clean_name(author))


def _moment(at: datetime) -> Markup:
    """A time in the place of whoever runs this."""
    local = at.astimezone()
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), languages.moment_text(local)
    )


def _isolated(text: str) -> Markup:
    """A name in a sentence, whichever way it is written."""
    return Markup("<bdi>{}</bdi>").format(text)
