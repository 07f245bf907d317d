"""What `prosopon bench` measures on, and what it writes; times are nobody's business here."""

import numpy as np
import pytest

from prosopon import baselines
from prosopon.metrics.clustering import Contingency, pairwise_scores
from prosopon.studies.bench import SAME, Benched, Measured, drawn_vectors
from prosopon.tables import Table


def test_drawn_vectors_are_like_those_of_dlibs_network() -> None:
    vectors, truth = drawn_vectors(1_000)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    cosines = vectors @ vectors.T
    same = truth[:, None] == truth
    np.fill_diagonal(same, False)
    assert np.median(cosines[same]) == pytest.approx(0.95, abs=0.015)
    assert np.median(cosines[truth[:, None] != truth]) == pytest.approx(0.79, abs=0.03)
    assert (drawn_vectors(1_000)[0] == vectors).all()


@pytest.mark.parametrize("group", [baselines.sklearn_dbscan, baselines.dlib_chinese_whispers])
def test_the_others_group_them_too(group: object) -> None:
    vectors, truth = drawn_vectors(400)
    assert callable(group)
    scored = pairwise_scores(Contingency.of(truth, group(vectors, SAME)))
    assert scored["f"] > 0.5
    assert len(group(vectors, 1.0 - 1e-9)) == len(vectors)


def test_the_page_says_what_was_measured_where_and_with_what() -> None:
    row = Measured("find faces", "Prosopon, yunet", 12.345, "ms", "3 faces")
    made = Benched(
        *(Table([row]), "Linux, 2 cores", {"Python": "3.11.9"}, {"detector": "yunet"}),
        *("2026-11-26", 61.0),
    )
    page = made.markdown()
    assert "| find faces | Prosopon, yunet | 12.3 | ms | 3 faces |" in page
    for said in ("2 cores", "Python 3.11.9", "detector: yunet", "2026-11-26", "61 s"):
        assert said in page
