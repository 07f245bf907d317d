"""Hints → proposals that still hold: nothing settled, rejected or restricted since."""

from collections.abc import Iterable, Sequence

import numpy as np

from prosopon.collection.review.desk import Desk
from prosopon.collection.review.hints import Asked, Hint
from prosopon.collection.review.snapshot import Snapshot
from prosopon.collection.review.views import Proposal
from prosopon.persons import Person
from prosopon.records import Int64


def for_faces(desk: Desk, now: Snapshot, rows: Int64) -> dict[int, Proposal]:
    """Who the open ones of these faces may be, by row."""
    found = {}
    for row in rows[now.open[rows]].tolist():
        face = int(now.stock.face_ids[row])
        proposal = _holding(now, desk.hints.faces.get(face), [face])
        if proposal is not None:
            found[row] = proposal
    return found


def for_cluster(desk: Desk, now: Snapshot, label: int) -> Proposal | None:
    """Who a cluster's open faces may be: as suggested, else as its other faces are named."""
    rows = now.stock.members(label)
    faces = now.stock.face_ids[rows[now.open[rows]]].tolist()
    proposal = _holding(now, desk.hints.clusters.get(int(now.stock.identifiers[label])), faces)
    if proposal is not None:
        return proposal
    for place, count in now.known_as(label).items():
        person = now.persons[place]
        if not _rejected(now, person, faces):
            return Proposal(person, f"{count:,} other faces of this cluster have that name.")
    return None


def for_question(now: Snapshot, asked: Asked) -> tuple[Int64, Proposal | None]:
    """Rows of the faces that are still to be asked about, in order, and who they may be."""
    person = now.person(asked.person)
    if asked.person and person is None:  # restricted or gone since
        return np.empty(0, np.int64), None
    rank = {face: place for place, face in enumerate(asked.faces)}
    rows = now.stock.rows(asked.faces)
    faces = dict(zip(rows.tolist(), now.stock.face_ids[rows].tolist(), strict=True))
    kept = [
        row
        for row, face in faces.items()
        if now.open[row] and not (person and _rejected(now, person, [face]))
    ]
    kept.sort(key=lambda row: rank[faces[row]])
    proposal = Proposal(person, sure(asked.probability), asked.probability) if person else None
    return np.array(kept, np.int64), proposal


def perhaps(desk: Desk, now: Snapshot, person: Person) -> dict[int, Proposal]:
    """Open faces that may be this person, by row; the most probable first."""
    merged = now.state.merged
    own = {person.id, *(one for one in merged if now.state.merged_into(one) == person.id)}
    hinted = [face for face, hint in desk.hints.faces.items() if hint.person in own]
    found = for_faces(desk, now, now.stock.rows(hinted))
    return dict(sorted(found.items(), key=lambda item: -item[1].probability))


def confirmation(now: Snapshot, place: int, row: int) -> Proposal:
    """Whether a doubtful name is right."""
    named = now.state.names[int(now.stock.face_ids[row])]
    several = len(named.persons)
    why = f"one of {several} persons" if several > 1 else f"named in doubt ({named.certainty:.0%})"
    return Proposal(now.persons[place], why, named.certainty / several)


def evidence(desk: Desk, faces: Iterable[int], person: str) -> str:
    """What the log says an accepted proposal was decided from; empty where nothing was proposed."""
    hints = [desk.hints.faces.get(face) for face in faces]
    given = [hint.probability for hint in hints if hint is not None and hint.person == person]
    return f"suggested, probability {sum(given) / len(given):.2f}" if given else ""


def sure(probability: float) -> str:
    """A probability in words."""
    return f"{min(probability, 0.99):.0%} sure"


def _holding(now: Snapshot, hint: Hint | None, faces: Sequence[int]) -> Proposal | None:
    person = None if hint is None else now.person(hint.person)
    if hint is None or person is None or _rejected(now, person, faces):
        return None
    return Proposal(person, sure(hint.probability), hint.probability, hint.nearest)


def _rejected(now: Snapshot, person: Person, faces: Sequence[int]) -> bool:
    """Whether somebody said of any of the faces that it is not the person."""
    return any(person.id in now.state.rejected.get(face, ()) for face in faces)
