"""What each page shows: one function per page. They read a `Review` and change nothing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from prosopon.collection.people import PersonSummary, matching, summary
from prosopon.collection.photographs import PhotoFilter, about_photo
from prosopon.collection.review.face_cards import faces_of, sheets
from prosopon.collection.review.session import Review
from prosopon.collection.review.suggestions import confirmation
from prosopon.collection.review.views import (
    Box,
    Cluster,
    Face,
    Found,
    PhotoCard,
    Photograph,
    PhotoSheet,
    Placed,
    Progress,
)
from prosopon.collection.view import NOBODY, CollectionView
from prosopon.errors import NotHere
from prosopon.languages import gettext as _
from prosopon.people.decisions import WHOLE
from prosopon.people.suggestion import Suggestion
from prosopon.persons import Person
from prosopon.records import Int64, Photo
from prosopon.store import catalogue

FACES, CLUSTERS, PEOPLE, PERHAPS, PHOTOS = 60, 24, 60, 24, 60
"""How many a page shows at first."""
_STRIP = 8


def progress(review: Review) -> Progress:
    """How far we are."""
    now = review.view
    return Progress(
        photos=now.faces.photo_count,
        faces=int((~now.hidden).sum()),
        named=int((now.shown & (now.who != NOBODY)).sum()),
        doubtful=int((now.shown & now.doubtful).sum()),
        set_aside=int((now.set_aside & ~now.hidden).sum()),
        clusters=len(now.to_name),
        in_clusters=int(now.cluster_open[now.to_name].sum()),
        alone=len(now.alone),
        people=len(now.persons),
        conflicts=len(now.state.conflicts),
    )


def clusters(review: Review, after: str = "", count: int = CLUSTERS) -> tuple[list[Cluster], str]:
    """Clusters to name, those with most open faces first; and where the rest begins."""
    now = review.view
    labels = now.to_name
    if after:
        size, _, identifier = after.partition(".")
        keys = np.stack([-now.cluster_open[labels], now.faces.identifiers[labels]], axis=1)
        past = (-number(size), number(identifier))
        labels = labels[[tuple(key) > past for key in keys.tolist()]]
    page = labels[:count].tolist()
    open_rows = [rows[now.open[rows]][:_STRIP] for rows in map(now.faces.members, page)]
    made = [
        _cluster(now, label, shown, review.suggestions.of_cluster(now, label))
        for label, shown in zip(page, sheets(now, open_rows), strict=True)
    ]
    more = len(labels) > len(page)
    return made, f"after={made[-1].open}.{made[-1].identifier}" if more else ""


def cluster(review: Review, identifier: int, after: str = "") -> tuple[Cluster, str, int | None]:
    """One cluster with a sheet of its open faces, where the rest begins, and the next to name.

    Raises NotHere.
    """
    now = review.view
    label = now.faces.label(identifier)
    if label is None or not now.cluster_sizes[label]:
        raise NotHere(f"There is no cluster {identifier} now; perhaps the faces were grouped anew.")
    members = now.faces.members(label)
    rows, rest = _page(now, members, now.open, after)
    suggestion = review.suggestions.of_cluster(now, label)
    made = _cluster(now, label, faces_of(now, rows), suggestion)
    place = np.flatnonzero(now.to_name == label)
    others = np.roll(now.to_name, -1 - int(place[0]) if len(place) else 0)
    others = others[others != label]
    return made, rest, int(now.faces.identifiers[others[0]]) if len(others) else None


def people(
    review: Review, after: str = "", doubtful: bool = False
) -> tuple[list[PersonSummary], str, int]:
    """Persons by name, where the rest begins, and how many there are.

    doubtful : only those with names in doubt.
    """
    now = review.view
    places = np.arange(len(now.persons))
    if doubtful:
        places = np.unique(now.who[now.shown & now.doubtful & (now.who != NOBODY)])
    start = int(np.searchsorted(places, now.number.get(after, -1), side="right"))
    page = places[start : start + PEOPLE].tolist()
    more = start + PEOPLE < len(places)
    rest = f"after={now.persons[page[-1]].id}" + "&doubtful=1" * doubtful if more else ""
    return [summary(now, place) for place in page], rest, len(places)


def most_met(review: Review, count: int = 6) -> list[PersonSummary]:
    """The persons with most faces."""
    now = review.view
    places = np.argsort(-now.faces_of, kind="stable")[:count].tolist()
    return [summary(now, place) for place in places if now.faces_of[place]]


def person(
    review: Review, identifier: str, after: str = ""
) -> tuple[PersonSummary, list[Face], str]:
    """One person with faces, doubtful ones first, then the firmest; and where the rest begins.

    Raises NotHere.
    """
    now = review.view
    place = _place(now, identifier)
    one_of = now.faces.rows(
        face
        for face, named in now.state.names.items()
        if len(named.persons) > 1 and now.persons[place].id in named.persons
    )
    rows = np.union1d(np.flatnonzero(now.who == place), one_of)
    rows = rows[now.shown[rows]]
    rows = rows[np.lexsort((rows, -now.faces.membership[rows], ~now.doubtful[rows]))]
    rows, rest = _page(now, rows, now.shown, after)
    doubts = rows[now.doubtful[rows]].tolist()
    asked = {row: confirmation(now, place, row) for row in doubts}
    return summary(now, place), faces_of(now, rows, asked), rest


def perhaps(review: Review, person: Person) -> list[Face]:
    """Faces without a name that may be this person, the most probable first."""
    now = review.view
    found = review.suggestions.of_person(now, person)
    return faces_of(now, np.array(list(found)[:PERHAPS], np.int64), found)


def leftovers(review: Review, after: str = "") -> tuple[list[Face], str]:
    """Open faces that are in no cluster with others; and where the rest begins."""
    now = review.view
    rows, rest = _page(now, np.arange(len(now.faces.face_ids)), _mask(now, now.alone), after)
    return faces_of(now, rows, review.suggestions.of_faces(now, rows)), rest


def photographs(review: Review, wanted: PhotoFilter, after: str = "") -> tuple[PhotoSheet, str]:
    """Photographs that fit, with who is in them; and where the rest begins.

    Raises UsageError for a person who is not there.
    """
    now, found = review.view, review.collection.photographs(wanted)
    start = number(after)
    page = found.photos[start : start + PHOTOS]
    before = found.photos[start - 1].heading if start else None
    cards = []
    for one in page:
        rows = now.faces.of_photo(one.id)
        named = dict.fromkeys(now.who[rows[now.shown[rows]]].tolist())
        cards.append(
            PhotoCard(
                one.id,
                Path(one.path).name,
                "" if one.heading == before else one.heading or _("Without a date"),
                [now.persons[place] for place in named if place != NOBODY],
                int(now.open[rows].sum()),
            )
        )
        before = one.heading
    persons = [one for one in map(now.person, wanted.persons) if one is not None]
    rest = f"after={start + PHOTOS}" if start + PHOTOS < len(found) else ""
    return PhotoSheet(cards, len(found), found.folders, persons), rest


def photograph(review: Review, identifier: int) -> Photograph:
    """One photograph with its faces. Raises NotHere."""
    now = review.view
    photo = now.photo(identifier)
    if photo is None:
        raise NotHere(
            _("There is no photograph %(number)s, or its file is gone.", number=identifier)
        )
    rows = now.faces.of_photo(identifier)
    withheld = int(now.hidden[rows].sum())
    rows = rows[~now.hidden[rows]]
    shown = faces_of(now, rows, review.suggestions.of_faces(now, rows))
    boxes = now.faces.boxes[rows].astype(float)
    boxes[:, 2:] -= boxes[:, :2]
    about, taken = about_photo(review.collection, identifier)
    before, after = review.neighbours_of(identifier)
    return Photograph(
        id=identifier,
        file=Path(photo.path).name,
        path=photo.path,
        width=photo.width,
        height=photo.height,
        faces=[
            Placed(face, tuple(box))
            for face, box in zip(shown, boxes.round(1).tolist(), strict=True)
        ],
        about=about,
        taken=taken,
        copies=review.copies_of(identifier),
        present=[
            (one, _pixels(region.box, photo))
            for region, who in now.state.present.get(photo.sha256, ())
            if (one := now.person(who)) is not None
        ],
        withheld=withheld,
        before=before,
        after=after,
    )


def search(review: Review, text: str) -> Found:
    """People by any of their names, clusters by number, photographs by their files' names."""
    text = text.strip()
    if not text:
        return Found()
    now = review.view
    label = now.faces.label(int(text)) if text.isdecimal() and len(text) < 10 else None
    groups = []
    if label is not None and now.cluster_sizes[label]:
        rows = now.faces.members(label)
        groups = [_cluster(now, label, faces_of(now, rows[now.shown[rows]][:_STRIP]), None)]
    with review.collection.store.read() as connection:
        files = catalogue.search(connection, text, 50)
    photos = [(photo, Path(path).name) for photo, path in files]
    return Found(names(review, text, 30), groups, photos)


