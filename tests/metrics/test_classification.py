"""Per-attribute figures agree with scikit-learn's, and say NaN where nothing can be said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as reference

from prosopon.metrics.classification import (
    Confusion,
    attribute_table,
    calibration_error,
    mean_known,
)

CASES = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int8, (n, 3), elements=st.integers(0, 1)),
        hnp.arrays(np.bool_, (n, 3)),
    )
)


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_agrees_with_scikit_learn(case: tuple[np.ndarray, np.ndarray]) -> None:
    truth, predicted = case
    counts = Confusion.of(truth, predicted)
    for i in range(3):
        t, p = truth[:, i], predicted[:, i]
        assert counts.accuracy[i] == pytest.approx(reference.accuracy_score(t, p))
        assert counts.misprediction[i] == pytest.approx(np.mean(t != p))
        if 0 < t.sum() < len(t):
            assert counts.balanced_accuracy[i] == pytest.approx(
                reference.balanced_accuracy_score(t, p)
            )
        if t.any():
            assert counts.recall[i] == pytest.approx(reference.recall_score(t, p))
        if p.any():
            assert counts.precision[i] == pytest.approx(reference.precision_score(t, p))
        if t.any() or p.any():
            assert counts.f1[i] == pytest.approx(reference.f1_score(t, p))
        assert counts.majority[i] == pytest.approx(max(t.mean(), 1 - t.mean()))


@given(CASES, st.data())
@settings(max_examples=30, deadline=None)
def test_unknown_labels_count_nowhere(
    case: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    truth, predicted = case
    known = data.draw(hnp.arrays(np.bool_, len(truth)))
    with_gaps = np.where(known[:, None], truth, -1)
    some, only = Confusion.of(with_gaps, predicted), Confusion.of(truth[known], predicted[known])
    np.testing.assert_array_equal(some.true_positives, only.true_positives)
    np.testing.assert_array_equal(some.false_negatives, only.false_negatives)
    np.testing.assert_array_equal(some.accuracy, only.accuracy)


def test_one_class_only_gives_nan_and_no_warning() -> None:
    counts = Confusion.of(np.zeros((4, 1), int), np.zeros((4, 1), bool))
    assert counts.accuracy[0] == 1
    assert np.isnan(counts.recall[0])
    assert np.isnan(counts.balanced_accuracy[0])
    assert np.isnan(counts.f1[0])
    assert np.isnan(mean_known([np.nan]))


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 2\)"):
        Confusion.of(np.zeros((2, 3)), np.zeros((2, 2), bool))


def test_calibration_error_of_known_cases() -> None:
    rng = np.random.default_rng(0)
    chance = rng.random((20_000, 1))
    truth = (rng.random((20_000, 1)) < chance).astype(int)
    assert calibration_error(truth, chance)[0] < 0.02
    assert calibration_error(truth, np.clip(chance + 0.2, 0, 1))[0] > 0.1
    always = np.ones((10, 1))
    assert calibration_error(np.zeros((10, 1)), always)[0] == 1
    assert np.isnan(calibration_error(np.full((10, 1), -1), always)[0])


def test_table_has_a_row_an_attribute_and_the_mean() -> None:
    truth = np.array([[1, 0], [0, 0], [1, 1], [0, 1]])
    probabilities = np.array([[0.9, 0.2], [0.1, 0.4], [0.3, 0.9], [0.2, 0.8]])
    rows = attribute_table(["Bald", "Young"], truth, probabilities)
    assert [row["attribute"] for row in rows] == ["Bald", "Young", "mean"]
    assert rows[0]["accuracy"] == 0.75
    assert rows[0]["false_negatives"] == 1
    assert rows[2]["accuracy"] == pytest.approx(0.875)
    lower = attribute_table(["Bald", "Young"], truth, probabilities, [0.3, 0.5])
    assert lower[0]["accuracy"] == 1
