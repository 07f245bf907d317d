"""What a detector is told about the faces that are wanted."""

from dataclasses import dataclass

import cv2
import numpy as np

from prosopon.errors import UsageError
from prosopon.records import UInt8


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How closely a detector looks. Sizes are those of the picture after it has been shrunk."""

    smallest_face: int = 40
    """Height in pixels of the smallest face that is looked for. Half of it costs four times as
    much; smaller ones may be found too."""
    longest_side: int = 1024
    """A larger picture is shrunk to this many pixels before it is looked at."""
    score_threshold: float | None = None
    """Least score of a face; None takes the detector's own."""
    rotations: bool = False
    """Look at the picture in four orientations: four times the work."""

    def __post_init__(self) -> None:
        if self.smallest_face < 10:
            raise UsageError(f"smallest face: expected 10 pixels or more, got {self.smallest_face}")
        if self.longest_side < 32:
            raise UsageError(f"longest side: expected 32 pixels or more, got {self.longest_side}")

    def shrink(self, pixels: UInt8) -> tuple[UInt8, float]:
        """The picture at the size that is looked at, and its scale (at most 1)."""
        height, width = pixels.shape[:2]
        scale = min(1.0, self.longest_side / max(height, width))
        return (pixels, 1.0) if scale == 1 else (resize(pixels, scale), scale)


def resize(pixels: UInt8, scale: float) -> UInt8:
    """The picture at `scale` times its size, at least one pixel each way, without aliasing."""
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
