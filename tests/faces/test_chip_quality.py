"""What is seen of a chip's quality."""

import cv2
import numpy as np

from prosopon.faces.chip_quality import detail, tinted
from prosopon.faces.embedding import LEAST_DETAIL


def test_chips_without_colours_are_tinted() -> None:
    colour = np.random.default_rng(0).integers(0, 255, (150, 150, 3)).astype(np.uint8)
    grey = np.repeat(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    first, second = tinted(np.stack([colour, grey]))
    np.testing.assert_array_equal(first, colour)
    assert second[..., 0].mean() > grey.mean() > second[..., 2].mean()


def test_enlarged_chips_have_little_detail(hopper: np.ndarray) -> None:
    sharp = cv2.resize(hopper, (150, 150), interpolation=cv2.INTER_AREA)
    small = cv2.resize(sharp, (18, 18), interpolation=cv2.INTER_AREA)
    enlarged = cv2.resize(small, (150, 150), interpolation=cv2.INTER_LINEAR)
    found = detail(np.stack([sharp, np.asarray(enlarged)]))
    assert found[0] > LEAST_DETAIL > found[1]
