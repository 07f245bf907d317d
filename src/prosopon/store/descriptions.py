"""What files, sidecars and catalogues say of photographs."""

from collections.abc import Iterable, Mapping, Sequence
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


def search(connection: Connection, text: str) -> set[int]:
    """Photographs of which any source says this text, in any case, with accents or without."""
    matching = descriptions.c.text.contains(search_key(text), autoescape=True)
    return set(connection.scalars(select(descriptions.c.photo_id).where(matching)))


def forget(connection: Connection, photo_ids: Iterable[int]) -> None:
    """Take out all that is said of photographs."""
    for chunk in chunks(list(photo_ids)):
        connection.execute(delete(descriptions).where(descriptions.c.photo_id.in_(chunk)))
