"""The users of a collection, and how they are told: by a link, or by name and password."""

import secrets
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from prosopon.collection.rights import Role, User, permitted, require
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.people import Decision
from prosopon.people.decisions import MACHINE
from prosopon.persons import clean_name
from prosopon.store import Connection, users
from prosopon.store.users import UserRow
from prosopon.tables import Table

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from prosopon.collection.collection import Collection

SHORTEST_PASSWORD = 10
"""Characters."""
LONGEST_PASSWORD = 1000


class Users:
    """The users of a collection, as one of them may change them: `collection.users.by("Ada")`.

    Without any, whoever opens the collection is its owner.
    """

    def __init__(self, collection: "Collection", author: str = "") -> None:
        self._collection = collection
        self._author = author or collection.people.author

    def by(self, author: str | None) -> "Users":
        """The same, changed in the name of `author`; by default of the user."""
        return Users(self._collection, author or "")

    def __bool__(self) -> bool:
        return bool(self._rows())

    def list(self) -> Table[User]:
        """All users, by name."""
        return Table(map(_user, self._rows()))

    def find(self, name: str) -> User | None:
        """The user of this name, None if there is none."""
        return next((_user(row) for row in self._rows() if row.name == name), None)

    def require(self, role: Role) -> None:
        """Raises UsageError for no user, NotAllowed for one of a lesser role than this."""
        with self._collection.store.read() as connection:
            _require(connection, self._author, role)

    def permitted(
        self, connection: Connection, made: Sequence[Decision], by: str
    ) -> Sequence[Decision]:
        """The decisions as `by` may add them to the log in this transaction.

        What the program decides by itself, asked on the command line, needs nobody's right.

        Raises UsageError where there are users and `by` is none, NotAllowed.
        """
        rows = users.load(connection)
        if not rows or by == MACHINE:
            return made
        user = _known(rows, by)
        return made if user.role.includes(Role.CURATOR) else self._contributed(user, made)

    def _contributed(self, user: User, made: Sequence[Decision]) -> Sequence[Decision]:
        return permitted(user, made, self._collection.view.by_id)

    def add(self, name: str, role: Role | str) -> User:
        """Add a user, who gets in once a password or link is set. The first one is an owner.

        Raises UsageError for a name that is taken, or a role that is none.
        """
        name, role = clean_name(name), role_of(role)
        if name == MACHINE:
            raise UsageError(f"{name}: what the program decides is noted under this name")
        with self._collection.store.begin(same_version=True) as connection:
            rows = _require(connection, self._author, Role.OWNER)
            if name.casefold() in (row.name.casefold() for row in rows):
                raise UsageError(_("%(name)s: there is a user of this name already.", name=name))
            if not rows and role is not Role.OWNER:
                raise UsageError(
                    f"{name}: the first user has to be an owner, who can change the others; give "
                    "--role owner, or add the owner first"
                )
            users.add(connection, name, role, _stamp())
        return User(name, role)

    def remove(self, name: str) -> None:
        """Take a user out: the link and all sessions end; what was decided stays.

        Raises UsageError for no user, and for the last owner while there are others.
        """
        with self._collection.store.begin(same_version=True) as connection:
            rows = _require(connection, self._author, Role.OWNER)
            if len(rows) > 1:
                _keep_an_owner(rows, _known(rows, name))
            users.remove(connection, _known(rows, name).name)

    def role(self, name: str, role: Role | str) -> User:
        """Give a user another role, in force at once. Raises UsageError."""
        role = role_of(role)
        with self._collection.store.begin(same_version=True) as connection:
            rows = _require(connection, self._author, Role.OWNER)
            if role is not Role.OWNER:
                _keep_an_owner(rows, _known(rows, name))
            users.change(connection, name, role=role)
        return User(name, role)

    def link(self, name: str) -> str:
        """A new secret that lets the user in, as part of an address; the one before it is dead."""
        secret = secrets.token_urlsafe(24)
        self._change(name, link=_digest(secret))
        return secret

    def password(self, name: str, password: str) -> None:
        """Let the user in by this password; sessions end. Raises UsageError for a bad one."""
        self.check_password(password)
        self._change(name, password=_hasher().hash(password))

    @staticmethod
    def check_password(password: str) -> None:
        """Raises UsageError for one that is too short or too long."""
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise UsageError(
                _(
                    "A password has %(least)s to %(most)s characters, not %(number)s.",
                    least=SHORTEST_PASSWORD,
                    most=LONGEST_PASSWORD,
                    number=len(password),
                )
            )

    def _change(self, name: str, **values: str) -> None:
        with self._collection.store.begin(same_version=True) as connection:
            _known(_require(connection, self._author, Role.OWNER), name)
            users.change(connection, name, stamp=_stamp(), **values)

    # letting in

    def by_link(self, secret: str) -> User | None:
        """Whom a link's secret lets in."""
        digest = _digest(secret)
        return next((_user(row) for row in self._rows() if row.link == digest and secret), None)

    def by_password(self, name: str, password: str) -> User | None:
        """The user, if the password is right. Takes as long for a name that is none."""
        from argon2.exceptions import VerificationError

        name = " ".join(name.split()).casefold()
        row = next((r for r in self._rows() if r.name.casefold() == name and r.password), None)
        try:
            _hasher().verify(row.password if row else _nobodys(), password[:LONGEST_PASSWORD])
        except VerificationError:
            return None
        return _user(row) if row else None

    def stamps(self) -> dict[str, tuple[User, str]]:
        """Name → the user, and what changes whenever the credentials do."""
        return {row.name: (_user(row), row.stamp) for row in self._rows()}

    def _rows(self) -> Sequence[UserRow]:
        with self._collection.store.read() as connection:
            return users.load(connection)


def role_of(role: Role | str) -> Role:
    """The role. Raises UsageError."""
    try:
        return Role(role)
    except ValueError:
        raise UsageError(f"{role!r:.40}: expected one of {', '.join(Role)}") from None


def _require(connection: Connection, author: str, role: Role) -> Sequence[UserRow]:
    rows = users.load(connection)
    if rows:
        require(_known(rows, author), role)
    return rows


def _known(rows: Sequence[UserRow], name: str) -> User:
    found = next((row for row in rows if row.name == name), None)
    if found is None:
        raise UsageError(
            f"{name}: is no user of this collection; its users are "
            f"{', '.join(row.name for row in rows)} (--author says whose decision it is)"
        )
    return _user(found)


def _keep_an_owner(rows: Sequence[UserRow], leaving: User) -> None:
    if not any(row.role == Role.OWNER for row in rows if row.name != leaving.name):
        raise UsageError(
            _("%(name)s: is the only owner; make somebody else an owner first.", name=leaving.name)
        )


def _user(row: UserRow) -> User:
    return User(row.name, Role(row.role), bool(row.password), bool(row.link), row.added_at)


def _stamp() -> str:
    return secrets.token_hex(16)


def _digest(secret: str) -> str:
    """A link's secret as it is kept; it is long and random, so that a plain hash will do."""
    return sha256(secret.encode()).hexdigest()


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
