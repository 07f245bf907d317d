"""Faces are found at whatever size they were scanned: classes, pages of albums, panoramas."""

from functools import cache

import cv2
import numpy as np
import pytest

from prosopon import faces, geometry, zoo
from prosopon.synthetic import Appearance, Person, Portrait, Setting, render

pytestmark = pytest.mark.models
DRAWN = 24


@cache
def portraits() -> list[Portrait]:
    """Drawn people in pictures of 260 pixels."""
    drawn = []
    for number in range(DRAWN):
        rng = np.random.default_rng(number)
        person = Person.sample(rng)
        drawn.append(render(person, Appearance.sample(rng, person), Setting.sample(rng), 260))
    return drawn


def scan(people: int, columns: int, side: int, width: int, height: int) -> tuple[np.ndarray, ...]:
    """A grey picture with portraits of `side` pixels in rows, and the boxes of the faces."""
    pixels, boxes = np.full((height, width, 3), 128, np.uint8), []
    rows = -(-people // columns)
    for number in range(people):
        row, column = divmod(number, columns)
        x, y = column * width // columns, row * height // rows
        portrait = portraits()[number % DRAWN]
        pixels[y : y + side, x : x + side] = cv2.resize(portrait.pixels, (side, side))
        boxes.append(portrait.box * side / 260 + [x, y, x, y])
    return pixels, np.array(boxes, np.float32)


def share_found(pixels: np.ndarray, boxes: np.ndarray, detector: str = "yunet") -> float:
    """Of the faces in `boxes`, how many are found."""
    found = faces.detector(zoo.load(detector)).find(pixels)
    return float((geometry.iou(boxes, found.boxes).max(axis=1, initial=0) > 0.4).mean())


@pytest.mark.parametrize("side", [260, 160])
def test_a_scan_of_120_people(side: int) -> None:
    """Faces of 3 and of 2 % of the longer side."""
    assert share_found(*scan(120, 15, side, 4000, 2600)) >= 0.95


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize(("size", "side"), [((4000, 2600), 200), ((3000, 4200), 190)])
def test_a_few_small_pictures_on_a_page(size: tuple[int, int], side: int, ground: int) -> None:
    """Faces of 1.8 % of the longer side or less, on paper of one colour."""
    width, height = size
    page, boxes = np.full((height, width, 3), ground, np.uint8), []
    rng = np.random.default_rng(width)
    cells = rng.permutation(12)[:8]
    for number, cell in enumerate(cells.tolist()):
        x = cell % 3 * width // 3 + int(rng.integers(width // 3 - side))
        y = cell // 3 * height // 4 + int(rng.integers(height // 4 - side))
        portrait = portraits()[number]
        page[y : y + side, x : x + side] = cv2.resize(portrait.pixels, (side, side))
        boxes.append(portrait.box * side / 260 + [x, y, x, y])
    assert share_found(page, np.array(boxes, np.float32)) >= 7 / 8


def test_two_heads_in_a_panorama() -> None:
    assert share_found(*scan(2, 2, 1400, 24000, 1500)) == 1


def test_a_head_that_fills_a_large_photograph() -> None:
    assert share_found(*scan(1, 1, 4000, 4000, 4000)) == 1


def test_a_small_picture_is_enlarged() -> None:
    assert share_found(*scan(4, 2, 60, 120, 120)) >= 0.75


def test_faces_of_24_pixels_in_a_small_picture() -> None:
    """It is enlarged for a closer look."""
    assert share_found(*scan(24, 6, 62, 1200, 900)) >= 0.9
