"""Which verbs ran on a collection, when, with what outcome and figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from prosopon.store.database import now
from prosopon.store.schema import runs


@dataclass(frozen=True, slots=True)
class VerbRun:
    """One run of one verb."""

    id: int
    verb: str
    started_at: datetime
    ended_at: datetime | None
    """None while it runs, and for ever if it was killed."""
    status: str
    """running, done or interrupted."""
    options: dict[str, Any]
    figures: dict[str, Any]


def start(connection: Connection, verb: str, options: Mapping[str, Any]) -> int:
    """Note the start of a run, and return its id."""
    made = connection.execute(
        insert(runs).values(
            verb=verb, started_at=now(), status="running", options=dict(options), figures={}
        )
    )
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def end(connection: Connection, run: int, status: str, figures: Mapping[str, Any]) -> None:
    """Note the end of a run, and what it did."""
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(status=status, ended_at=now(), figures=dict(figures))
    )


def list_runs(connection: Connection, verb: str | None = None) -> list[VerbRun]:
    """The runs of one verb or of all, the oldest first."""
    query = select(runs).order_by(runs.c.id)
    if verb is not None:
        query = query.where(runs.c.verb == verb)
    return [VerbRun(**row._mapping) for row in connection.execute(query)]
