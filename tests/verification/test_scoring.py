"""Figures of pairs with known vectors, and what does not fit."""

from dataclasses import replace

import numpy as np
import pytest

from prosopon.errors import ProsoponError
from prosopon.metrics.verification import best_threshold
from prosopon.verification import figures, scoring
from prosopon.verification.final_classifier import learnt_similarities, pair_features
from prosopon.verification.pairs import Pairs


def made(
    people: int = 20, folds: int = 5, noise: float = 0.3, seed: int = 0
) -> tuple[Pairs, np.ndarray]:
    """Two pictures of each of `people` per fold: a same pair each, and a different one each."""
    rng = np.random.default_rng(seed)
    rows, people_of, vectors = [], {}, {}
    for fold in range(folds):
        for person in range(people):
            centre = rng.normal(size=16)
            for picture in range(2):
                name = f"{fold}-{person}-{picture}"
                people_of[name] = f"{fold}-{person}"
                vector = centre + noise * rng.normal(size=16)
                vectors[name] = vector / np.linalg.norm(vector)
            rows.append((f"{fold}-{person}-0", f"{fold}-{person}-1", True, fold))
            rows.append((f"{fold}-{person}-0", f"{fold}-{(person + 1) % people}-1", False, fold))
    pairs = Pairs.of(rows, people_of)
    return pairs, np.array([vectors[name] for name in pairs.pictures], np.float32)


def test_clear_pairs_score_fully() -> None:
    pairs, vectors = made(noise=0.05)
    scores = scoring.score(scoring.similarities(vectors, pairs), pairs)
    assert scores.accuracy == scores.area == 1
    assert scores.equal_error_rate == scores.standard_error == 0
    assert scores.true_accepts["0.01"] == 1
    assert np.isnan(scores.true_accepts["0.001"]), "100 different pairs can't show one in 1000"
    assert (scores.pairs, scores.same, scores.without_face) == (200, 100, 0)


def test_intervals_are_over_people_and_need_their_names() -> None:
    pairs, vectors = made(noise=0.6)
    scores = scoring.score(scoring.similarities(vectors, pairs), pairs)
    low, high = scores.accuracy_interval
    assert low < scores.accuracy < high < low + 0.2
    assert scores.area_interval[0] < scores.area < scores.area_interval[1]
    nameless = replace(pairs, people=())
    unsure = scoring.score(scoring.similarities(vectors, nameless), nameless)
    assert np.isnan(unsure.accuracy_interval).all()


def test_random_vectors_score_like_a_coin() -> None:
    pairs, vectors = made(people=100, noise=100.0)
    scores = scoring.score(scoring.similarities(vectors, pairs), pairs)
    assert abs(scores.area - 0.5) < 0.06
    assert abs(scores.accuracy - 0.5) < 0.06


def test_pairs_without_a_face_are_refused() -> None:
    pairs, vectors = made(noise=0.05)
    vectors[pairs.left[0]] = np.nan
    cosine = scoring.similarities(vectors, pairs)
    scores = scoring.score(cosine, pairs)
    assert scores.without_face == 2
    assert not scoring.accepted(cosine, pairs, scores)[0]
    assert scores.accuracy == pytest.approx(1 - 1 / 200)
    assert scores.accuracy_of_found == scores.area_of_found == 1


def test_folds_count_alike_however_many_pairs_they_have() -> None:
    pairs, vectors = made(noise=0.05)
    first = pairs.folds == pairs.tested[0]
    flipped = replace(pairs, same=np.where(first, ~pairs.same, pairs.same))
    many = np.concatenate([np.arange(len(pairs)), np.tile(np.flatnonzero(first), 9)])
    uneven = replace(
        flipped,
        **{name: getattr(flipped, name)[many] for name in ("left", "right", "same", "folds")},
        development=pairs.tested[1:],
    )
    scores = scoring.score(scoring.similarities(vectors, uneven), uneven)
    assert scores.accuracy == pytest.approx(1 - 1 / len(pairs.tested))
    assert scores.accuracy_of_found == pytest.approx(scores.accuracy)
    low, high = scores.accuracy_interval
    assert low <= scores.accuracy <= high


