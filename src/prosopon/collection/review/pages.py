"""What each page shows: one function per page. They read a `Review` and change nothing."""

from pathlib import Path

import numpy as np

from prosopon.collection import pictures
from prosopon.collection.person_list import PersonSummary, matching, summary
from prosopon.collection.photographs import PhotoFilter, about_photo
from prosopon.collection.review.face_cards import faces_of, sheets
from prosopon.collection.review.session import Review
from prosopon.collection.review.suggestions import Likeness, confirmation
from prosopon.collection.review.views import (
    Cluster,
    Face,
    Found,
    PhotoCard,
    Photograph,
    PhotoSheet,
    Placed,
    Progress,
)
from prosopon.collection.roster import NOBODY
from prosopon.collection.upright import Upright
from prosopon.collection.view import CollectionView
from prosopon.errors import NotHere
from prosopon.languages import gettext as _
from prosopon.people.decisions import WHOLE
from prosopon.people.suggestion import Suggestion
from prosopon.persons import Person
from prosopon.records import Int64

FACES, CLUSTERS, PEOPLE, PERHAPS, PHOTOS = 60, 24, 60, 24, 60
"""How many a page shows at first."""
SURE = 0.8
"""Membership below which a cluster's faces are shown first."""
_STRIP = 8


def progress(review: Review) -> Progress:
    """How far we are."""
    view = review.view
    return Progress(
        photos=view.faces.photo_count,
        faces=int((~view.hidden).sum()),
        named=int((view.shown & (view.who != NOBODY)).sum()),
        doubtful=int((view.shown & view.doubtful).sum()),
        set_aside=int((view.set_aside & ~view.hidden).sum()),
        clusters=len(view.to_name),
        in_clusters=int(view.cluster_open[view.to_name].sum()),
        alone=len(view.alone),
        people=len(view.persons),
        conflicts=len(view.state.conflicts),
    )


def clusters(review: Review, after: str = "", count: int = CLUSTERS) -> tuple[list[Cluster], str]:
    """Clusters to name, those with most open faces first; and where the rest begins."""
    view = review.view
    labels = view.to_name
    if after:
        unwanted, size, identifier = (number(part) for part in f"{after}..".split(".")[:3])
        keys = zip(
            view.cluster_unwanted[labels].tolist(),
            (-view.cluster_open[labels]).tolist(),
            view.faces.identifiers[labels].tolist(),
            strict=True,
        )
        labels = labels[[key > (unwanted, -size, identifier) for key in keys]]
    page = labels[:count].tolist()
    open_rows = [rows[view.open[rows]][:_STRIP] for rows in map(view.faces.members, page)]
    made = [
        _cluster(view, label, shown, review.suggestions.of_cluster(view, label))
        for label, shown in zip(page, sheets(view, open_rows), strict=True)
    ]
    if len(labels) == len(page):
        return made, ""
    unwanted = int(view.cluster_unwanted[page[-1]])
    return made, f"after={unwanted}.{made[-1].open}.{made[-1].identifier}"


def cluster(review: Review, identifier: int, after: str = "") -> tuple[Cluster, str, int | None]:
    """One cluster with a sheet of its open faces, where the rest begins, and the next to name.

    Raises NotHere.
    """
    view = review.view
    label = view.faces.label(identifier)
    if label is None or not view.cluster_sizes[label]:
        raise NotHere(
            _(
                "There is no cluster %(number)s now; perhaps the faces were grouped anew.",
                number=identifier,
            )
        )
    members = view.faces.members(label)
    doubtful = view.faces.membership[members] < SURE
    members = np.concatenate([members[doubtful][::-1], members[~doubtful]])
    rows, rest = _page(view, members, view.open, after)
    suggestion = review.suggestions.of_cluster(view, label)
    made = _cluster(view, label, faces_of(view, rows), suggestion)
    place = np.flatnonzero(view.to_name == label)
    others = np.roll(view.to_name, -1 - int(place[0]) if len(place) else 0)
    others = others[others != label]
    return made, rest, int(view.faces.identifiers[others[0]]) if len(others) else None


