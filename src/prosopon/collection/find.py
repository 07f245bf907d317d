"""Find faces: by what they show, like others, or perhaps of a person."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prosopon.collection import suggestions
from prosopon.collection.attributes.predict import table_of
from prosopon.collection.review import Desk
from prosopon.collection.review.snapshot import Snapshot
from prosopon.config import Settings
from prosopon.datasets.vocabulary import cautions, parse_query
from prosopon.errors import UsageError
from prosopon.persons import Person, search_key
from prosopon.store import Store, catalogue
from prosopon.store import faces as face_rows


@dataclass(frozen=True, slots=True)
class Hit:
    """A face that fits."""

    face: int
    photo: str
    """Path."""
    box: tuple[float, ...]
    """x1, y1, x2, y2 in pixels of the upright photo."""
    score: float
    """See `Found.scored`."""
    name: str = ""
    """Who it is, where somebody said so."""
    details: dict[str, Any] = field(default_factory=dict)
    """The probabilities that were asked for, or what speaks for the person."""


@dataclass(frozen=True, slots=True)
class Found:
    """The faces that fit, the best first; faces of restricted persons are never among them."""

    question: str
    scored: str
    """What the score is: `certainty`, `cosine` or `probability`."""
    hits: list[Hit]
    faces: int | None = None
    """Faces looked through, where they were counted."""
    fitting: int | None = None
    """How many fit, listed or not."""
    cautions: dict[str, str] = field(default_factory=dict)
    """Attribute, in plain words → what to mind."""


def showing(
    store: Store, settings: Settings, query: str, *, limit: int = 50, model: str | None = None
) -> Found:
    """Faces for which all wanted attributes count as present and all unwanted as absent, at the
    model's thresholds; scored by the least certain of these answers.

    query : such as `eyeglasses, not smiling`.

    Raises UsageError for attributes that the model doesn't give, ProsoponError without attributes.
    """
    wanted = parse_query(query)
    table = table_of(store, settings, model)
    columns = table.columns(list(wanted))
    yes = np.array(list(wanted.values()))
    values, thresholds = table.values[:, columns], table.thresholds[columns]
    rows = np.flatnonzero(((values >= thresholds) == yes).all(axis=1))
    certainty = np.where(yes, values, 1 - values).min(axis=1)
    best = rows[np.argsort(-certainty[rows], kind="stable")][:limit]
    found = {
        int(table.face_ids[row]): {
            "score": round(float(certainty[row]), 4),
            "details": dict(zip(wanted, np.round(values[row], 4).tolist(), strict=True)),
        }
        for row in best
    }
    return Found(
        question=", ".join(name if is_in else f"not {name}" for name, is_in in wanted.items()),
        scored="certainty",
        hits=_hits(store, found),
        faces=len(table),
        fitting=len(rows),
        cautions=cautions(list(wanted)),
    )


def like(store: Store, settings: Settings, faces: Sequence[int], *, limit: int = 50) -> Found:
    """The faces most like any of these. Raises UsageError for a face that is not there."""
    alike = suggestions.like(Desk(store, settings), faces, limit)
    found = {each.face: {"score": each.cosine, "name": each.name} for each in alike}
    numbers = ", ".join(map(str, faces))
    return Found(f"like face {numbers}", "cosine", _hits(store, found))


def perhaps(store: Store, settings: Settings, name: str, *, limit: int = 50) -> Found:
    """Unnamed faces that may be this person.

    name : a name, in any case and with or without accents, or the person's identifier.

    Raises UsageError where nobody, or more than one person, has that name.
    """
    desk = Desk(store, settings)
    person = _person(desk.snapshot(), name)
    found = {
        each.face: {
            "score": each.probability,
            "details": {
                "because": each.because,
                "cosine": each.cosine,
                "band": each.band,
                "warning": each.warning,
            },
        }
        for each in suggestions.of_person(desk, person.id, limit)
    }
    return Found(f"perhaps {person.name}", "probability", _hits(store, found))


def _person(now: Snapshot, name: str) -> Person:
    known = now.person(name)
    if known is not None:
        return known
    key = search_key(name)
    called = [
        person
        for person in now.persons
        if key in {search_key(each) for each in (person.name, *person.variants)}
    ]
    if len(called) == 1:
        return called[0]
    if called:
        ids = ", ".join(person.id for person in called)
        raise UsageError(f"{len(called)} persons are called {name!r}: give one of {ids}")
    close = difflib.get_close_matches(name, [person.name for person in now.persons], cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "nobody has that name yet"
    raise UsageError(f"no person {name!r}: {hint}")


def _hits(store: Store, found: Mapping[int, Mapping[str, Any]]) -> list[Hit]:
    """Faces, in their order, with where they are; those whose photographs are gone left out."""
    with store.read() as connection:
        table = face_rows.load_faces(connection, face_ids=list(found))
        photos = catalogue.find_many(connection, sorted(set(table.photo_ids.tolist())))
    place = {face: row for row, face in enumerate(table.ids.tolist())}
    return [
        Hit(
            face=face,
            photo=photos[int(table.photo_ids[place[face]])].path,
            box=tuple(table.boxes[place[face]].tolist()),
            **facts,
        )
        for face, facts in found.items()
        if face in place
    ]