def test_vectors_must_fit_the_pictures() -> None:
    pairs, vectors = made()
    with pytest.raises(ProsoponError, match="a vector for each of 200 pictures, got 199"):
        scoring.similarities(vectors[1:], pairs)


def test_groups_and_their_gap() -> None:
    pairs, vectors = made(people=40, noise=0.05)
    rng = np.random.default_rng(1)
    worse = np.array([int(name.split("-")[1]) < 20 for name in pairs.pictures])
    vectors[worse] += rng.normal(size=vectors[worse].shape).astype(np.float32) * 0.4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = [
        None if n.startswith("4-39") else "dim" if w else "bright"
        for n, w in zip(pairs.pictures, worse, strict=True)
    ]
    groups = scoring.groups_of(labels, pairs)
    tables, gaps = scoring.by_group(scoring.similarities(vectors, pairs), pairs, groups)
    by_name = {table.group: table for table in tables}
    assert set(by_name) == {"dim", "bright", scoring.MIXED}
    assert by_name["dim"].accuracy < by_name["bright"].accuracy
    low, high = by_name["dim"].accuracy_interval
    assert low < by_name["dim"].accuracy < high
    assert sum(table.pairs for table in tables) == len(pairs) - 3
    accuracy = next(gap for gap in gaps if gap.figure == "accuracy")
    assert (accuracy.worse, accuracy.better) == ("dim", "bright")
    assert accuracy.interval[0] > 0, "a difference this large is sure"
    assert accuracy.difference == pytest.approx(
        by_name["bright"].accuracy - by_name["dim"].accuracy
    )


def test_worst_pairs_come_first() -> None:
    pairs, vectors = made()
    cosine = scoring.similarities(vectors, pairs)
    cosine[0] = scoring.NO_FACE
    same, different = scoring.worst(cosine, pairs, 5)
    assert 0 not in same
    assert pairs.same[same].all() and not pairs.same[different].any()
    assert cosine[same[0]] == cosine[pairs.same & (cosine > scoring.NO_FACE)].min()
    assert cosine[different[0]] == cosine[~pairs.same].max()


def test_pictures_of_results() -> None:
    pairs, vectors = made()
    curve = scoring.Roc.of(scoring.similarities(vectors, pairs), pairs.same)
    shown = figures.Shown(np.zeros((8, 8, 3), np.uint8), np.zeros((9, 7, 3), np.uint8), "0.5")
    sheet = figures.pair_sheet("worst", {"first": [shown] * 5, "second": [shown], "none": []})
    for picture in (figures.roc_plot({"model": curve}), sheet):
        assert picture.startswith(b"\x89PNG")


def test_one_threshold_comes_from_the_development_fold() -> None:
    pairs, vectors = made(noise=0.6)
    cosine = scoring.similarities(vectors, pairs)
    view_2 = replace(pairs, tested=(1, 2, 3, 4), development=(0,), freedom=0)
    scores = scoring.score(cosine, view_2)
    assert len(set(scores.thresholds)) == 1
    first = pairs.folds == 0
    assert scores.thresholds[0] == best_threshold(cosine[first], pairs.same[first])
    accuracies = np.array(scores.fold_accuracies)
    assert scores.standard_error == pytest.approx(accuracies.std() / 2), "σ̂ by n, over √n"


def test_a_final_classifier_sees_what_the_cosine_does_not() -> None:
    """Twelve numbers are noise and four tell people apart."""
    pairs, vectors = made(people=60, noise=0.2)
    rng = np.random.default_rng(1)
    vectors[:, 4:] = rng.normal(size=(len(vectors), 12)) * 0.4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    view_1 = replace(pairs, tested=(1, 2, 3, 4), learns=True, freedom=0)
    learnt = learnt_similarities(vectors, view_1)
    assert (learnt[pairs.folds == 0] == scoring.NO_FACE).all(), "fold 0 is never tested"
    plain = scoring.score(scoring.similarities(vectors, pairs), pairs)
    scores = scoring.score(learnt, view_1)
    assert set(scores.thresholds) == {0.5}
    assert scores.area > plain.area + 0.02
    left, right = vectors[:5], vectors[5:10]
    assert (pair_features(left, right) == pair_features(right, left)).all()
