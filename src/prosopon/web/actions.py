"""The changes: read what the page says, call one method, answer with what was done."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from prosopon.collection.contributions import Contributions
from prosopon.collection.deciding import ActionResult
from prosopon.collection.people import People
from prosopon.collection.review import Review, pages, pairs, questions
from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.collection.upright import Upright
from prosopon.errors import NotAllowed, UsageError
from prosopon.languages import gettext as _
from prosopon.languages import marked
from prosopon.people.decisions import WHOLE
from prosopon.people.kinds import MARKS, Kind
from prosopon.web.site import AUTHOR_COOKIE, Site, author_cookie

Identifier = Annotated[str, Field(max_length=64)]
FaceIds = Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(max_length=200_000)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


T = TypeVar("T", bound=_Said)


class OnFaces(_Said):
    """A decision on faces."""

    faces: FaceIds = []
    others: FaceIds = []
    cluster: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    question: Annotated[str, Field(max_length=200)] = ""
    person: Identifier = ""
    name: str = ""
    fresh: bool = False
    doubtful: bool = False
    waiting: bool = False

    @property
    def faces_meant(self) -> FaceSelection:
        return FaceSelection(self.faces, self.others, self.cluster, self.waiting)

    @property
    def who(self) -> PersonRef:
        return PersonRef(self.person, self.name, self.fresh)


class Steps(_Said):
    """Entries of the log."""

    decisions: Annotated[list[Identifier], Field(max_length=1000)] = []


class NewPerson(_Said):
    name: str
    nameless: bool = False


class Changes(_Said):
    """What is known of a person."""

    person: Identifier
    name: str
    nameless: bool = False
    variants: list[str] = []
    born: str = ""
    died: str = ""
    note: str = ""
    links: list[str] = []
    restricted: bool = False


class AboutPerson(_Said):
    """Somebody, chosen from the list or by a name."""

    person: Identifier = ""
    name: str = ""
    fresh: bool = False

    @property
    def who(self) -> PersonRef:
        return PersonRef(self.person, self.name, self.fresh)


class Merge(_Said):
    kept: Identifier
    other: AboutPerson


class Unite(_Said):
    """Two persons are one."""

    kept: Identifier
    gone: Identifier


class Apart(_Said):
    """Two faces are two persons."""

    one: Annotated[int, Field(ge=0, lt=2**63)]
    other: Annotated[int, Field(ge=0, lt=2**63)]


class Pair(AboutPerson):
    """Two faces: one person, or two.

    known : whom the other shows; where it shows nobody known, both may be given a name.
    """

    face: Annotated[int, Field(ge=0, lt=2**63)]
    other: Annotated[int, Field(ge=0, lt=2**63)]
    same: bool
    known: Identifier = ""

    @property
    def compared(self) -> pairs.Compared:
        who = self.who if self.name or self.person else None
        return pairs.Compared(self.face, self.other, self.same or bool(who), self.known, who)


class Pairs(_Said):
    """What somebody said of a page of pairs."""

    pairs: Annotated[list[Pair], Field(max_length=100)]


class Sheet(_Said):
    """What volunteers wrote."""

    text: Annotated[str, Field(max_length=100_000)]
    by: Annotated[str, Field(max_length=500)] = ""


class Present(AboutPerson):
    photo: Annotated[int, Field(ge=0, lt=2**63)]
    box: tuple[float, float, float, float] = WHOLE


class Dated(_Said):
    """When a photograph was taken."""

    photo: Annotated[int, Field(ge=0, lt=2**63)]
    taken: Annotated[str, Field(max_length=100)]


class Folders(_Said):
    """Where photographs are."""

    folders: Annotated[list[Annotated[str, Field(max_length=4096)]], Field(max_length=50)]


class Author(_Said):
    author: str


_MISFIT = marked("%(field)s: this value does not fit.")
_MISFITS = {
    "missing": marked("%(field)s: is missing."),
    "extra_forbidden": marked("%(field)s: is not known here."),
    "string_too_long": marked("%(field)s: too long; at most %(most)s characters."),
    "too_long": marked("%(field)s: too many; at most %(most)s."),
}
"""What is told of a request that does not fit, by Pydantic's kinds of errors."""

_Action = Callable[[Review, People, Any], ActionResult]


def _mark(kind: Kind) -> _Action:
    return lambda _, people, said: people.mark(said.faces_meant, kind)


