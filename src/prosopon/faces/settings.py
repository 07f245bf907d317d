"""What a detector is told about the faces that are wanted."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from prosopon.config import LOOKS, Settings
from prosopon.errors import UsageError
from prosopon.records import UInt8


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How closely a detector looks.

    A picture of any size is brought to about the same number of pixels, so the cost of looking at
    it is bounded, and faces are found from the same share of its sides.
    """

    pixels: int = 200_000
    """A larger picture is shrunk to so many pixels before it is looked at, a smaller enlarged."""
    closer: int = 1_400_000
    """So many for the second look at a picture in which the first saw small faces, or none."""
    closest: int = 6_000_000
    """So many for the third look at one in which the second saw small faces."""
    enlarged: float = 2.0
    """Smaller pictures are enlarged at most so many times."""
    score_threshold: float | None = None
    """Least score of a face; None takes the detector's own."""
    rotations: bool = False
    """Look at every picture closely in all four orientations: four times the work. Else only where
    no face surely stands upright, at a glance first."""

    def __post_init__(self) -> None:
        if self.pixels < 1024:
            raise UsageError(f"pixels looked at: expected 1024 or more, got {self.pixels}")
        if self.enlarged <= 0:
            raise UsageError(f"enlarged: expected a number above 0, got {self.enlarged}")

    @classmethod
    def of(cls, settings: Settings) -> "DetectorSettings":
        """What the settings in force say."""
        look = LOOKS[settings.look]
        return cls(
            look.pixels,
            look.closer,
            look.closest,
            look.enlarged,
            settings.score_threshold,
            settings.rotations,
        )

    def scales(self, image: UInt8) -> tuple[float, float, float]:
        """What the sides of a picture (H, W, 3) are multiplied with before it is looked at, at
        first and for the second and the third look."""
        area = image.shape[0] * image.shape[1]
        first, second, third = (
            min(math.sqrt(wanted / area), self.enlarged)
            for wanted in (self.pixels, self.closer, self.closest)
        )
        return first, second, third


def resize(pixels: UInt8, scale: float) -> UInt8:
    """The picture at `scale` times its size, at least one pixel each way, without aliasing."""
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return pixels
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
