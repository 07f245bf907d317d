"""Regions of decisions → the faces that are known now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosopon.geometry.matching import match_boxes
from prosopon.people.decisions import Box, rounded
from prosopon.records import Int64


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The faces that are known now, and where they are."""

    face_ids: Int64
    """(n,)"""
    photos: Sequence[str]
    """(n,) SHA-256."""
    boxes: NDArray[np.float64]
    """(n, 4) x1, y1, x2, y2 as fractions of the photo's size."""


class FaceLocator:
    """Faces by place."""

    def __init__(self, find: Callable[[Sequence[str]], Places] | None = None) -> None:
        """find : gives all faces of some photos that were not added."""
        self._faces: dict[str, dict[Box, int]] = {}
        self._find = find

    def add(self, places: Places) -> None:
        """Add the faces of some photos, all of a photo at once."""
        rows = zip(places.face_ids.tolist(), places.photos, places.boxes.tolist(), strict=True)
        for face, photo, box in rows:
            x1, y1, x2, y2 = rounded(box)
            self._faces.setdefault(photo, {})[x1, y1, x2, y2] = face

    def look_up(self, photos: Iterable[str]) -> None:
        """Find the faces of photos that were not added, all at once."""
        if self._find is None:
            return
        unknown = sorted(set(photos) - self._faces.keys())
        if unknown:
            self.add(self._find(unknown))
            for photo in unknown:
                self._faces.setdefault(photo, {})

    def faces_in(self, photo: str) -> list[int]:
        """All faces of a photo."""
        self.look_up([photo])
        return list(self._faces.get(photo, {}).values())

    def place(self, photo: str, boxes: Iterable[Box]) -> dict[Box, int | None]:
        """The face at each of the boxes of one photo, None where none is."""
        self.look_up([photo])
        known = self._faces.get(photo, {})
        found = {box: known.get(box) for box in boxes}
        if known and None in found.values():  # some were not made on what is known now
            asked_boxes = np.array(list(found), np.float32)
            known_boxes = np.array(list(known), np.float32)
            faces = [*known.values(), None]
            rows = match_boxes(asked_boxes, known_boxes)
            found = {box: faces[row] for box, row in zip(found, rows.tolist(), strict=True)}
        return found
