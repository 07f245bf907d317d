"""Costs of hiding are those of a direct computation, and point to where a classifier looks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.geometry.test_regions import face

from prosopon.errors import ProsoponError, UsageError
from prosopon.explain import Shares, Study, find, measure, occlusions, q_list, respond
from prosopon.explain.importance import FIGURES, Interval, region_weights
from prosopon.explain.occlusions import Layout
from prosopon.explain.study import load, save
from prosopon.geometry.regions import STUDY_REGIONS

ALL = occlusions()
SIDE = 64
POINTS = (face() * SIDE / 200).astype(np.float32)


def pictures_that_differ_in(
    region: str, count: int = 60
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey noise, brighter in one region where the answer is yes; with landmarks and answers."""
    rng = np.random.default_rng(0)
    truth = np.arange(count) % 2
    pictures = rng.integers(90, 110, (count, SIDE, SIDE, 3))
    points = np.repeat(POINTS[None], count, axis=0)
    place = Layout.of(points[:1], (SIDE, SIDE)).contours[0, STUDY_REGIONS.index(region)]
    pictures[np.ix_(truth == 1)] += 80 * place[None, ..., None]
    return pictures.astype(np.uint8), points, truth


def brightness_of(region: str):  # type: ignore[no-untyped-def]
    """A classifier that looks at one region, and says no where it sees nothing."""
    place = Layout.of(POINTS[None], (SIDE, SIDE)).contours[0, STUDY_REGIONS.index(region)]
    return lambda pictures: 1 / (1 + np.exp(-(pictures[:, place].mean(axis=(1, 2)) - 140) / 10))


def study_of(region: str, folds: int = 5) -> Study:
    pictures, points, truth = pictures_that_differ_in(region)
    outputs = respond(brightness_of(region), pictures, points, ALL)
    shares = Shares.of(points[:5], (SIDE, SIDE), ALL)
    parts = np.arange(len(truth)) // 2 % folds
    figures = measure(truth, outputs, parts)
    return Study(
        "brightness", "Male", (SIDE, SIDE), "black", len(truth), 0, ALL, shares.picture,
        shares.regions, figures,
    )  # fmt: skip


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_figures_and_q_equal_a_direct_computation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.append([0, 1], rng.integers(0, 2, 38))
    chances, parts = rng.random((4, 40)), rng.integers(0, 3, 40)
    figures = measure(truth, chances, parts, threshold=0.4)
    for row, part in enumerate(np.unique(parts)):
        here = parts == part
        for column in range(4):
            said = chances[column, here] >= 0.4
            true = truth[here] == 1
            assert figures["accuracy"][row, column] == pytest.approx((said == true).mean())
            assert figures["bias"][row, column] == pytest.approx(said.mean() - true.mean())
            if (~said).any():
                assert figures["negative_precision"][row, column] == pytest.approx(
                    (~true)[~said].mean()
                )
            moved = np.abs(chances[column, here] - chances[0, here]).mean()
            assert figures["stability"][row, column] == pytest.approx(1 - moved)
    listed = q_list(ALL[:3], figures["accuracy"])
    p = figures["accuracy"].mean(axis=0)
    assert [row.q for row in listed] == pytest.approx(sorted(np.abs(p[0] - p[1:]), reverse=True))
    for row in listed:
        assert row.q == pytest.approx(abs(p[0] - p[1 + ALL.index(row.occlusion)]))


@pytest.mark.parametrize("region", STUDY_REGIONS)
def test_the_region_that_tells_the_classes_apart_is_found(region: str) -> None:
    study = study_of(region)
    findings = find(study)
    assert findings.whole.mean == 1
    rankings = [findings.configural["contour"], findings.weights["contour"], findings.featural]
    if region in ("eyebrows", "mouth"):  # other strips share their rows with these
        rankings += [findings.configural["strip"], findings.weights["strip"]]
    for ranking in rankings:
        assert ranking.order[0] == region, ranking.by
        assert ranking.values[region].mean > 1.5 * ranking.values[ranking.order[1]].mean
    drops = dict(zip((o.name for o in ALL), study.drops("accuracy").mean(axis=0), strict=True))
    assert drops[f"{region} out (contour)"] == pytest.approx(0.5)
    assert drops[f"only {region} (contour)"] == 0
    assert findings.smallest is not None
    assert findings.smallest.occlusion.regions == (region,)
    assert findings.bias.hidden.mean == pytest.approx(-0.5)
    assert findings.unaided is None


