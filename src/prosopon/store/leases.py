"""Which faces somebody is being asked about just now, so that nobody else is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from prosopon.store.database import now
from prosopon.store.schema import leases


def of_others(connection: Connection, holder: str) -> set[int]:
    """Faces that others are being asked about."""
    held = select(leases.c.faces).where(leases.c.holder != holder, leases.c.until > now())
    return {face for faces in connection.scalars(held) for face in faces}


def take(connection: Connection, holder: str, faces: Sequence[int], seconds: float) -> None:
    """Hold these faces, and no others, for so long; what has run out is taken away."""
    gone = delete(leases).where((leases.c.holder == holder) | (leases.c.until <= now()))
    connection.execute(gone)
    if faces:
        until = now() + timedelta(seconds=seconds)
        connection.execute(insert(leases).values(holder=holder, until=until, faces=list(faces)))


def ends(connection: Connection, holder: str) -> datetime | None:
    """Until when somebody holds faces; None where none."""
    return connection.scalar(select(leases.c.until).where(leases.c.holder == holder))


def held(connection: Connection, holder: str) -> list[int]:
    """The faces that somebody holds."""
    found = connection.scalar(select(leases.c.faces).where(leases.c.holder == holder))
    return list(found or ())
