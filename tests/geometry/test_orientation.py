"""Points move with the picture."""

import numpy as np
import pytest

from prosopon.geometry.orientation import turned_points


@pytest.mark.parametrize("turns", range(-3, 4))
def test_points_stay_on_their_pixel(turns: int) -> None:
    picture = np.zeros((5, 8), np.uint8)
    picture[1, 6] = 1
    turned = np.rot90(picture, turns)
    found = turned_points(np.array([[6.5, 1.5], [np.nan, 0]], np.float32), turns, 8, 5)
    x, y = found[0].astype(int)
    assert turned[y, x] == 1
    assert np.isnan(found[1]).any()
