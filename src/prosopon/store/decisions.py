"""The append-only log of what people decided: JSON objects, in the order in which they came."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from prosopon.store.catalogue import chunks
from prosopon.store.schema import decisions


def append(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> int:
    """Add entries at the end of the log, each with its own `id`; returns how many were new.

    An entry whose `id` is there already, brought in from elsewhere a second time, is passed over.
    """
    if connection.dialect.name == "postgresql":  # numbers shall come in the order of the commits
        connection.exec_driver_sql("LOCK TABLE decisions IN SHARE ROW EXCLUSIVE MODE")
    known: set[str] = set()
    for chunk in chunks([entry["id"] for entry in entries]):
        known.update(
            connection.scalars(select(decisions.c.uuid).where(decisions.c.uuid.in_(chunk)))
        )
    fresh = {entry["id"]: dict(entry) for entry in entries if entry["id"] not in known}
    if fresh:
        rows = [{"uuid": uuid, "content": content} for uuid, content in fresh.items()]
        connection.execute(insert(decisions), rows)
    return len(fresh)


def load(connection: Connection) -> list[dict[str, Any]]:
    """The entries of the log, the oldest first."""
    return [content for _, content in load_after(connection, 0)]


def load_after(connection: Connection, number: int) -> list[tuple[int, dict[str, Any]]]:
    """The entries of the log after that of a number (0: all), each with its own."""
    log = select(decisions.c.id, decisions.c.content).order_by(decisions.c.id)
    return [tuple(row) for row in connection.execute(log.where(decisions.c.id > number))]


def load_between(connection: Connection, first: int, last: int) -> list[tuple[int, dict[str, Any]]]:
    """The entries of these numbers and all between, each with its own."""
    log = select(decisions.c.id, decisions.c.content).order_by(decisions.c.id)
    return [
        tuple(row) for row in connection.execute(log.where(decisions.c.id.between(first, last)))
    ]


def count_after(connection: Connection, number: int) -> int:
    """How many entries come after that of a number."""
    found = select(func.count()).where(decisions.c.id > number)
    return connection.scalar(found) or 0


def identifier_of(connection: Connection, number: int) -> str | None:
    """The `id` of the entry of a number; None where there is none."""
    return connection.scalar(select(decisions.c.uuid).where(decisions.c.id == number))


def count(connection: Connection) -> int:
    """How long the log is."""
    return connection.scalar(select(func.count()).select_from(decisions)) or 0


def has(connection: Connection, kind: str) -> bool:
    """Whether the log has an entry of this kind."""
    found = select(decisions.c.id).where(decisions.c.content["kind"].as_string() == kind)
    return connection.execute(found.limit(1)).first() is not None


def blank(connection: Connection, contents: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace the content of entries, by `id`: all that may ever be taken out of the log."""
    for uuid, content in contents.items():
        connection.execute(
            update(decisions).where(decisions.c.uuid == uuid).values(content=dict(content))
        )
