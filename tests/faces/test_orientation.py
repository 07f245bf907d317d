"""Pictures that lie on their side without saying so: their faces are found all the same."""

from functools import cache

import numpy as np
import pytest

from prosopon import faces, photos, zoo
from prosopon.faces import quality
from prosopon.geometry import quarter_turns
from prosopon.synthetic import Appearance, Person, Setting, render

pytestmark = pytest.mark.models
PEOPLE = 7


@cache
def portraits() -> list[np.ndarray]:
    drawn = []
    for number in range(PEOPLE):
        rng = np.random.default_rng(40 + number)
        person = Person.sample(rng)
        drawn.append(render(person, Appearance.sample(rng, person), Setting.sample(rng)).pixels)
    return drawn


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_portraits_that_lie_on_their_side(turns: int) -> None:
    """All are found, and which way up they are is known: a turn back makes them upright."""
    detector = faces.detector(zoo.load("yunet"))
    for upright in portraits():
        pixels = np.ascontiguousarray(np.rot90(upright, -turns))
        found = detector.find(pixels)
        assert len(found) >= 1
        assert quarter_turns(float(quality(pixels, found)["roll"][0])) == turns


def test_a_thumbnail_shows_a_face_upright() -> None:
    upright = portraits()[0]
    box = (60, 50, 200, 190)
    plain = photos.thumbnail(photos.Decoded(upright, 1.0), box, 64)
    lying = np.ascontiguousarray(np.rot90(upright, -1))  # clockwise
    x1, y1, x2, y2 = box
    turned = (256 - y2, x1, 256 - y1, x2)
    shown = photos.thumbnail(photos.Decoded(lying, 1.0), turned, 64, roll=90.0)
    first, second = (decoded(content).astype(int) for content in (plain, shown))
    assert np.abs(first - second).mean() < 8


def decoded(content: bytes) -> np.ndarray:
    import cv2

    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
