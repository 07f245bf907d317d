"""Who may do what in a collection: the one place where that is settled.

| role | may |
|---|---|
| reader | look at what may be shown |
| contributor | suggest: what they decide waits until a curator accepts it; withdraw their own |
| curator | decide, take back whatever was decided, accept and decline what contributors suggest |
| owner | all that, add photographs over the page, forget, and say who the users are |

A collection without users has one owner: whoever opens it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from prosopon.errors import NotAllowed
from prosopon.languages import gettext as _
from prosopon.languages import marked
from prosopon.people import Decision, Kind


class Role(StrEnum):
    """What somebody may do, from the least to the most."""

    READER = marked("reader")
    CONTRIBUTOR = marked("contributor")
    CURATOR = marked("curator")
    OWNER = marked("owner")

    def includes(self, other: "Role") -> bool:
        """Whether whoever has this role may do all that the other one may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may use the collection."""

    name: str
    role: Role
    password: bool = False
    """Whether there is one."""
    link: bool = False
    """Whether an address lets this user in."""
    added_at: datetime | None = None


def require(user: User, role: Role) -> None:
    """Raises NotAllowed if the user has a lesser role than this one."""
    if not user.role.includes(role):
        raise NotAllowed(
            _(
                "%(name)s is a %(role)s of this collection; this takes a %(needed)s.",
                name=user.name,
                role=_(user.role),
                needed=_(role),
            )
        )


def permitted(
    user: User, made: Sequence[Decision], log: Mapping[str, Decision]
) -> Sequence[Decision]:
    """The decisions as they may be added to the log: of a contributor, as contributions.

    log : by identifier.

    Raises NotAllowed for those that this user may not make.
    """
    if user.role.includes(Role.CURATOR):
        return made
    require(user, Role.CONTRIBUTOR)
    return [_contributed(user, entry, log) for entry in made]


def _contributed(user: User, entry: Decision, log: Mapping[str, Decision]) -> Decision:
    if entry.author != user.name or entry.kind in (Kind.FORGET, Kind.DECLINE):
        require(user, Role.CURATOR)
    if entry.kind not in (Kind.UNDO, Kind.REDO):
        return replace(entry, contributed=True)
    meant = [log.get(one) for one in entry.decisions]
    if not all(one and one.contributed and one.author == user.name for one in meant):
        raise NotAllowed(_("A contributor can take back only what they suggested themselves."))
    return entry
