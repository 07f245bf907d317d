"""Intervals over people, and curves of what is left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from prosopon.metrics.bootstrap import WeightedArea, people_interval, weighted_share
from prosopon.metrics.verification import error_versus_reject


@given(st.integers(0, 10**6), st.integers(4, 60))
def test_weighted_area_is_scikit_learns(seed: int, pairs: int) -> None:
    rng = np.random.default_rng(seed)
    similar = rng.integers(0, 8, pairs) / 8
    same = np.arange(pairs) % 2 == 0
    weights = rng.integers(1, 5, pairs).astype(float)
    expected = roc_auc_score(same, similar, sample_weight=weights)
    assert WeightedArea(similar, same)(weights) == pytest.approx(expected)


def test_pairs_that_share_people_are_less_sure_than_as_many_of_different_people() -> None:
    rng = np.random.default_rng(0)
    right = np.repeat(rng.random(40) < 0.8, 10)
    shared = np.repeat([f"p{n}" for n in range(40)], 10)
    apart = np.array([f"p{n}" for n in range(400)])
    low, high = people_interval(weighted_share(right), shared, shared, draws=400)
    narrow = people_interval(weighted_share(right), apart, apart, draws=400)
    assert low < right.mean() < high
    assert high - low > 2 * (narrow[1] - narrow[0])


def test_nothing_to_judge_has_no_interval() -> None:
    area = WeightedArea([0.1, 0.2], [True, True])
    assert np.isnan(people_interval(area, ["a", "b"], ["a", "b"], draws=10)).all()


def test_leaving_out_by_a_quality_that_knows_lowers_the_errors() -> None:
    rng = np.random.default_rng(0)
    same = np.arange(4000) % 2 == 0
    quality = rng.random(4000)
    similar = np.where(same, quality, 0) + 0.1 * rng.normal(size=4000)
    shares = [0, 0.2, 0.4]
    knowing = error_versus_reject(similar, same, quality, shares)
    assert knowing[0] > knowing[1] > knowing[2]
    blind = error_versus_reject(similar, same, rng.random(4000), shares)
    assert blind[2] == pytest.approx(blind[0], abs=0.05)