_ACTIONS: dict[str, tuple[type[_Said], _Action]] = {
    "name": (
        OnFaces,
        lambda _, people, said: people.name(said.faces_meant, said.who, doubtful=said.doubtful),
    ),
    "check-right": (
        OnFaces,
        lambda _, people, said: people.check(_only(said.faces), said.person, right=True),
    ),
    "check-wrong": (
        OnFaces,
        lambda _, people, said: people.check(_only(said.faces), said.person, right=False),
    ),
    "opinion": (OnFaces, lambda _, people, said: people.ask_opinion(said.faces_meant)),
    "sheet": (Sheet, lambda _, people, said: people.take_sheet(said.text, said.by)),
    "unite": (Unite, lambda _, people, said: people.merge(said.kept, PersonRef(said.gone))),
    "apart": (Apart, lambda _, people, said: people.mark([said.one, said.other], Kind.DIFFERENT)),
    "compare": (
        Pairs,
        lambda review, people, said: pairs.answer(
            review, people, [one.compared for one in said.pairs]
        ),
    ),
    "settle": (OnFaces, lambda _, people, said: people.settle(_only(said.faces), said.person)),
    "reject": (OnFaces, lambda _, people, said: people.reject(said.faces_meant, said.who)),
    **{kind.action: (OnFaces, _mark(kind)) for kind in MARKS},
    "ignore-poor": (
        _Said,
        lambda review, people, _: people.mark(pages.poor_leftovers(review), Kind.IGNORE),
    ),
    "split": (
        OnFaces,
        lambda _, people, said: people.split(said.faces_meant, said.name, former=said.person),
    ),
    "divide": (OnFaces, lambda review, people, said: _divide(review, people, said)),
    "create": (NewPerson, lambda _, people, said: people.add(said.name, nameless=said.nameless)),
    "edit": (
        Changes,
        lambda _, people, said: people.change(
            said.person, **said.model_dump(exclude={"person"}, exclude_unset=True)
        ),
    ),
    "merge": (Merge, lambda _, people, said: people.merge(said.kept, said.other.who)),
    "present": (Present, lambda review, people, said: _present(review, people, said)),
    "date": (
        Dated,
        lambda review, people, said: review.collection.date(
            [said.photo], said.taken, author=people.author
        ),
    ),
    "undo": (Steps, lambda _, people, said: people.undo(*said.decisions)),
    "redo": (Steps, lambda _, people, said: people.redo(*said.decisions)),
    "yes": (
        OnFaces,
        lambda review, people, said: questions.yes(review, people, said.faces_meant, said.who),
    ),
    "no": (OnFaces, lambda _, people, said: questions.no(people, said.faces_meant, said.who)),
    "accept": (
        Steps,
        lambda review, people, said: _contributed(review, people).accept(*said.decisions),
    ),
    "overrule": (
        Steps,
        lambda review, people, said: _contributed(review, people).accept(
            *said.decisions, overrule=True
        ),
    ),
    "decline": (
        Steps,
        lambda review, people, said: _contributed(review, people).decline(*said.decisions),
    ),
    "add": (Folders, lambda review, people, said: _add(review, people, said.folders)),
    "stop-adding": (_Said, lambda review, people, _: _stop_adding(review, people)),
    "later": (
        OnFaces,
        lambda review, people, said: questions.later(review, people.author, said.question),
    ),
    "again": (
        OnFaces,
        lambda review, people, said: questions.again(review, people.author, said.question),
    ),
}
"""Action → what its page says, and what is done."""


def _only(faces: list[int]) -> int:
    if len(faces) != 1:
        raise UsageError(_("Choose one face."))
    return faces[0]


def _present(review: Review, people: People, said: Present) -> ActionResult:
    """The page gives the box as fractions of the photograph as it is shown."""
    if said.box == WHOLE:
        return people.present(said.who, said.photo)
    upright = Upright.of(review.view.faces, *review.collection.find_photo(said.photo))
    box = upright.in_file(said.box)
    return people.draw(said.photo, box, said.who if said.name or said.person else "")


def _divide(review: Review, people: People, said: OnFaces) -> ActionResult:
    if said.cluster is None:
        raise UsageError(_("Which cluster?"))
    return review.collection.divide(said.cluster, author=people.author)


def _contributed(review: Review, people: People) -> Contributions:
    return review.collection.contributions.by(people.author)


def _add(review: Review, people: People, folders: list[str]) -> ActionResult:
    review.intake.start(folders, by=people.author)
    return ActionResult(_("Looking for faces; you can go on naming meanwhile."))


def _stop_adding(review: Review, people: People) -> ActionResult:
    review.intake.stop(by=people.author)
    return ActionResult(_("Stopping; what is finished is kept."))


async def do(request: Request) -> Response:
    """Do what is asked, and tell what was done."""
    site: Site = request.app.state.site
    name = request.path_params["action"]
    if name not in _ACTIONS:
        return JSONResponse({"error": _("There is no such action.")}, 404)
    form, action = _ACTIONS[name]
    said = await _read(request, form)
    people = site.review.collection.people.by(site.author_of(request))
    done = await run_in_threadpool(action, site.review, people, said)
    site.review.changed.set()
    return JSONResponse(
        {"message": done.message, "decisions": list(done.decisions), "person": done.person}
    )


async def _read(request: Request, form: type[T]) -> T:
    """What the page says. Raises UsageError that names what does not fit."""
    try:
        return form.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or _("the request")
        text = _MISFITS.get(first["type"], _MISFIT)
        most = first.get("ctx", {}).get("max_length", "")
        raise UsageError(_(text, field=place, most=most)) from error


async def author(request: Request) -> Response:
    """Remember in this browser whose decisions they are; where there are users, that is known."""
    if request.state.visit.user:
        raise NotAllowed(_("You are logged in as %(name)s.", name=request.state.visit.user))
    said = await _read(request, Author)
    answer = JSONResponse(
        {"message": _("You are %(name)s now.", name=said.author), "decisions": []}
    )
    answer.set_cookie(
        AUTHOR_COOKIE,
        author_cookie(said.author),
        max_age=31536000,
        httponly=True,
        samesite="strict",
        secure=request.app.state.site.access.secure,
    )
    return answer