def people(
    review: Review, after: str = "", doubtful: bool = False
) -> tuple[list[PersonSummary], str, int]:
    """Persons by family name, where the rest begins, and how many there are.

    doubtful : only those with names in doubt.
    """
    view = review.view
    places = view.roster.in_order()
    start = places.index(view.number[after]) + 1 if after in view.number else 0
    if doubtful:
        wanted = set(view.who[view.shown & view.doubtful & (view.who != NOBODY)].tolist())
        start = sum(place in wanted for place in places[:start])
        places = [place for place in places if place in wanted]
    page = places[start : start + PEOPLE]
    more = start + PEOPLE < len(places)
    rest = f"after={view.persons[page[-1]].id}" + "&doubtful=1" * doubtful if more else ""
    return [summary(view, place) for place in page], rest, len(places)


def alike(review: Review) -> list[tuple[PersonSummary, PersonSummary, Likeness]]:
    """Named persons who may be one, with what speaks for it."""
    view = review.view
    return [
        (summary(view, view.number[one.id]), summary(view, view.number[other.id]), like)
        for one, other, like in review.suggestions.alike(view)
    ]


def most_met(review: Review, count: int = 6) -> list[PersonSummary]:
    """The persons with most faces."""
    view = review.view
    places = np.argsort(-view.faces_of, kind="stable")[:count].tolist()
    return [summary(view, place) for place in places if view.faces_of[place]]


def person(
    review: Review, identifier: str, after: str = ""
) -> tuple[PersonSummary, list[Face], str]:
    """One person with faces, doubtful ones first, then the firmest; and where the rest begins.

    Raises NotHere.
    """
    view = review.view
    place = _place(view, identifier)
    unsure = np.flatnonzero(view.doubtful)
    faces, own = view.faces.face_ids[unsure].tolist(), view.persons[place].id
    one_of = unsure[[own in view.state.names[face].persons for face in faces]] if faces else unsure
    rows = np.union1d(np.flatnonzero(view.who == place), one_of)
    rows = rows[view.shown[rows]]
    rows = rows[np.lexsort((rows, -view.faces.membership[rows], ~view.doubtful[rows]))]
    rows, rest = _page(view, rows, view.shown, after)
    doubts = rows[view.doubtful[rows]].tolist()
    asked = {row: confirmation(view, place, row) for row in doubts}
    return summary(view, place), faces_of(view, rows, asked), rest


def perhaps(review: Review, person: Person) -> list[Face]:
    """Faces without a name that may be this person, the most probable first."""
    view = review.view
    found = review.suggestions.of_person(view, person)
    return faces_of(view, np.array(list(found)[:PERHAPS], np.int64), found)


def leftovers(review: Review, after: str = "", *, poor: bool = False) -> tuple[list[Face], str]:
    """Open faces that are in no cluster with others, those that can be known best first; and where
    the rest begins.

    poor : the small, blurred and averted ones, and those in the background, instead of the others.
    """
    view = review.view
    mask = _mask(view, view.alone) & (view.faces.weak == poor)
    rows, rest = _page(view, view.faces.by_clarity, mask, after)
    return faces_of(view, rows, review.suggestions.of_faces(view, rows)), rest


def poor_leftovers(review: Review) -> list[int]:
    """All open faces in no cluster that are too poor to be known well."""
    view = review.view
    found: list[int] = view.faces.face_ids[view.alone[view.faces.weak[view.alone]]].tolist()
    return found


def photographs(review: Review, wanted: PhotoFilter, after: str = "") -> tuple[PhotoSheet, str]:
    """Photographs that fit, with who is in them; and where the rest begins.

    Raises UsageError for a person who is not there.
    """
    view, found = review.view, review.collection.photographs(wanted)
    start = number(after)
    page = found.page(start, PHOTOS)
    before = found.page(start - 1, 1)[0].heading if 0 < start <= len(found) else None
    cards = []
    for one in page:
        rows = view.faces.of_photo(one.id)
        named = dict.fromkeys(view.who[rows[view.shown[rows]]].tolist())
        cards.append(
            PhotoCard(
                one.id,
                Path(one.path).name,
                "" if one.heading == before else one.heading or _("Without a date"),
                [view.persons[place] for place in named if place != NOBODY],
                int(view.open[rows].sum()),
                one.copies,
            )
        )
        before = one.heading
    persons = [one for one in map(view.person, wanted.persons) if one is not None]
    rest = f"after={start + PHOTOS}" if start + PHOTOS < len(found) else ""
    return PhotoSheet(cards, len(found), found.folders, persons), rest


