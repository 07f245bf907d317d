"""Boxes between the upright photo and the picture as it is stored (EXIF orientation 1 to 8).

Boxes here are centre x, centre y, width, height as fractions of the picture, as MWG regions are.
"""

from prosopon.exchange.records import Box
from prosopon.records import Photo

Fractions = tuple[float, float, float, float]

_INVERSE = {6: 8, 8: 6}
"""Orientations whose turn is not its own inverse."""


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
    return _turned(upright, _INVERSE.get(photo.orientation, photo.orientation))


def to_upright(area: Fractions, photo: Photo, orientation: int) -> Box:
    """Fractions of a picture that is upright after turning by `orientation`, in upright pixels."""
    x, y, width, height = _turned(area, orientation)
    return (
        (x - width / 2) * photo.width,
        (y - height / 2) * photo.height,
        width * photo.width,
        height * photo.height,
    )


def _turned(area: Fractions, orientation: int) -> Fractions:
    x, y, width, height = area
    if orientation >= 5:
        width, height = height, width
    x, y = {
        1: (x, y),
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (1 - y, x),
        7: (1 - y, 1 - x),
        8: (y, 1 - x),
    }[orientation]
    return x, y, width, height
