"""What a review session knows beside the collection: what is suggested, what was put off."""

import threading

import numpy as np

from prosopon.collection.collection import Collection
from prosopon.collection.faces import FaceIndex
from prosopon.collection.review.intake import Intake
from prosopon.collection.review.suggestions import Suggestions
from prosopon.collection.view import CollectionView
from prosopon.records import Int64


class Review:
    """One review of a collection. Several threads may use it at a time."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.intake = Intake(collection)
        """Photographs that are being added."""
        self.put_off: set[tuple[str, str]] = set()
        """Whom not to ask again which questions until the next start."""
        self.suggestions = Suggestions()
        """What is suggested; replaced as a whole, perhaps a little later than what is decided."""
        self.changed = threading.Event()
        """Set when there is something new to make suggestions from."""
        self._seen: CollectionView | None = None
        self._ordered: tuple[FaceIndex, Int64, dict[int, int]] | None = None

    def neighbours_of(self, photo: int) -> tuple[int | None, int | None]:
        """The photographs before and after one, by folder and name; None at the ends."""
        ids = self._order(self.view)[0]
        found = np.flatnonzero(ids == photo)
        if not len(found):
            return None, None
        place = int(found[0])
        before = int(ids[place - 1]) if place else None
        return before, int(ids[place + 1]) if place < len(ids) - 1 else None

    def copies_of(self, photo: int) -> list[tuple[int, str]]:
        """Other files of the same picture, saved again or resized: identifier and path."""
        first = self._order(self.view)[1]
        same = first.get(photo, photo)
        others = [n for n, of in first.items() if of == same and n != photo]
        others += [same] if same != photo else []
        found = self.view.photos_of(others)
        return [(number, found[number].path) for number in others if number in found]

    def warm(self) -> None:
        """Work out what every page needs of the faces and photographs, so that none waits."""
        view = self.view
        self._order(view)
        _ = view.faces.by_clarity, view.faces.weak, view.faces.rows_in([0]), view.faces.members(0)
        _ = view.faces.days, view.faces.photo_places, view.faces.files.text_index

    def _order(self, view: CollectionView) -> tuple[Int64, dict[int, int]]:
        """Photographs in order, and which are copies of which; kept until others come."""
        if self._ordered is None or self._ordered[0] is not view.faces:
            ids = self.collection.photographs().ids
            self._ordered = (view.faces, ids, view.faces.copies)
        return self._ordered[1], self._ordered[2]

    @property
    def view(self) -> CollectionView:
        """The collection as it stands."""
        view = self.collection.view
        if view is not self._seen:
            self._seen = view
            self.changed.set()
        return view
