"""Published tables hold together: right sizes, sums and means as the works print them."""

import numpy as np
import pytest

from prosopon.datasets.vocabulary import NAMES, WITHOUT_THREE
from prosopon.geometry.regions import STUDY_REGIONS
from prosopon.metrics.published import table, tables


def test_every_row_has_a_figure_for_every_column() -> None:
    for each in tables().values():
        assert each.rows and each.work and each.where and each.conditions, each.id
        assert {len(values) for values in each.rows.values()} == {len(each.columns)}, each.id


@pytest.mark.parametrize("id", ["doppelver-accuracy", "doppelver-auc"])
def test_averages_are_those_of_their_rows(id: str) -> None:
    published = table(id)
    *losses, average = (np.array(values) for values in published.rows.values())
    assert np.mean(losses, axis=0) == pytest.approx(average, abs=1.01e-4)
    assert list(published.rows)[-1] == "average"


def test_the_archives_v_measures_follow_from_the_other_two() -> None:
    published = table("archive-clustering")
    for completeness, homogeneity, _, _, v in published.rows.values():
        harmonic = 2 * completeness * homogeneity / (completeness + homogeneity)
        assert harmonic == pytest.approx(v, abs=1.1e-3)


def test_profiles_multiply_out() -> None:
    for number in (2, 4, 5):
        for hits, milliseconds, seconds, _ in table(f"archive-profile-{number}").rows.values():
            assert hits * milliseconds / 1000 == pytest.approx(seconds, rel=0.08, abs=0.05)


def test_attributes_and_regions_are_those_that_we_know() -> None:
    improved = table("attparsenet-improved")
    assert set(improved.rows) == set(NAMES)
    assert np.sum(list(improved.rows.values()), axis=0).tolist() == [24, 35, 34]
    accuracies = table("transfer-attributes")
    assert set(accuracies.rows) == {*WITHOUT_THREE, "mean"}
    means = np.mean([accuracies.rows[name] for name in WITHOUT_THREE], axis=0)
    assert means == pytest.approx(accuracies.rows["mean"], abs=0.01)
    for id in ("occlusion-configural", "occlusion-featural"):
        for order in table(id).rows.values():
            assert sorted(order) == sorted(STUDY_REGIONS)
    assert sum(count for (count,) in table("occlusion-sets").rows.values()) == 64


def test_a_figure_is_found_by_row_and_column() -> None:
    assert table("doppelver-accuracy")["ArcFace", "LFW"] == 0.9955
    assert table("doppelver-accuracy").source == "dissertation, Table 7.1"
    with pytest.raises(KeyError):
        table("doppelver-accuracy")["Softmax", "LFW"]
