"""Faces that nobody wants to name, by size, sharpness and pose."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prosopon.people.quality import background


def flags(sides: list[float], sharpness: list[float], yaw: list[float]) -> list[bool]:
    """Of faces with these sides in one photograph."""
    boxes = np.array([(0, 0, side, side) for side in sides], np.float32).reshape(-1, 4)
    quality = {"sharpness": np.float32(sharpness), "yaw": np.float32(yaw)}
    return background(boxes, np.full(len(sides), 7), quality).tolist()


def test_small_and_poor_faces_are_background() -> None:
    sharp, front = [0.3] * 5, [0.0] * 5
    assert flags([200, 120, 60, 45, 90], sharp, front) == [False, False, False, True, False]
    assert flags([200, 90], [0.3, 0.05], [0, 0]) == [False, True]
    assert flags([200, 90], [0.3, 0.3], [0, -75]) == [False, True]
    assert flags([200, 90], [0.3, np.nan], [0, np.nan]) == [False, False]


@given(st.lists(st.floats(1, 1000), max_size=12), st.floats(0, 1), st.floats(-90, 90))
def test_a_photographs_largest_face_is_never_background(
    sides: list[float], sharpness: float, yaw: float
) -> None:
    found = flags(sides, [sharpness] * len(sides), [yaw] * len(sides))
    assert len(found) == len(sides)
    assert not found or not found[int(np.argmax(np.float32(sides)))]
