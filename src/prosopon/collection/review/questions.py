"""What to ask next, and what an answer does."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from prosopon.collection.review import deeds, proposals
from prosopon.collection.review.deeds import Deed, Target, Who
from prosopon.collection.review.desk import Desk
from prosopon.collection.review.sheet import faces_of
from prosopon.collection.review.snapshot import Snapshot
from prosopon.collection.review.views import Face, Proposal, Question
from prosopon.errors import UsageError
from prosopon.records import Int64

AT_ONCE = 6
"""How many questions are handed out together: while one is answered the next are there."""
_SHOWN = 60
_COMPARED = 8


def ask(desk: Desk, count: int = AT_ONCE) -> list[Question]:
    """The next questions, those that settle most faces first."""
    now = desk.snapshot()
    found: list[Question] = []
    for rows, proposal, unticked in _in_turn(desk, now):
        key = _key(now, rows, proposal)
        if key not in desk.put_off:
            shown = rows[:_SHOWN]
            found.append(
                Question(
                    key=key,
                    groups=[faces_of(desk, now, group) for group in _groups(now, shown)],
                    proposal=proposal,
                    unticked=unticked,
                    known=_to_compare(desk, now, shown, proposal),
                )
            )
        if len(found) == count:
            break
    return found


def yes(desk: Desk, author: str, target: Target, who: Who) -> Deed:
    """It is as proposed."""
    return deeds.name(desk, author, target, who, suggested=True)


def no(desk: Desk, author: str, target: Target, who: Who) -> Deed:
    """It is not."""
    everybody = replace(target, faces=(*target.faces, *target.others), others=())
    return deeds.reject(desk, author, everybody, who)


def later(desk: Desk, key: str) -> Deed:
    """Put the question off."""
    if not key:
        raise UsageError("Which question?")
    desk.put_off.add(key)
    return Deed("Put off until the next start.")


def _in_turn(desk: Desk, now: Snapshot) -> Iterator[tuple[Int64, Proposal | None, Collection[int]]]:
    """Faces to ask about together, who they may be, and which are not ticked beforehand.

    As suggested, then cluster by cluster.

    Suggestions lag behind; until they have come, and where they have nothing, clusters do.
    """
    covered: set[int] = set()
    for asked in desk.hints.questions:
        rows, proposal = proposals.for_question(now, asked)
        if len(rows) > 1 or (proposal and len(rows)):
            covered.update(rows.tolist())
            yield rows, proposal, asked.unticked
    for label in now.to_name.tolist():
        rows = now.stock.members(label)
        rows = rows[now.open[rows]]
        if covered.isdisjoint(rows.tolist()):
            yield rows, proposals.for_cluster(desk, now, label), ()


def _key(now: Snapshot, rows: Int64, proposal: Proposal | None) -> str:
    """What a question is known by as long as its faces and its person are the same."""
    who = proposal.person.id if proposal else "who"
    return f"{who}.{now.stock.face_ids[rows].min()}"


def _groups(now: Snapshot, rows: Int64) -> list[Int64]:
    """The rows, those of one cluster together in the order of their first; single ones last."""
    labels = now.stock.labels[rows]
    several = [
        label
        for label in dict.fromkeys(labels.tolist())
        if label >= 0 and np.count_nonzero(labels == label) > 1
    ]
    groups = [rows[labels == label] for label in several]
    single = rows[~np.isin(labels, several)]
    return [*groups, single] if len(single) else groups


def _to_compare(desk: Desk, now: Snapshot, rows: Int64, proposal: Proposal | None) -> list[Face]:
    """Faces of the proposed person: the nearest to those in question, then the firmest."""
    if proposal is None:
        return []
    hints = [desk.hints.faces.get(face) for face in now.stock.face_ids[rows].tolist()]
    nearest = [hint.nearest for hint in hints if hint and hint.person == proposal.person.id]
    place = now.number[proposal.person.id]
    sure = now.shown & ~now.doubtful & (now.who == place)
    own = np.flatnonzero(sure)
    own = own[np.argsort(-now.stock.strengths[own], kind="stable")]
    first = [row for face in nearest for row in now.stock.rows([face]).tolist() if sure[row]]
    chosen = list(dict.fromkeys([*first[: _COMPARED // 2], *own.tolist()]))[:_COMPARED]
    return faces_of(desk, now, np.array(chosen, np.int64))
