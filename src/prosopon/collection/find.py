"""Find faces: by what they show, like others, or perhaps of a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.selection import PersonRef
from prosopon.collection.suggest import most_similar, suggest_faces
from prosopon.datasets.vocabulary import cautions, parse_query
from prosopon.errors import UsageError
from prosopon.persons import Person
from prosopon.tables import Result, Table


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
class Found(Result):
    """The faces that fit, the best first; faces of restricted persons are never among them."""

    question: str
    scored: str
    """What the score is: `certainty`, `cosine` or `probability`."""
    hits: Table[Hit]
    faces: int | None = None
    """Faces looked through, where they were counted."""
    fitting: int | None = None
    """How many fit, listed or not."""
    cautions: dict[str, str] = field(default_factory=dict)
    """Attribute, in plain words → what to mind."""


def find(
    collection: Collection,
    attributes: str | None = None,
    *,
    like: int | Sequence[int] = (),
    person: PersonRef | Person | str | None = None,
    limit: int = 50,
    model: str | None = None,
) -> Found:
    """List faces by one of these: what they show, like others, or perhaps of a person.

    attributes : such as `eyeglasses, not smiling`: faces for which all wanted attributes count as
        present and all unwanted as absent, at the model's thresholds; scored by the least certain.
    like : faces; the faces most like any of them are found.
    person : unnamed faces that may be this person: a name or an identifier.
    model : whose attributes; by default those last predicted.

    Raises UsageError for attributes that the model doesn't give, a face or a person who is not
    there; ProsoponError without attributes.
    """
    if sum(map(bool, (attributes, like, person))) != 1:
        raise UsageError("give one of --attributes, --like and --person")
    if like:
        return _like(collection, (like,) if isinstance(like, int) else like, limit)
    if person:
        return _perhaps(collection, PersonRef.of(person), limit)
    assert attributes is not None
    return _showing(collection, attributes, limit, model)


def _showing(collection: Collection, query: str, limit: int, model: str | None) -> Found:
    wanted = parse_query(query)
    table = collection.attributes(model)
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
        hits=_hits(collection, found),
        faces=len(table),
        fitting=len(rows),
        cautions=cautions(list(wanted)),
    )


def _like(collection: Collection, faces: Sequence[int], limit: int) -> Found:
    alike = most_similar(collection, faces, limit=limit)
    found = {face: {"score": cosine, "name": name} for face, cosine, name in alike}
    return Found(f"like face {', '.join(map(str, faces))}", "cosine", _hits(collection, found))


def _perhaps(collection: Collection, person: PersonRef, limit: int) -> Found:
    found = {
        one.face: {
            "score": one.probability,
            "details": {
                "evidence_face": one.evidence_face,
                "cosine": one.cosine,
                "band": one.band,
                "warning": one.warning,
            },
        }
        for one in suggest_faces(collection, person, limit=limit)
    }
    called = person.known(collection.view).name
    return Found(f"perhaps {called}", "probability", _hits(collection, found))


def _hits(collection: Collection, found: Mapping[int, Mapping[str, Any]]) -> Table[Hit]:
    """Visible faces, in their order, with where they are."""
    view = collection.view
    rows = view.faces.rows(found)
    rows = rows[view.shown[rows]]
    photos = view.photos_of(np.unique(view.faces.photo_ids[rows]).tolist())
    place = dict(zip(view.faces.face_ids[rows].tolist(), rows.tolist(), strict=True))
    return Table(
        Hit(
            face=face,
            photo=photos[int(view.faces.photo_ids[place[face]])].path,
            box=tuple(view.faces.boxes[place[face]].tolist()),
            **facts,
        )
        for face, facts in found.items()
        if face in place
    )
