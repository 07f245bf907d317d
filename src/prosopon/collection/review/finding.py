"""Persons, faces and steps of the log, by what people write on a command line."""

import re
from collections.abc import Sequence
from pathlib import Path

from prosopon.collection.review.browse import WHOLE
from prosopon.collection.review.deeds import Who
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.views import Box, Somebody, life
from prosopon.errors import UsageError
from prosopon.people.decisions import Box as Fractions
from prosopon.persons import Person, clean_name
from prosopon.store import catalogue

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_IDENTIFIER = re.compile(f"(?:urn:uuid:)?({_UUID})", re.IGNORECASE)


def find_person(desk: Desk, text: str, *, restricted: bool = False) -> Person:
    """The person of this identifier, name or name variant, in any case.

    restricted : restricted persons too.

    Raises UsageError where there is none or more than one.
    """
    found = _called(desk, text, restricted)
    if not found:
        raise UsageError(
            f"{text[:80]!r}: there is no such person; prosopon people list shows all, "
            "prosopon people add makes one"
        )
    return _only(found, text)


def who_is(desk: Desk, text: str, *, fresh: bool = False) -> Who:
    """The person of this identifier or name, or somebody new of that name.

    fresh : somebody new in any case.

    Raises UsageError where the name is that of more than one, or an unknown identifier.
    """
    if _IDENTIFIER.fullmatch(text.strip()):
        return Who(find_person(desk, text).id)
    found = [] if fresh else _called(desk, text, restricted=False)
    return Who(_only(found, text).id) if found else Who(name=text, fresh=True)


def restricted(desk: Desk) -> list[Somebody]:
    """The persons who are shown nowhere else, by name."""
    now = desk.snapshot()
    people = [person for person in now.state.people.values() if person.restricted]
    people.sort(key=lambda person: (person.name.casefold(), person.id))
    return [Somebody(person, len(now.faces_named(person.id)), None) for person in people]


def find_faces(desk: Desk, faces: Sequence[int]) -> list[int]:
    """These faces. Raises UsageError for one that is not there or not to be shown."""
    now = desk.snapshot()
    known = set(now.stock.face_ids[~now.hidden].tolist())
    for face in faces:
        if face not in known:
            raise UsageError(
                f"face {face}: there is no such face; prosopon info PHOTO lists those of a "
                "photograph, prosopon export all"
            )
    return list(faces)


def find_photo(desk: Desk, path: Path, box: Box | None) -> tuple[int, Fractions]:
    """A photograph by its path, and a place in it as fractions; without one the whole photograph.

    Raises UsageError for a path that is not in the collection, and for a box outside of it.
    """
    with desk.store.read() as connection:
        found = catalogue.find(connection, path.expanduser().absolute())
    if found is None:
        raise UsageError(f"{path}: not a photograph of this collection; index its folder first")
    number, photo = found
    if box is None:
        return number, WHOLE
    x, y, width, height = box
    inside = x >= 0 and y >= 0 and x + width <= photo.width and y + height <= photo.height
    if not (inside and width > 0 and height > 0):
        raise UsageError(
            f"box {x:g} {y:g} {width:g} {height:g}: is not inside of {path.name}, which has "
            f"{photo.width} × {photo.height} pixels"
        )
    return number, (
        x / photo.width,
        y / photo.height,
        (x + width) / photo.width,
        (y + height) / photo.height,
    )


def find_steps(desk: Desk, texts: Sequence[str]) -> list[str]:
    """Identifiers of log entries given by number or by identifier. Raises UsageError."""
    length = desk.snapshot().length
    known = {entry.id: entry for entry in desk.log}
    found = []
    for text in texts:
        if text.isdecimal() and 0 < int(text[:18]) <= length:
            found.append(desk.log[int(text[:18]) - 1].id)
        elif text.lower() in known:
            found.append(text.lower())
        else:
            raise UsageError(
                f"{text[:80]!r}: the log has no such step; give a number from 1 to {length} or an "
                "identifier (prosopon log shows them)"
            )
    return found


def _called(desk: Desk, text: str, restricted: bool) -> list[Person]:
    now = desk.snapshot()
    everybody = list(now.state.people.values()) if restricted else now.persons
    identifier = _IDENTIFIER.fullmatch(text.strip())
    if identifier is not None:
        wanted = now.state.merged_into(identifier[1].lower())
        return [person for person in everybody if person.id == wanted]
    name = clean_name(text).casefold()
    same = [person for person in everybody if person.name.casefold() == name]
    return same or [p for p in everybody if name in (v.casefold() for v in p.variants)]


def _only(found: Sequence[Person], text: str) -> Person:
    if len(found) > 1:
        which = "; ".join(
            f"{person.id}{f' ({dates})' if (dates := life(person)) else ''}" for person in found
        )
        raise UsageError(
            f"{len(found)} persons are named {text.strip()[:80]!r}: give the identifier of one: "
            f"{which}"
        )
    return found[0]
