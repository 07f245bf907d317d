"""What a review session knows beside the collection: what is suggested, what was put off."""

import threading

from prosopon.collection.collection import Collection
from prosopon.collection.review.intake import Intake
from prosopon.collection.review.suggestions import Suggestions
from prosopon.collection.view import CollectionView


class Review:
    """One review of a collection. Several threads may use it at a time."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.intake = Intake(collection)
        """Photographs that are being added."""
        self.put_off: set[str] = set()
        """Questions that are not to be asked again until the next start."""
        self.suggestions = Suggestions()
        """What is suggested; replaced as a whole, perhaps a little later than what is decided."""
        self.changed = threading.Event()
        """Set when there is something new to make suggestions from."""
        self._seen: CollectionView | None = None

    @property
    def view(self) -> CollectionView:
        """The collection as it stands."""
        view = self.collection.view
        if view is not self._seen:
            self._seen = view
            self.changed.set()
        return view
