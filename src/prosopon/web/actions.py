"""The changes: read what the page says, call one deed, answer with what was done."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from prosopon.collection.review import Desk, deeds, questions
from prosopon.collection.review.browse import WHOLE
from prosopon.collection.review.deeds import Deed, Target, Who
from prosopon.errors import UsageError
from prosopon.people import Kind
from prosopon.web.site import AUTHOR_COOKIE, Site, author_cookie

Identifier = Annotated[str, Field(max_length=64)]
FaceIds = Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(max_length=200_000)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


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
    def target(self) -> Target:
        return Target(self.faces, self.others, self.cluster, self.waiting)

    @property
    def who(self) -> Who:
        return Who(self.person, self.name, self.fresh)


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
    def who(self) -> Who:
        return Who(self.person, self.name, self.fresh)


class Merge(_Said):
    kept: Identifier
    other: AboutPerson


class Present(AboutPerson):
    photo: Annotated[int, Field(ge=0, lt=2**63)]
    box: tuple[float, float, float, float] = WHOLE


class Author(_Said):
    author: str


def _mark(kind: Kind) -> Callable[[Desk, str, OnFaces], Deed]:
    return lambda desk, author, said: deeds.mark(desk, author, said.target, kind)


_DEEDS: dict[str, tuple[type[_Said], Callable[[Desk, str, Any], Deed]]] = {
    "name": (
        OnFaces,
        lambda desk, author, said: deeds.name(
            desk, author, said.target, said.who, doubtful=said.doubtful
        ),
    ),
    "reject": (
        OnFaces,
        lambda desk, author, said: deeds.reject(desk, author, said.target, said.who),
    ),
    "ignore": (OnFaces, _mark(Kind.IGNORE)),
    "not-a-face": (OnFaces, _mark(Kind.NOT_A_FACE)),
    "statue": (OnFaces, _mark(Kind.STATUE)),
    "split": (
        OnFaces,
        lambda desk, author, said: deeds.split(
            desk, author, said.target, Who(name=said.name), former=said.person
        ),
    ),
    "create": (
        NewPerson,
        lambda desk, author, said: deeds.create(desk, author, said.name, nameless=said.nameless),
    ),
    "edit": (
        Changes,
        lambda desk, author, said: deeds.edit(
            desk, author, said.person, said.model_dump(exclude={"person"}, exclude_unset=True)
        ),
    ),
    "merge": (
        Merge,
        lambda desk, author, said: deeds.merge(desk, author, said.kept, said.other.who),
    ),
    "present": (
        Present,
        lambda desk, author, said: deeds.present(desk, author, said.photo, said.who, said.box),
    ),
    "undo": (Steps, lambda desk, author, said: deeds.undo(desk, author, said.decisions)),
    "redo": (Steps, lambda desk, author, said: deeds.redo(desk, author, said.decisions)),
    "yes": (OnFaces, lambda desk, author, said: questions.yes(desk, author, said.target, said.who)),
    "no": (OnFaces, lambda desk, author, said: questions.no(desk, author, said.target, said.who)),
    "later": (OnFaces, lambda desk, author, said: questions.later(desk, said.question)),
}
"""Action → what its page says, and what is done."""


async def do(request: Request) -> Response:
    """Do what is asked, and tell what was done."""
    site: Site = request.app.state.site
    action = request.path_params["action"]
    if action not in _DEEDS:
        return JSONResponse({"error": "There is no such action."}, 404)
    form, deed = _DEEDS[action]
    try:
        said = form.model_validate_json(await request.body())
        author = site.author_of(request)
        done = await run_in_threadpool(deed, site.desk, author, said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{place}: {first['msg']}") from error
    return JSONResponse(
        {"message": done.message, "decisions": list(done.decisions), "person": done.person}
    )


async def author(request: Request) -> Response:
    """Remember in this browser whose decisions they are."""
    said = Author.model_validate_json(await request.body())
    answer = JSONResponse({"message": f"You are {said.author} now.", "decisions": []})
    answer.set_cookie(
        AUTHOR_COOKIE,
        author_cookie(said.author),
        max_age=31536000,
        httponly=True,
        samesite="strict",
    )
    return answer
