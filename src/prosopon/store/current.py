"""Which detector and which embedder a collection goes by: those that it was last indexed with."""

from dataclasses import dataclass

from sqlalchemy import Connection

from prosopon.errors import NothingIndexed, ProsoponError
from prosopon.store.database import Store, recall, remember
from prosopon.store.faces import embedders


@dataclass(frozen=True, slots=True)
class Current:
    """The choice in force."""

    detector_id: int
    """Of the detector with its settings, in the store."""
    embedder: str
    """Card id."""


def choose(connection: Connection, current: Current) -> None:
    """Make this the choice from now on."""
    remember(connection, "detector", str(current.detector_id))
    remember(connection, "embedder", current.embedder)


def chosen(connection: Connection) -> Current | None:
    """The choice in force; None before anything is indexed."""
    detector, embedder = recall(connection, "detector"), recall(connection, "embedder")
    return None if detector is None or embedder is None else Current(int(detector), embedder)


def current(store: Store, connection: Connection, embedder: str | None = None) -> Current:
    """The choice in force; `embedder` overrules the one that was last used.

    Raises NothingIndexed, or ProsoponError if nothing was indexed with that embedder.
    """
    found = chosen(connection)
    if found is None:
        raise NothingIndexed(
            f"{store.name}: nothing is indexed yet; run  prosopon index FOLDER -c {store.name}"
        )
    if embedder is not None and embedder not in (known := embedders(connection)):
        raise ProsoponError(
            f"{store.name}: no embeddings of model {embedder!r}; there are: "
            f"{', '.join(known) or 'none'}. Run  prosopon index FOLDER --embedder {embedder}"
        )
    return Current(found.detector_id, embedder or found.embedder)
