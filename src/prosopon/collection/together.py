"""Who is in photographs with whom, and when."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from prosopon.collection.describe import described
from prosopon.collection.roster import NOBODY
from prosopon.collection.view import CollectionView
from prosopon.persons import Person
from prosopon.records import Int64


def with_whom(view: CollectionView, place: int) -> list[tuple[Person, int]]:
    """The persons in photographs with this one, and in how many; the most first."""
    photos = np.unique(view.faces.photo_ids[view.shown & (view.who == place)])
    rows = np.flatnonzero(np.isin(view.faces.photo_ids, photos) & view.shown)
    rows = rows[(view.who[rows] != NOBODY) & (view.who[rows] != place)]
    pairs = np.unique(np.column_stack((view.who[rows], view.faces.photo_ids[rows])), axis=0)
    counts = Counter(pairs[:, 0].tolist())
    return [(view.persons[other], count) for other, count in counts.most_common()]


def years(view: CollectionView, rows: Int64) -> list[tuple[int, int]]:
    """Year → how many photographs of these faces, where the date is known to the year."""
    photos = np.unique(view.faces.photo_ids[rows]).tolist()
    counts = Counter(_years(view, photos))
    return sorted(counts.items())


def _years(view: CollectionView, photos: list[int]) -> Iterable[int]:
    for said in described(view, photos).values():
        if said.taken is not None and said.taken.date.first.year == said.taken.date.last.year:
            yield said.taken.date.first.year