def test_halves_follow_the_region() -> None:
    upper, lower = find(study_of("eyebrows")).halves, find(study_of("chin")).halves
    assert (upper.difference.side, lower.difference.side) == (1, -1)
    assert upper.one.mean == pytest.approx(0.5)
    assert upper.other.mean == 0


def test_a_region_on_one_side_makes_the_sides_differ() -> None:
    study = study_of("mouth")
    left = [place + 1 for place in study.rows("left to right")]
    study.figures["accuracy"][:, left] = 1.0
    sides = find(study).sides
    assert sides.one.mean == 0
    assert sides.difference.side == -1


def test_weights_add_up() -> None:
    study = study_of("nose")
    costs = np.array([0.1, 0.02, 0.3, 0.0, 0.05])
    figure = np.ones((2, 1 + len(ALL)))
    for place, o in enumerate(ALL):
        figure[:, 1 + place] -= sum(costs[STUDY_REGIONS.index(region)] for region in o.regions)
    for shape in ("contour", "strip"):
        assert region_weights(study.occlusions, figure, shape) == pytest.approx(
            np.stack([costs, costs])
        )


def test_shares_tell_what_is_hidden() -> None:
    shares = Shares.of(POINTS[None], (SIDE, SIDE), ALL)
    by_name = {o.name: place for place, o in enumerate(ALL)}
    assert shares.picture[by_name["everything"]] == 1
    assert shares.picture[by_name["3/7 left to right"]] == pytest.approx(3 / 7, abs=0.01)
    assert shares.regions[by_name["eyes + chin out (contour)"]] == pytest.approx([0, 1, 0, 0, 1])
    assert shares.regions[by_name["only nose (contour)"]] == pytest.approx([1, 1, 0, 1, 1])


def test_intervals_are_students() -> None:
    interval = Interval.of([0.1, 0.2, 0.3, np.nan])
    assert interval.mean == pytest.approx(0.2)
    assert interval.high - interval.mean == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-5)
    assert interval.side == 0
    assert Interval.of([0.1, 0.11, 0.1]).side == 1
    assert np.isnan(Interval.of([0.5]).low)


def test_a_study_survives_its_file(tmp_path: Path) -> None:
    study = study_of("eyes", folds=4)
    study.figures["precision"][0, 0] = np.nan
    save(study, tmp_path / "study.json")
    again = load(tmp_path / "study.json")
    assert again.occlusions == study.occlusions
    assert (again.size, again.folds) == ((SIDE, SIDE), 4)
    for name in FIGURES:
        np.testing.assert_array_equal(again.figures[name], study.figures[name])
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(ProsoponError, match="study.json: not a study"):
        load(tmp_path / "study.json")


def test_bad_answers_are_refused() -> None:
    pictures, points, truth = pictures_that_differ_in("mouth", 4)
    with pytest.raises(UsageError, match="all faces have the same answer"):
        measure([1, 1, -1], np.full((2, 3), 0.5), [0, 0, 0])
    with pytest.raises(UsageError, match="no probabilities"):
        measure(truth, np.full((2, 4), 3.0), [0, 0, 0, 0])
    with pytest.raises(UsageError, match="gave 1 answers to 4 pictures"):
        respond(lambda given: np.zeros(1), pictures, points, ALL[:2])
    with pytest.raises(UsageError, match="no pictures"):
        respond(lambda given: np.zeros(0), pictures[:0], points[:0], ALL[:2])
    with pytest.raises(UsageError, match="pictures of 2 sizes"):
        respond(len, [pictures[0], pictures[0, :9]], points[:2], ALL[:2])  # type: ignore[arg-type]