def photograph(
    review: Review, identifier: int, *, background: bool = False, wanted: int = 0
) -> Photograph:
    """One photograph with its faces. Raises NotHere.

    background : faces in the background that have no name, too; but for the face `wanted` they are
        left out.
    """
    view = review.view
    photo = view.photo(identifier)
    if photo is None:
        raise NotHere(
            _("There is no photograph %(number)s, or its file is gone.", number=identifier)
        )
    rows = view.faces.of_photo(identifier)
    withheld = int(view.withheld[rows].sum())
    rows = rows[~view.hidden[rows]]
    behind = view.open[rows] & view.faces.unwanted[rows] & ~view.faces.by_hand[rows]
    behind &= view.faces.face_ids[rows] != wanted
    if not background:
        rows = rows[~behind]
    shown = faces_of(view, rows, review.suggestions.of_faces(view, rows))
    upright = Upright.of(view.faces, identifier, photo)
    width, height = upright.size
    about, taken = about_photo(review.collection, identifier)
    before, after = review.neighbours_of(identifier)
    return Photograph(
        id=identifier,
        file=Path(photo.path).name,
        path=photo.path,
        width=width,
        height=height,
        faces=[
            Placed(face, upright.place(box))
            for face, box in zip(shown, view.faces.boxes[rows].tolist(), strict=True)
        ],
        about=about,
        taken=taken,
        gone=not pictures.is_there(review.collection, identifier),
        copies=review.copies_of(identifier),
        present=[
            (one, None if region.box == WHOLE else upright.place_of_share(region.box))
            for region, who in view.state.present.get(photo.sha256, ())
            if (one := view.person(who)) is not None
        ],
        withheld=withheld,
        background=0 if background else int(behind.sum()),
        before=before,
        after=after,
    )


def search(review: Review, text: str) -> Found:
    """People by any of their names, clusters by number, photographs by what is said of them."""
    text = text.strip()
    if not text:
        return Found()
    view = review.view
    label = view.faces.label(int(text)) if text.isdecimal() and len(text) < 10 else None
    groups = []
    if label is not None and view.cluster_sizes[label]:
        rows = view.faces.members(label)
        groups = [_cluster(view, label, faces_of(view, rows[view.shown[rows]][:_STRIP]), None)]
    sheet, rest = photographs(review, PhotoFilter(text=text))
    return Found(names(review, text, 30), groups, sheet.photos, sheet.total if rest else 0)


def names(review: Review, text: str, limit: int = 8) -> list[PersonSummary]:
    """Persons one of whose names has every word of `text`, best first; without any, the last
    named."""
    view = review.view
    places = matching(view, text) if text.strip() else [view.number[p.id] for p in recent(review)]
    return [summary(view, place) for place in places[:limit]]


def recent(review: Review, limit: int = 9) -> list[Person]:
    """The persons whose names were given last."""
    view = review.view
    found = dict.fromkeys(filter(None, map(view.person, view.named_last(4 * limit))))
    return list(found)[:limit]


def namesake(review: Review, person: Person) -> PersonSummary | None:
    """What tells a person from others of the same name; None where there are none."""
    view = review.view
    if len(view.roster.named(person.name)) < 2:
        return None
    return summary(view, view.number[person.id])


def number(text: str) -> int:
    """A number that came with a request; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _cluster(
    view: CollectionView, label: int, shown: list[Face], suggestion: Suggestion | None
) -> Cluster:
    return Cluster(
        identifier=int(view.faces.identifiers[label]),
        size=int(view.cluster_sizes[label]),
        open=int(view.cluster_open[label]),
        faces=shown,
        known=[(view.persons[place], count) for place, count in view.known_as(label).items()],
        suggestion=suggestion,
    )


def _page(view: CollectionView, order: Int64, mask: np.ndarray, after: str) -> tuple[Int64, str]:
    """The next rows of `order` that are in `mask`, after the face `after`; where the rest begins.

    The face that the last page ended with may have left the mask: its place in `order` counts.
    """
    past = view.faces.rows([number(after)])
    start = int(np.flatnonzero(order == past[0])[0]) + 1 if len(past) and past[0] in order else 0
    rows = order[start:][mask[order[start:]]]
    page = rows[:FACES]
    more = len(rows) > FACES
    return page, f"after={view.faces.face_ids[page[-1]]}" if more else ""


def _place(view: CollectionView, identifier: str) -> int:
    found = view.person(identifier)
    if found is None:
        raise NotHere(_("There is no such person (any more): load the page again."))
    return view.number[found.id]


def _mask(view: CollectionView, rows: Int64) -> np.ndarray:
    mask = np.zeros(len(view.faces.face_ids), bool)
    mask[rows] = True
    return mask
