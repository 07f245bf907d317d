"""Aligned faces with landmarks and answers, ready to be hidden in parts."""

from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from prosopon.records import Float32, Int64, UInt8


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces ready to be hidden in parts."""

    pictures: UInt8
    """(n, h, w, 3)"""
    landmarks: Float32
    """(n, 68, 2) in their pixels."""
    labels: tuple[str, ...]
    truth: NDArray[np.int8]
    """(n, labels) 1, 0, or -1 unknown."""
    people: NDArray[np.str_]
    """(n,) empty where unknown."""
    remarks: tuple[str, ...]
    """What was left out and why."""

    def __len__(self) -> int:
        return len(self.pictures)

    def rows(self, chosen: Int64) -> Self:
        """Only these faces."""
        return replace(
            self,
            pictures=self.pictures[chosen],
            landmarks=self.landmarks[chosen],
            truth=self.truth[chosen],
            people=self.people[chosen],
        )


def shrunk(faces: Labelled, side: int) -> Labelled:
    """The faces at `side` × `side` pixels, each pixel the mean of those it stands for."""
    before = faces.pictures.shape[1]
    if before == side:
        return faces
    pictures = [
        cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA) for each in faces.pictures
    ]
    scale = side / before
    landmarks = (faces.landmarks + 0.5) * scale - 0.5
    return replace(
        faces, pictures=np.asarray(pictures, np.uint8), landmarks=landmarks.astype(np.float32)
    )
