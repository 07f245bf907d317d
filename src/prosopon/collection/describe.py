"""What the photographs say of themselves: read from files and sidecars, kept, brought together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from prosopon import photos
from prosopon.collection.sidecars import Sidecars
from prosopon.config import Settings
from prosopon.errors import ProsoponError
from prosopon.metadata import (
    Metadata,
    Source,
    combined,
    date_in_path,
    from_json,
    from_xmp,
    metadata_of,
    to_json,
)
from prosopon.paths import is_remote
from prosopon.progress import track
from prosopon.store import Connection, Store, catalogue, descriptions

if TYPE_CHECKING:
    from prosopon.collection.view import CollectionView

_TOGETHER = 200
"""Photographs that are saved in one transaction."""


def describe(store: Store, settings: Settings, roots: Sequence[Path] = ()) -> list[str]:
    """Read what files say that were not read before, and what all sidecars say; give problems.

    roots : what is in object stores or on servers is read below these alone.

    A file whose metadata can't be read says nothing; a damaged sidecar is named.
    """
    with store.read() as connection:
        places = [
            (path, photo)
            for path, photo in catalogue.all_paths(connection)
            if not is_remote(path) or any(Path(path).is_relative_to(root) for root in roots)
        ]
        fresh = set(descriptions.lacking(connection, "file"))
        known = {
            photo: from_json(said["sidecar"])
            for photo, said in descriptions.load(connection).items()
            if "sidecar" in said
        }
    sidecars = Sidecars(path for path, _ in places)
    problems: list[str] = []
    found: dict[str, dict[int, Metadata]] = {"file": {}, "sidecar": {}}
    for path, photo in track(places, "reading captions and dates"):
        if photo in fresh:
            fresh.discard(photo)
            try:
                found["file"][photo] = _of_file(Path(path), settings)
            except photos.NotReachable as error:
                problems.append(f"{path}: {error}")
        try:
            said = from_xmp(sidecars.of(Path(path))[1])
        except (OSError, ProsoponError) as error:
            problems.append(str(error))
            continue
        if said != known.get(photo, Metadata()) and (said or photo not in found["sidecar"]):
            found["sidecar"][photo] = said
        if sum(map(len, found.values())) >= _TOGETHER:
            _save(store, found)
    _save(store, found)
    return problems


def _of_file(path: Path, settings: Settings) -> Metadata:
    try:
        return metadata_of(photos.blocks(path, settings.limits))
    except photos.NotReachable:
        if is_remote(path):  # the next run reads it
            raise
        return Metadata()
    except photos.UnreadablePhoto:
        return Metadata()


def _save(store: Store, found: dict[str, dict[int, Metadata]]) -> None:
    with store.begin() as connection:
        for source, of_photos in found.items():
            save(connection, source, of_photos)
            of_photos.clear()


def save(connection: Connection, source: str, found: Mapping[int, Metadata]) -> None:
    """Keep what a source says of photographs."""
    rows = {photo: (to_json(said), said.text) for photo, said in found.items()}
    descriptions.put(connection, source, rows)


def forget_names(connection: Connection, names: Sequence[str]) -> None:
    """Take out what is said of persons of these names, and texts that mention them."""
    for source in descriptions.SOURCES:
        changed = {}
        for photo, said in descriptions.load(connection).items():
            if source in said:
                before = from_json(said[source])
                if (after := before.without(names)) != before:
                    changed[photo] = after
        save(connection, source, changed)


def described(
    view: "CollectionView", photo_ids: Sequence[int] | None = None
) -> dict[int, Metadata]:
    """Photo id → all that is said of it; of these photographs, or of all that say anything.

    Dates are those that people gave, else of catalogue, files and their names. Restricted persons,
    and texts that mention one, are left out.
    """
    corrected = view.state.dates
    secret = view.roster.secret
    with view.faces.store.read() as connection:
        said = descriptions.load(connection, photo_ids)
        known = catalogue.find_many(connection, list(said if photo_ids is None else photo_ids))
    found = {}
    for number, photo in known.items():
        sources = said.get(number, {})
        whole = combined(from_json(sources[s]) for s in descriptions.SOURCES if s in sources)
        whole = whole.without(secret)
        dates = list(whole.dates)
        if by_people := corrected.get(photo.sha256):
            dates.append((by_people, Source.PEOPLE.value))
        if (in_name := date_in_path(photo.path)) is not None:
            dates.append((in_name.edtf, Source.NAME.value))
        found[number] = replace(whole, dates=tuple(dates))
    return found
