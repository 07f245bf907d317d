"""Boxes: overlaps against counted pixels, suppression against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from prosopon import geometry
from prosopon.geometry import boxes as module

corner_pairs = arrays(np.int32, (12, 2, 2), elements=st.integers(0, 12))


def as_boxes(pairs: np.ndarray) -> np.ndarray:
    return np.hstack([pairs.min(axis=1), pairs.max(axis=1)]).astype(np.float32)


def painted(box: np.ndarray) -> np.ndarray:
    x1, y1, x2, y2 = box.astype(int)
    canvas = np.zeros((12, 12), bool)
    canvas[y1:y2, x1:x2] = True
    return canvas


@given(corner_pairs)
def test_overlaps_are_those_of_counted_pixels(pairs: np.ndarray) -> None:
    boxes = as_boxes(pairs)
    iou, covered = geometry.iou(boxes, boxes[:5]), geometry.covered(boxes, boxes[:5])
    for row, one in enumerate(map(painted, boxes)):
        for column, other in enumerate(map(painted, boxes[:5])):
            shared, union = (one & other).sum(), (one | other).sum()
            smaller = min(one.sum(), other.sum())
            assert iou[row, column] == pytest.approx(shared / union if union else 0)
            assert covered[row, column] == pytest.approx(shared / smaller if smaller else 0)


@given(corner_pairs, st.floats(0, 0.9), st.floats(0, 1), st.integers(1, 5))
def test_suppression_keeps_the_best_and_nothing_near_it(
    pairs: np.ndarray, max_iou: float, max_covered: float, block: int
) -> None:
    boxes = as_boxes(pairs)
    scores = np.arange(len(boxes), dtype=np.float32)[::-1] // 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        kept = geometry.suppress(boxes, scores, max_iou, max_covered)
    near = geometry.iou(boxes, boxes) > max_iou + 1e-6
    near |= (max_covered < 1) & (geometry.covered(boxes, boxes) > max_covered + 1e-6)
    clear = geometry.iou(boxes, boxes) <= max_iou - 1e-6
    clear &= (max_covered == 1) | (geometry.covered(boxes, boxes) <= max_covered - 1e-6)
    assert kept[0] == 0
    assert list(kept) == sorted(kept, key=lambda row: (-scores[row], row))
    for place, row in enumerate(kept):
        assert not near[row, kept[:place]].any()
    for row in set(range(len(boxes))) - set(kept.tolist()):
        better = [other for other in kept if (-scores[other], other) < (-scores[row], row)]
        assert not clear[row, better].all()


def test_empty_arrays_are_fine() -> None:
    none = np.empty((0, 4), np.float32)
    one = np.array([[0, 0, 2, 2]], np.float32)
    assert geometry.iou(none, one).shape == (0, 1)
    assert len(geometry.suppress(none, np.empty(0, np.float32))) == 0
    for function in (
        geometry.square,
        lambda x: geometry.widen(x, 2),
        lambda x: geometry.clip(x, 9, 9),
    ):
        assert function(none).shape == (0, 4)


def test_shapes_of_boxes() -> None:
    box = np.array([[2, 2, 6, 10]], np.float32)
    assert geometry.square(box).tolist() == [[0, 2, 8, 10]]
    assert geometry.widen(box, 0.5).tolist() == [[3, 4, 5, 8]]
    assert geometry.clip(np.array([[-5, 3, 50, 60]], np.float32), 20, 10).tolist() == [
        [0, 3, 20, 10]
    ]