def names(review: Review, text: str, limit: int = 8) -> list[PersonSummary]:
    """Persons one of whose names has every word of `text`, best first; without any, the last
    named."""
    view = review.view
    places = matching(view, text) if text.strip() else [view.number[p.id] for p in recent(review)]
    return [summary(view, place) for place in places[:limit]]


def recent(review: Review, limit: int = 9) -> list[Person]:
    """The persons whose names were given last."""
    now = review.view
    found = dict.fromkeys(filter(None, map(now.person, now.named_last(4 * limit))))
    return list(found)[:limit]


def number(text: str) -> int:
    """A number that came with a request; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _cluster(
    now: CollectionView, label: int, shown: list[Face], suggestion: Suggestion | None
) -> Cluster:
    return Cluster(
        identifier=int(now.faces.identifiers[label]),
        size=int(now.cluster_sizes[label]),
        open=int(now.cluster_open[label]),
        faces=shown,
        known=[(now.persons[place], count) for place, count in now.known_as(label).items()],
        suggestion=suggestion,
    )


def _page(now: CollectionView, order: Int64, mask: np.ndarray, after: str) -> tuple[Int64, str]:
    """The next rows of `order` that are in `mask`, after the face `after`; where the rest begins.

    The face that the last page ended with may have left the mask: its place in `order` counts.
    """
    past = now.faces.rows([number(after)])
    start = int(np.flatnonzero(order == past[0])[0]) + 1 if len(past) and past[0] in order else 0
    rows = order[start:][mask[order[start:]]]
    page = rows[:FACES]
    more = len(rows) > FACES
    return page, f"after={now.faces.face_ids[page[-1]]}" if more else ""


def _pixels(box: Sequence[float], photo: Photo) -> Box | None:
    """x, y, width, height in pixels; None for the whole photograph."""
    if tuple(box) == WHOLE:
        return None
    x1, y1, x2, y2 = box
    width, height = photo.width, photo.height
    return x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height


def _place(now: CollectionView, identifier: str) -> int:
    found = now.person(identifier)
    if found is None:
        raise NotHere("There is no such person.")
    return now.number[found.id]


def _mask(now: CollectionView, rows: Int64) -> np.ndarray:
    mask = np.zeros(len(now.faces.face_ids), bool)
    mask[rows] = True
    return mask
