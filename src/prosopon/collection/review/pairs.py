"""Faces alone in pairs with what they resemble: many at a time, for what is left at the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from prosopon.collection.deciding import ActionResult, DecisionBatch
from prosopon.collection.people import People
from prosopon.collection.review import questions
from prosopon.collection.review.face_cards import sheets
from prosopon.collection.review.session import Review
from prosopon.collection.review.views import Face
from prosopon.collection.selection import FaceSelection, PersonRef
from prosopon.collection.view import CollectionView
from prosopon.errors import UsageError
from prosopon.languages import gettext as _
from prosopon.languages import ngettext
from prosopon.people import Kind
from prosopon.people.doubtful import DoubtfulPair
from prosopon.persons import Person

SHOWN = 24
"""Pairs on a page: what can be looked over at a glance."""


@dataclass(frozen=True, slots=True)
class PairCard:
    """Two faces to compare."""

    face: Face
    other: Face
    person: Person | None
    """Whom the other shows; None: neither has a name."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What somebody said of a pair."""

    face: int
    other: int
    same: bool
    person: str = ""
    """Identifier of whom `other` shows, if it has a name."""
    who: PersonRef | None = None
    """Who both are, where neither has a name and somebody knows."""


def pairs(review: Review, by: str = "", count: int = SHOWN) -> list[PairCard]:
    """The pairs to look over next, as far as nobody has decided on them since.

    by : who is asked: not about what they have suggested something for already.
    """
    view, suggested = review.view, questions.suggested(review.view, by)
    told = {frozenset(pair) for pair in (*view.state.cannot_link, *view.state.must_link)}
    left = [
        pair
        for pair in review.suggestions.pairs
        if {pair.face, pair.other} not in told
        and suggested.isdisjoint((pair.face, pair.other))
        and _is_left(view, pair)
    ][:count]
    rows = [view.faces.rows([face]) for pair in left for face in (pair.face, pair.other)]
    shown = sheets(view, rows)
    return [
        PairCard(one[0], other[0], view.person(pair.person))
        for pair, one, other in zip(left, shown[::2], shown[1::2], strict=True)
        if one and other
    ]


def _is_left(view: CollectionView, pair: DoubtfulPair) -> bool:
    """Whether both are as they were: the one without a name, the other with that person's."""
    rows = [view.faces.rows([face]) for face in (pair.face, pair.other)]
    if not all(len(row) and not view.hidden[row[0]] for row in rows):
        return False
    face, other = (int(row[0]) for row in rows)
    if not pair.person or not view.open[face]:
        return bool(view.open[[face, other]].all())
    person = view.person(pair.person)
    return person is not None and person.id not in view.state.rejected.get(pair.face, ())


def answer(review: Review, people: People, said: Sequence[Compared]) -> ActionResult:
    """Take what was said of a page of pairs. Raises UsageError where there is none."""
    if not said:
        raise UsageError(_("No pair is chosen."))
    same = [pair for pair in said if pair.same]
    done = [_same(review, people, pair) for pair in same]
    batch = DecisionBatch(review.collection, people.author)
    for pair in said:
        if pair.person and not pair.same:
            batch.add(Kind.REJECT, [pair.face], persons=(pair.person,))
        elif not pair.same:
            batch.add(Kind.DIFFERENT, [pair.face, pair.other])
    if len(same) < len(said):
        done.append(batch.close(""))
    told = ngettext("%(number)s pair is one person.", "%(number)s pairs are one person.", len(same))
    return ActionResult(told, [entry for one in done for entry in one.decisions])


def _same(review: Review, people: People, pair: Compared) -> ActionResult:
    if pair.person:
        return questions.yes(review, people, FaceSelection([pair.face]), PersonRef(pair.person))
    both = FaceSelection([pair.face, pair.other])
    return people.name(both, pair.who) if pair.who else people.mark(both, Kind.SAME)
