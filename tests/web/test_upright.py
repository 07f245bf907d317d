"""Photographs that lie on their side are shown upright; what is kept stays in the file's pixels."""

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.web.visiting import Visitor

import prosopon
from prosopon.collection.photographs import PhotoFilter
from prosopon.collection.review import Review, pages
from prosopon.synthetic import Album
from prosopon.web import Access

pytestmark = pytest.mark.models
RECT = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"')
VIEW = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


def boxes(page: str) -> list[list[float]]:
    return [[float(value) for value in box] for box in RECT.findall(page)]


@pytest.fixture
def group(album: Album, tmp_path: Path) -> Path:
    """The album's largest picture, of several people, alone in a folder."""
    pictures = (album.folder / "images").iterdir()
    largest = max(pictures, key=lambda file: Image.open(file).size)
    (tmp_path / "one").mkdir()
    return Path(shutil.copy(largest, tmp_path / "one"))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photograph_on_its_side(group: Path, tmp_path: Path, turns: int) -> None:
    """Picture, boxes and their order are as of the upright one; a drawn box finds its place."""
    upright = np.asarray(Image.open(group).convert("RGB"))
    lying = group.with_name("lying.png")
    Image.fromarray(np.rot90(upright, -turns)).save(lying)
    with prosopon.open(tmp_path / "a.prosopon") as collection:
        assert collection.index(group.parent).turned == 1
        review = Review(collection)
        visitor = Visitor(review, Access(token=""), "Ada")
        found = pages.photographs(review, PhotoFilter())[0].photos
        numbers = {one.file: one.id for one in found}
        straight = visitor.page(f"/photos/{numbers[group.name]}")
        page = visitor.page(f"/photos/{numbers[lying.name]}")
        assert VIEW.findall(page) == VIEW.findall(straight)
        np.testing.assert_allclose(boxes(page), boxes(straight), atol=0.06 * max(upright.shape))
        sent = visitor.picture(f"/photos/{numbers[lying.name]}-full.jpg").content
        shown = cv2.imdecode(np.frombuffer(sent, np.uint8), cv2.IMREAD_COLOR_RGB)
        assert np.abs(shown.astype(int) - upright).mean() < 6

        visitor.do("present", photo=numbers[lying.name], name="Ben", box=[0.0, 0.9, 0.1, 1.0])
        kept = next(face for face in collection.faces if face.person == "Ben")
        corner = np.zeros(upright.shape[:2], bool)
        corner[-5:, :5] = True  # below on the left, as shown
        y, x = np.argwhere(np.rot90(corner, -turns)).mean(axis=0)
        assert kept.x <= x <= kept.x + kept.width and kept.y <= y <= kept.y + kept.height
