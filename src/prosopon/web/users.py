"""The page on which owners say who may use the collection, and the changes made there."""

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from prosopon.collection.rights import Role
from prosopon.collection.users import LONGEST_PASSWORD, Users
from prosopon.errors import NotAllowed, NotHere, UsageError
from prosopon.languages import gettext as _
from prosopon.web.site import Site


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=500)]
    role: Annotated[str, Field(max_length=20)] = Role.CONTRIBUTOR
    password: Annotated[str, Field(max_length=LONGEST_PASSWORD)] = ""


def page(request: Request) -> Response:
    """All users; for owners."""
    site: Site = request.app.state.site
    if request.state.visit.role is not Role.OWNER:
        raise NotAllowed(_("Only owners see who the users are."))
    known = site.review.collection.users.list()
    return site.page(request, "users.html", users=known, roles=list(Role))


async def change(request: Request) -> Response:
    """Change the users, and tell what was done; a new link is told once, here."""
    site: Site = request.app.state.site
    name = request.path_params["change"]
    if name not in _CHANGES:
        raise NotHere(_("There is no such action."))
    try:
        said = _Said.model_validate_json(await request.body())
    except ValidationError as error:
        raise UsageError(_("This is no user: give a name and a role.")) from error
    users = site.review.collection.users.by(site.author_of(request))
    message, link = await run_in_threadpool(_CHANGES[name], users, said)
    return JSONResponse({"message": message, "decisions": [], "link": link})


def _add(users: Users, said: _Said) -> tuple[str, str]:
    """The first user is an owner, who gets in by a password; others get a link."""
    if users:
        added = users.add(said.name, said.role)
        told = _(
            "%(name)s may use the collection now (%(role)s).", name=added.name, role=_(added.role)
        )
        return told, users.link(added.name)
    users.check_password(said.password)
    name = users.add(said.name, Role.OWNER).name
    users.by(name).password(name, said.password)
    return _("%(name)s is the owner now.", name=name), ""


def _role(users: Users, said: _Said) -> tuple[str, str]:
    now = users.role(said.name, said.role)
    return _("%(name)s is %(role)s now.", name=now.name, role=_(now.role)), ""


def _link(users: Users, said: _Said) -> tuple[str, str]:
    link = users.link(said.name)
    return _("The link of %(name)s before this one is dead.", name=said.name), link


def _password(users: Users, said: _Said) -> tuple[str, str]:
    users.password(said.name, said.password)
    return _("%(name)s has a new password.", name=said.name), ""


def _remove(users: Users, said: _Said) -> tuple[str, str]:
    users.remove(said.name)
    return _("%(name)s is no user any more; what was decided stays.", name=said.name), ""


_CHANGES: dict[str, Callable[[Users, _Said], tuple[str, str]]] = {
    "add": _add,
    "role": _role,
    "link": _link,
    "password": _password,
    "remove": _remove,
}
"""Change → what is told, and the secret of a new link."""
