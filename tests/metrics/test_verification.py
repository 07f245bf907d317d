"""Verification scores against their definitions, worked out the slow way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from prosopon.metrics.verification import (
    Roc,
    best_threshold,
    difference_interval,
    fold_accuracies,
    interval,
    standard_error,
)

SCORES = st.lists(st.tuples(st.integers(-8, 8), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({same for _, same in pairs}) == 2
)


def split(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([s for s, _ in pairs]) / 8, np.array([same for _, same in pairs])


@given(SCORES)
def test_best_threshold_is_the_best_there_is(pairs: list[tuple[int, bool]]) -> None:
    scores, same = split(pairs)
    candidates = [*np.unique(scores), 2.0]
    best = max(np.mean((scores >= threshold) == same) for threshold in candidates)
    assert np.mean((scores >= best_threshold(scores, same)) == same) == best


@given(SCORES)
def test_roc_by_its_definition(pairs: list[tuple[int, bool]]) -> None:
    scores, same = split(pairs)
    roc = Roc.of(scores, same)
    assert roc.area == pytest.approx(roc_auc_score(same, scores))
    points = {(np.mean(scores[~same] >= t), np.mean(scores[same] >= t)) for t in [*scores, np.inf]}
    got = set(zip(roc.false_accepts.tolist(), roc.true_accepts.tolist(), strict=True))
    assert {(float(a), float(b)) for a, b in points} <= {(a, b) for a, b in got}
    for rate in (0.1, 0.5, 1.0):
        expected = max(t for f, t in points if f <= rate)
        got_rate = roc.true_accepts_at(rate)
        assert np.isnan(got_rate) if rate * (~same).sum() < 1 else got_rate == expected


@given(SCORES)
def test_equal_error_rate_lies_on_the_curve(pairs: list[tuple[int, bool]]) -> None:
    scores, same = split(pairs)
    roc = Roc.of(scores, same)
    rate = roc.equal_error_rate
    assert 0 <= rate <= 1
    assert np.interp(rate, roc.false_accepts, roc.true_accepts) >= 1 - rate - 1e-9
    mirrored = Roc.of(-scores, ~same).equal_error_rate
    assert mirrored == pytest.approx(rate)


def test_known_figures() -> None:
    scores = np.array([0.9, 0.8, 0.4, 0.6, 0.3, 0.2])
    same = np.array([True, True, True, False, False, False])
    roc = Roc.of(scores, same)
    assert roc.area == pytest.approx(8 / 9)
    assert roc.equal_error_rate == pytest.approx(1 / 3)
    assert roc.true_accepts_at(0.34) == 1
    assert np.isnan(roc.true_accepts_at(0.01)), "three pairs can't show one in a hundred"


def test_thresholds_come_from_the_other_folds() -> None:
    scores = np.array([0.9, 0.1, 0.5, 0.4])
    same = np.array([True, False, True, False])
    folds = np.array([0, 0, 1, 1], np.int32)
    accuracies, thresholds = fold_accuracies(scores, same, folds, (0, 1))
    assert thresholds == pytest.approx([0.45, 0.5])
    assert accuracies.tolist() == [1, 1]
    assert standard_error(accuracies) == 0
    _, alone = fold_accuracies(scores, same, folds, (1,))
    assert alone == pytest.approx([0.5])


def test_standard_error_is_that_of_the_lfw_report() -> None:
    folds = [0.98, 0.99, 1.0, 0.97]
    mean = sum(folds) / 4
    expected = (sum((fold - mean) ** 2 for fold in folds) / 3) ** 0.5 / 2
    assert standard_error(folds) == pytest.approx(expected)
    assert np.isnan(standard_error([0.5]))


def test_intervals_of_published_examples() -> None:
    # Newcombe (1998), table II: 56/70 and 48/80, method 10
    assert difference_interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    low, high = interval(81, 263)  # Newcombe's table I: Wilson without correction
    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert np.isnan(interval(0, 0)).all()


@pytest.mark.parametrize(
    ("scores", "same", "message"),
    [
        ([0.1, np.nan], [True, False], "no numbers"),
        ([0.1], [True, False], "equally long"),
        ([], [], "not empty"),
        ([0.1, 0.2], [True, True], "one person and pairs of two"),
    ],
)
def test_what_cannot_be_scored(scores: list[float], same: list[bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Roc.of(scores, same)
