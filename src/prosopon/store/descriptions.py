"""What files, sidecars and catalogues say of photographs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from prosopon.persons import search_key
from prosopon.store.catalogue import chunks
from prosopon.store.schema import descriptions, photos

SOURCES = ("catalogue", "sidecar", "file")
"""The most trusted first."""


def put(
    connection: Connection, source: str, said: Mapping[int, tuple[dict[str, Any], str]]
) -> None:
    """Replace what a source says of photographs: photo id → (content, what can be searched)."""
    for chunk in chunks(list(said)):
        of_source = descriptions.c.source == source
        connection.execute(
            delete(descriptions).where(descriptions.c.photo_id.in_(chunk), of_source)
        )
    rows = [
        {"photo_id": photo, "source": source, "content": content, "text": search_key(text)}
        for photo, (content, text) in said.items()
    ]
    if rows:
        connection.execute(insert(descriptions), rows)


def load(
    connection: Connection, photo_ids: Sequence[int] | None = None
) -> dict[int, dict[str, Any]]:
    """Photo id → source → content; of these photographs, or of all."""
    query = select(descriptions.c.photo_id, descriptions.c.source, descriptions.c.content)
    found: dict[int, dict[str, Any]] = {}
    queries = (
        [query]
        if photo_ids is None
        else [query.where(descriptions.c.photo_id.in_(chunk)) for chunk in chunks(photo_ids)]
    )
    for part in queries:
        for photo, source, content in connection.execute(part):
            found.setdefault(photo, {})[source] = content
    return found


def lacking(connection: Connection, source: str) -> list[int]:
    """Photographs of which a source has not been read."""
    known = select(descriptions.c.photo_id).where(descriptions.c.source == source)
    return list(connection.scalars(select(photos.c.id).where(photos.c.id.not_in(known))))


@dataclass(frozen=True, slots=True)
class Said:
    """Where a photograph's descriptions have a text that is looked for."""

    text: str
    """All that the source says, as it is searched."""
    overruled: bool
    """Whether a source that is trusted more says something, but not this."""


def search(connection: Connection, text: str) -> dict[int, Said]:
    """Photographs of which any source says this text, in any case, with accents or without."""
    columns = descriptions.c
    matching = columns.text.contains(search_key(text), autoescape=True)
    best: dict[int, tuple[int, str]] = {}
    for photo, source, said in connection.execute(
        select(columns.photo_id, columns.source, columns.text).where(matching)
    ):
        rank = SOURCES.index(source)
        if photo not in best or rank < best[photo][0]:
            best[photo] = rank, said
    first = dict.fromkeys(best, len(SOURCES))
    if any(rank for rank, _ in best.values()):
        trusted = select(columns.photo_id, columns.source).where(columns.source != SOURCES[-1])
        for photo, source in connection.execute(trusted):
            first[photo] = min(first.get(photo, len(SOURCES)), SOURCES.index(source))
    return {photo: Said(said, first[photo] < rank) for photo, (rank, said) in best.items()}


def forget(connection: Connection, photo_ids: Iterable[int]) -> None:
    """Take out all that is said of photographs."""
    for chunk in chunks(list(photo_ids)):
        connection.execute(delete(descriptions).where(descriptions.c.photo_id.in_(chunk)))
