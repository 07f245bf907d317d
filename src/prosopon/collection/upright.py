"""Photographs as they are shown: turned until most of their faces are upright.

Boxes in the store, in decisions and in exports stay in the picture as its file has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from prosopon.collection.faces import FaceIndex
from prosopon.geometry.orientation import inverse, orientation_of, turned_box
from prosopon.records import Photo

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Upright:
    """How one photograph is shown."""

    photo: Photo
    orientation: int
    """EXIF's word for the turn."""

    @classmethod
    def of(cls, faces: FaceIndex, identifier: int, photo: Photo) -> Self:
        """The photograph `identifier`, by the faces that were found in it."""
        return cls(photo, orientation_of(faces.turns_of(identifier)))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as it is shown, in pixels."""
        width, height = self.photo.width, self.photo.height
        return (height, width) if self.orientation >= 5 else (width, height)

    def place(self, box: Sequence[float]) -> Box:
        """x, y, width, height as shown, in pixels, of a box x1, y1, x2, y2 in the file's."""
        sides = self.photo.width, self.photo.height
        return self.place_of_share([value / sides[n % 2] for n, value in enumerate(box)])

    def place_of_share(self, box: Sequence[float]) -> Box:
        """The same of a box in fractions of the file's picture."""
        (width, height), (x1, y1, x2, y2) = self.size, turned_box(box, self.orientation)
        x, y, w, h = x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height
        return round(x, 1), round(y, 1), round(w, 1), round(h, 1)

    def in_file(self, box: Sequence[float]) -> Box:
        """x, y, width, height in the file's pixels of a box in fractions of what is shown."""
        x1, y1, x2, y2 = turned_box(box, inverse(self.orientation))
        width, height = self.photo.width, self.photo.height
        return x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height
