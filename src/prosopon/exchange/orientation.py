"""Boxes between the upright photo and the picture as it is stored (EXIF orientation 1 to 8).

Boxes here are centre x, centre y, width, height as fractions of the picture, as MWG regions are.
"""

from prosopon.exchange.records import Box
from prosopon.geometry.orientation import Fractions, inverse, turned
from prosopon.records import Photo


def stored_size(photo: Photo) -> tuple[int, int]:
    """Width and height of the picture as stored."""
    size = (photo.width, photo.height)
    return size if photo.orientation < 5 else size[::-1]


def to_stored(box: Box, photo: Photo) -> Fractions:
    """A box in upright pixels as fractions of the stored picture."""
    x, y, width, height = box
    upright = (
        (x + width / 2) / photo.width,
        (y + height / 2) / photo.height,
        width / photo.width,
        height / photo.height,
    )
    return turned(upright, inverse(photo.orientation))


def to_upright(area: Fractions, photo: Photo, orientation: int) -> Box:
    """Fractions of a picture that is upright after turning by `orientation`, in upright pixels."""
    x, y, width, height = turned(area, orientation)
    return (
        (x - width / 2) * photo.width,
        (y - height / 2) * photo.height,
        width * photo.width,
        height * photo.height,
    )
