"""What is suggested at the moment, as far as it still holds: nothing settled, rejected or
restricted since.

Suggestions are worked out beside the pages (see `suggestion_worker`) and may lag behind the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from prosopon.collection.view import CollectionView
from prosopon.languages import gettext as _
from prosopon.languages import ngettext, share_text
from prosopon.people.doubtful import DoubtfulPair
from prosopon.people.suggestion import Question, Suggestion, sure
from prosopon.persons import Person
from prosopon.records import Int64


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two named persons who may be one."""

    persons: tuple[str, str]
    """Identifiers."""
    probability: float
    faces: tuple[int, int]
    """Those of the two that are nearest to each other."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All suggestions for a collection; they can be handed from process to process."""

    faces: Mapping[int, Suggestion] = field(default_factory=dict)
    """By face, of those that wait for a name."""
    clusters: Mapping[int, Suggestion] = field(default_factory=dict)
    """By a cluster's lasting identifier."""
    merges: Sequence[Likeness] = ()
    """Named persons who may be one, the most probable first."""
    questions: Sequence[Question] = ()
    """The one that settles most faces for an answer first."""
    pairs: Sequence[DoubtfulPair] = ()
    """Of faces in no question; those that settle most first."""

    def of_faces(self, view: CollectionView, rows: Int64) -> dict[int, Suggestion]:
        """Who the open ones of these faces may be, by row; not of those in dispute."""
        found = {}
        for row in rows[view.to_ask[rows]].tolist():
            face = int(view.faces.face_ids[row])
            suggestion = _holding(view, self.faces.get(face), [face])
            if suggestion is not None:
                found[row] = suggestion
        return found

    def of_cluster(self, view: CollectionView, label: int) -> Suggestion | None:
        """Who a cluster's open faces may be: as suggested, else as its other faces are named."""
        rows = view.faces.members(label)
        faces = view.faces.face_ids[rows[view.open[rows]]].tolist()
        identifier = int(view.faces.identifiers[label])
        suggestion = _holding(view, self.clusters.get(identifier), faces)
        if suggestion is not None:
            return suggestion
        for place, count in view.known_as(label).items():
            person = view.persons[place]
            if not _rejected(view, person, faces):
                reason = ngettext(
                    "%(number)s other face of this cluster has that name.",
                    "%(number)s other faces of this cluster have that name.",
                    count,
                )
                return Suggestion(person.id, person.name, reason=reason)
        return None

    def of_question(
        self, view: CollectionView, question: Question
    ) -> tuple[Int64, Suggestion | None]:
        """Rows of the faces that are still to be asked about, in order, and who they may be."""
        person = view.person(question.person)
        if question.person and person is None:  # restricted or gone since
            return np.empty(0, np.int64), None
        rank = {face: place for place, face in enumerate(question.faces)}
        rows = view.faces.rows(question.faces)
        faces = dict(zip(rows.tolist(), view.faces.face_ids[rows].tolist(), strict=True))
        kept = [
            row
            for row, face in faces.items()
            if view.to_ask[row] and not (person and _rejected(view, person, [face]))
        ]
        kept.sort(key=lambda row: rank[faces[row]])
        suggestion = None
        if person is not None:
            chance = question.probability
            suggestion = Suggestion(person.id, person.name, chance, sure(chance))
        return np.array(kept, np.int64), suggestion

    def of_person(self, view: CollectionView, person: Person) -> dict[int, Suggestion]:
        """Open faces that may be this person, by row; the most probable first."""
        merged = view.state.merged
        own = {person.id, *(one for one in merged if view.state.merged_into(one) == person.id)}
        faces = [face for face, suggestion in self.faces.items() if suggestion.person in own]
        found = self.of_faces(view, view.faces.rows(faces))
        return dict(sorted(found.items(), key=lambda item: -item[1].probability))

    def alike(self, view: CollectionView) -> list[tuple[Person, Person, Likeness]]:
        """Two named persons who may be one, as far as both are still there and not told apart."""
        apart = {frozenset(pair) for pair in view.state.cannot_link}
        found = []
        for like in self.merges:
            first, second = map(view.person, like.persons)
            rows = view.faces.rows(like.faces)
            told_apart = frozenset(like.faces) in apart
            if len(rows) < 2 or not view.shown[rows].all() or told_apart:
                continue
            if first and second and first.id != second.id:
                found.append((first, second, like))
        return found

    def evidence(self, faces: Iterable[int], person: str) -> str:
        """What the log says that an accepted suggestion was decided from; empty where nothing was
        suggested."""
        found = [self.faces.get(face) for face in faces]
        given = [one.probability for one in found if one is not None and one.person == person]
        return f"suggested, probability {sum(given) / len(given):.2f}" if given else ""


def confirmation(view: CollectionView, place: int, row: int) -> Suggestion:
    """Whether a doubtful name is right."""
    named, person = view.state.names[int(view.faces.face_ids[row])], view.persons[place]
    several = len(named.persons)
    why = (
        _("one of %(number)s persons", number=several)
        if several > 1
        else _("named in doubt (%(certainty)s)", certainty=share_text(named.certainty))
    )
    return Suggestion(person.id, person.name, named.certainty / several, why)


def _holding(
    view: CollectionView, suggestion: Suggestion | None, faces: Sequence[int]
) -> Suggestion | None:
    person = None if suggestion is None else view.person(suggestion.person)
    if suggestion is None or person is None or _rejected(view, person, faces):
        return None
    known = view.faces.rows([suggestion.evidence_face or 0])
    seen = suggestion.evidence_face if len(known) and view.shown[known[0]] else None
    why = sure(suggestion.probability)  # in the language of who looks
    return replace(suggestion, person=person.id, name=person.name, evidence_face=seen, reason=why)


def _rejected(view: CollectionView, person: Person, faces: Sequence[int]) -> bool:
    """Whether somebody said of any of the faces that it is not the person."""
    return any(person.id in view.state.rejected.get(face, ()) for face in faces)
