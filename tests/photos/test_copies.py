"""Copies among many hashes."""

import sys

import numpy as np
import pytest

from prosopon.photos import Places, copies


@pytest.mark.parametrize(("pairs", "many"), [(10**6, 10**6), (200, 10**6), (200, 0)])
def test_copies_lead_to_the_first(pairs: int, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_PAIRS", pairs), ("_MANY", many)):
        monkeypatch.setattr(sys.modules["prosopon.photos.copies"], name, value)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (60, 32), np.uint8)
    codes[40] = codes[3] ^ np.eye(1, 32, 5, np.uint8)[0]  # one bit differs
    codes[50] = codes[40] ^ np.full(32, [1] * 20 + [0] * 12, np.uint8)  # and twenty more
    codes[55] = codes[7]
    hashes = [code.tobytes() for code in codes]
    hashes[9] = hashes[10] = b""
    aspects = np.full(60, 1.5, np.float32)
    aspects[55] = 1.0
    expected = np.arange(60)
    expected[[40, 50]] = 3
    np.testing.assert_array_equal(copies(hashes, aspects), expected)
    assert copies([], np.empty(0, np.float32)).tolist() == []


def test_a_face_in_a_copy_is_at_the_same_place() -> None:
    codes = np.random.default_rng(1).integers(0, 256, (2, 32), np.uint8)
    hashes = np.stack([codes[0], codes[0] ^ np.eye(1, 32, 5, np.uint8)[0], codes[1], codes[0]])
    hashes = np.concatenate([hashes, np.zeros((2, 32), np.uint8)])
    box = np.array([0.2, 0.2, 0.4, 0.5], np.float32)
    boxes = np.stack([box, box + 0.02, box, box + 0.3, box, box])
    same = Places(hashes, boxes).same
    others = np.arange(1, 6)
    assert same(np.zeros(5, np.int64), others).tolist() == [True, False, False, False, False]
    assert same(np.array([4]), np.array([5])).tolist() == [False], "nothing is known of either"
