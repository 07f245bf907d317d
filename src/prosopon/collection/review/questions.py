"""What to ask next, and what an answer does."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

import numpy as np

from prosopon.collection.deciding import ActionResult
from prosopon.collection.people import People
from prosopon.collection.review import leases
from prosopon.collection.review.face_cards import faces_of
from prosopon.collection.review.session import Review
from prosopon.collection.review.views import Face, QuestionCard
from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.people.suggestion import Suggestion
from prosopon.records import Int64

AT_ONCE = 6
"""How many questions are handed out together: while one is answered the next are there."""
HELD = 2
"""How many of them nobody else is asked: the one in front and the one that comes after it."""
_SHOWN = 60
_COMPARED = 8


def ask(
    review: Review, count: int = AT_ONCE, *, by: str = "", without: Set[int] = frozenset()
) -> list[QuestionCard]:
    """The next questions, those that settle most faces first.

    by : who is asked: not what they put off, or have suggested something for already.
    without : faces that are not to be asked about.
    """
    view = review.view
    without = without | suggested(view, by)
    found: list[QuestionCard] = []
    for rows, suggestion in _in_turn(review, view):
        key = _key(view, rows, suggestion)
        if (by, key) in review.put_off:
            continue
        if without.isdisjoint(view.faces.face_ids[rows].tolist()):
            shown = rows[:_SHOWN]
            found.append(
                QuestionCard(
                    key=key,
                    groups=[faces_of(view, group) for group in _groups(view, shown)],
                    suggestion=suggestion,
                    known=_to_compare(review, view, shown, suggestion),
                )
            )
        if len(found) == count:
            break
    return found


def hand_out(review: Review, by: str, holder: str) -> tuple[list[QuestionCard], bool]:
    """Questions for one of several people at once, and whether others are being asked, too.

    holder : as whom they are held, so that nobody else is asked the same.
    """
    for _attempt in range(leases.TRIES):
        others = leases.of_others(review, holder)
        found = ask(review, by=by, without=others)
        if leases.hold(review, holder, found[:HELD]):
            break
    return found, bool(others)


def are_settled(review: Review, faces: Sequence[int]) -> bool:
    """Whether nobody needs to be asked about any of these faces any more."""
    view = review.view
    return not view.open[view.faces.rows(faces)].any()


def suggested(view: CollectionView, by: str) -> set[int]:
    """Faces on which somebody has suggested something that waits for a curator."""
    regions = [r for e in view.state.contributions if e.author == by for r in e.faces]
    return set(view.faces.face_ids[view.rows_at(regions)].tolist())


def yes(review: Review, people: People, faces: FaceSelection, who: PersonRef) -> ActionResult:
    """It is as suggested, which the log says."""
    view = review.view
    identifier, _, _ = who.resolve(view)
    evidence = review.suggestions.evidence(faces.resolve(view), identifier)
    return people.name(faces, who, evidence=evidence)


def no(people: People, faces: FaceSelection, who: PersonRef) -> ActionResult:
    """It is not."""
    everybody = replace(faces, faces=(*faces.faces, *faces.others), others=())
    return people.reject(everybody, who)


def later(review: Review, by: str, key: str) -> ActionResult:
    """Put the question off, for one of several people."""
    if not key:
        raise UsageError(_("Which question?"))
    review.put_off.add((by, key))
    return ActionResult(_("Put off until the next start."))


def again(review: Review, by: str, key: str) -> ActionResult:
    """Ask what was put off after all."""
    review.put_off.discard((by, key))
    return ActionResult(_("Asked again."))


def _in_turn(review: Review, view: CollectionView) -> Iterator[tuple[Int64, Suggestion | None]]:
    """Faces to ask about together, and who they may be.

    As suggested, then cluster by cluster.

    Suggestions lag behind; until they have come, and where they have nothing, clusters do.
    """
    covered: set[int] = set()
    for asked in review.suggestions.questions:
        rows, suggestion = review.suggestions.of_question(view, asked)
        if len(rows) > 1 or (suggestion and len(rows)):
            covered.update(rows.tolist())
            yield rows, suggestion
    for label in view.to_name.tolist():
        rows = view.faces.members(label)
        rows = rows[view.to_ask[rows]]
        if len(rows) and covered.isdisjoint(rows.tolist()):
            odd_first = rows[:_SHOWN][::-1]
            yield odd_first, review.suggestions.of_cluster(view, label)


def _key(view: CollectionView, rows: Int64, suggestion: Suggestion | None) -> str:
    """What a question is known by as long as its faces and its person are the same."""
    who = suggestion.person if suggestion else "who"
    return f"{who}.{view.faces.face_ids[rows].min()}"


def _groups(view: CollectionView, rows: Int64) -> list[Int64]:
    """The rows, those of one cluster together, and the single ones; in the order of their first."""
    labels, counts = np.unique(view.faces.labels[rows], return_counts=True)
    of = np.where(
        np.isin(view.faces.labels[rows], labels[(counts > 1) & (labels >= 0)]),
        view.faces.labels[rows],
        -1,
    )
    return [rows[of == one] for one in dict.fromkeys(of.tolist())]


def _to_compare(
    review: Review, view: CollectionView, rows: Int64, suggestion: Suggestion | None
) -> list[Face]:
    """Faces of the proposed person: the nearest to those in question, then the firmest."""
    if suggestion is None:
        return []
    found = [review.suggestions.faces.get(face) for face in view.faces.face_ids[rows].tolist()]
    nearest = [
        one.evidence_face
        for one in found
        if one and one.person == suggestion.person and one.evidence_face is not None
    ]
    place = view.number[suggestion.person]
    sure = view.shown & ~view.doubtful & (view.who == place)
    own = np.flatnonzero(sure)
    own = own[np.argsort(-view.faces.membership[own], kind="stable")]
    first = [row for face in nearest for row in view.faces.rows([face]).tolist() if sure[row]]
    chosen = list(dict.fromkeys([*first[: _COMPARED // 2], *own.tolist()]))[:_COMPARED]
    return faces_of(view, np.array(chosen, np.int64))
