"""Who may use a collection over the page; credentials are kept as hashes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from prosopon.store.database import now
from prosopon.store.schema import users


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user."""

    name: str
    role: str
    password: str
    """Hashed; empty: none."""
    link: str
    """SHA-256 of the secret; empty: none."""
    stamp: str
    added_at: datetime


def load(connection: Connection) -> Sequence[UserRow]:
    """All users, by name."""
    rows = connection.execute(select(users).order_by(users.c.name))
    return [UserRow(**row._mapping) for row in rows]


def add(connection: Connection, name: str, role: str, stamp: str) -> None:
    """Add a user without a password or link."""
    connection.execute(
        insert(users).values(
            name=name, role=role, password="", link="", stamp=stamp, added_at=now()
        )
    )


def change(connection: Connection, name: str, **values: str) -> None:
    """Set columns of a user's row."""
    connection.execute(update(users).where(users.c.name == name).values(**values))


def remove(connection: Connection, name: str) -> None:
    """Take a user out."""
    connection.execute(delete(users).where(users.c.name == name))
