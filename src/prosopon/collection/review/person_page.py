"""What a person's page tells besides the faces: when, with whom, how it is known, who disagrees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from prosopon.collection import together
from prosopon.collection.review.face_cards import faces_of, sheets
from prosopon.collection.review.session import Review
from prosopon.collection.review.suggestions import Likeness
from prosopon.collection.review.views import Face
from prosopon.collection.view import CollectionView
from prosopon.people.telling import evidence_text
from prosopon.persons import Person

_EACH, _SOURCES = 4, 60


@dataclass(frozen=True, slots=True)
class NameSource:
    """Where the name of a face comes from."""

    face: Face
    author: str
    at: datetime
    evidence: str
    """What it was decided from; empty for a look at the face."""
    certainty: float
    others: Sequence[str] = ()
    """Who says the same."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A face that is said to be this person, and somebody else."""

    face: Face
    message: str
    rivals: Sequence[tuple[Person, Sequence[Face]]]
    """With faces of each to compare."""


@dataclass(frozen=True, slots=True)
class PersonAbout:
    """All of it."""

    years: Sequence[tuple[int, int]]
    """Year → photographs."""
    beside: Sequence[tuple[Person, int]]
    """With whom in how many photographs."""
    sources: Sequence[NameSource]
    disputes: Sequence[Dispute]
    alike: Sequence[tuple[Person, Person, Likeness]] = ()
    """Who may be the same person as whom; this one is among the two."""


def about(review: Review, person: Person) -> PersonAbout:
    """What is known of a person who is there."""
    view = review.view
    place = view.number[person.id]
    rows = np.flatnonzero(view.shown & (view.who == place))
    return PersonAbout(
        together.years(view, rows),
        together.with_whom(view, place)[:12],
        _sources(view, _named_last(view, rows)),
        _disputes(view, person),
        [
            (one, other, like)
            for one, other, like in review.suggestions.alike(view)
            if person.id in (one.id, other.id)
        ],
    )


def _named_last(view: CollectionView, rows: np.ndarray) -> list[int]:
    """Those of a person's rows that were named last: a few, however many there are."""
    named = (view.state.names[face].decisions for face in view.faces.face_ids[rows].tolist())
    at = [max(view.by_id[entry].at for entry in entries) for entries in named]
    latest = sorted(range(len(at)), key=at.__getitem__, reverse=True)[:_SOURCES]
    return [int(rows[place]) for place in latest]


def _sources(view: CollectionView, rows: Sequence[int]) -> list[NameSource]:
    """Where these names come from, the latest first."""
    found = []
    for row in rows:
        named = view.state.names[int(view.faces.face_ids[row])]
        entries = [view.by_id[one] for one in named.decisions if one in view.by_id]
        if entries:
            found.append((entries, row))
    found.sort(key=lambda pair: pair[0][-1].at, reverse=True)
    cards = {face.id: face for face in faces_of(view, np.array([row for _, row in found], int))}
    return [
        NameSource(
            cards[face],
            entries[-1].author,
            entries[-1].at,
            evidence_text(entries[-1].evidence),
            entries[-1].certainty,
            tuple(dict.fromkeys(e.author for e in entries[:-1] if e.author != entries[-1].author)),
        )
        for entries, row in found
        if (face := int(view.faces.face_ids[row])) in cards
    ]


def _disputes(view: CollectionView, person: Person) -> list[Dispute]:
    found = []
    for conflict in view.state.conflicts:
        known = [view.person(one) for one in conflict.persons]
        if len(conflict.faces) != 1 or person not in known or None in known:
            continue
        rows = view.faces.rows(conflict.faces)
        rivals = [person, *dict.fromkeys(one for one in known if one and one != person)]
        shown = sheets(view, [rows, *(_firmest(view, one) for one in rivals)])
        if shown[0]:
            pairs = list(zip(rivals, shown[1:], strict=True))
            found.append(Dispute(shown[0][0], conflict.message, pairs))
    return found


def _firmest(view: CollectionView, person: Person) -> np.ndarray:
    rows = np.flatnonzero(view.shown & (view.who == view.number[person.id]) & ~view.doubtful)
    return rows[np.argsort(-view.faces.membership[rows], kind="stable")][:_EACH]
