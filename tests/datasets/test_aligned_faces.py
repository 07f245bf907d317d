"""Main faces of many pictures, with a finder that knows where they are."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from prosopon import config
from prosopon.datasets import AlignedFaces, FacePoints
from prosopon.datasets.row_cache import RowCache
from prosopon.errors import ProsoponError
from prosopon.geometry import TEMPLATES, corners_of_68, dlib_template
from prosopon.photos import UnreadablePhoto

LAYOUT = np.array(TEMPLATES["arcface-112"].points, np.float32)


class Middle:
    """The face fills the picture, if the picture is not black."""

    id = "middle"

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, pixels: np.ndarray) -> FacePoints | None:
        self.asked += 1
        if not pixels.any():
            return None
        size = pixels.shape[1]
        points = np.linspace(0, size, 136, dtype=np.float32).reshape(68, 2)
        box = np.array([0, 0, size, size], np.float32)
        return FacePoints(box, LAYOUT * size / 112, corners_of_68(points[None])[0], points)


class Brightness:
    """Embeds a chip as the direction of its mean colour and of a constant."""

    id = "brightness"
    alignment = "arcface-112"
    chip_size = (112, 112)
    dimensions = 2

    def embed(self, chips: np.ndarray) -> np.ndarray:
        means = chips.mean(axis=(1, 2, 3))
        vectors = np.stack([means, np.full(len(chips), 100.0)], axis=1)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    files = []
    for number, grey in enumerate((50, 0, 200)):
        files.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(files[-1]), np.full((112, 112, 3), grey, np.uint8))
    return files


def test_faces_are_found_cut_and_embedded(pictures: list[Path]) -> None:
    faces = AlignedFaces(pictures, Middle(), config.load(workers=1))
    assert faces.found.tolist() == [True, False, True]
    chips = faces.chips(TEMPLATES["arcface-112"])
    assert chips.shape == (2, 112, 112, 3)
    assert chips[:, 56, 56, 0].tolist() == [50, 200]
    assert faces.chips(dlib_template(40), np.array([2])).shape == (1, 40, 40, 3)
    vectors = faces.vectors(Brightness())
    assert np.isnan(vectors).all(axis=1).tolist() == [False, True, False]
    assert vectors[2, 0] / vectors[2, 1] == pytest.approx(2, rel=1e-3)


def test_the_cache_saves_looking_again_until_a_picture_changes(
    pictures: list[Path], tmp_path: Path
) -> None:
    settings, cache = config.load(workers=1), tmp_path / "cache"
    first = AlignedFaces(pictures, Middle(), settings, cache).vectors(Brightness())
    finder = Middle()
    again = AlignedFaces(pictures, finder, settings, cache).vectors(Brightness())
    assert finder.asked == 0
    np.testing.assert_array_equal(first, again)
    assert not list(cache.glob("*.part")), "nothing half-written is left"
    cv2.imwrite(str(pictures[1]), np.full((112, 113, 3), 90, np.uint8))
    changed = AlignedFaces(pictures, finder, settings, cache)
    assert changed.found.all()
    assert finder.asked == 1
    np.testing.assert_array_equal(changed.vectors(Brightness())[[0, 2]], first[[0, 2]])


def test_an_interrupted_run_keeps_what_was_done(tmp_path: Path) -> None:
    file = tmp_path / "rows.npz"
    names = [f"n{number}" for number in range(600)]

    def compute(missing: list[int]) -> Iterator[np.ndarray]:
        for number in missing:
            if number == 500:
                raise KeyboardInterrupt
            yield np.full((1, 3), number, np.float32)

    with pytest.raises(KeyboardInterrupt):
        RowCache(file, 3).rows(names, compute)
    again = RowCache(file, 3)
    assert 256 <= len(again.known) <= 500
    asked: list[int] = []

    def rest(missing: list[int]) -> Iterator[np.ndarray]:
        asked.extend(missing)
        yield np.array(missing, np.float32)[:, None].repeat(3, axis=1)

    rows = again.rows(names, rest)
    assert asked == list(range(len(again.known) - len(asked), 600))
    np.testing.assert_array_equal(rows[:, 0], np.arange(600))


def test_what_is_no_cache_or_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.npz"
    RowCache(file, 3).rows(["a"], lambda missing: iter([np.zeros((1, 3), np.float32)]))
    with pytest.raises(ProsoponError, match=r"rows of 3 numbers, and 4 were expected"):
        RowCache(file, 4)
    file.write_bytes(b"nothing")
    with pytest.raises(ProsoponError, match="not a cache of pictures"):
        RowCache(file, 3)


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(UnreadablePhoto, match=r"broken\.jpg"):
        _ = AlignedFaces([broken], Middle(), config.load(workers=1)).found
