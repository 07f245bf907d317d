"""The threshold of a collection, on albums of every shape made of numbers as alike as faces are."""

from functools import cache

import numpy as np
import pytest

from prosopon import clustering, graph
from prosopon.metrics.clustering import Contingency, bcubed_scores
from prosopon.records import Embeddings, Threshold

PARTS = np.sqrt([0.837, 0.113, 0.05])
"""Of what all faces have in common, of the person, of the photograph: strangers have a cosine of
.84 on average, photographs of one person .95, as with dlib's embedder."""


def faces(sizes, seed=0, like_strangers=0.0):
    """Vectors of so many photographs of each person; `like_strangers` brings all nearer."""
    rng = np.random.default_rng(seed)
    persons = np.repeat(np.arange(len(sizes)), sizes)

    def scattered(n):
        drawn = rng.normal(size=(n, 30))
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    common = np.zeros((1, 31))
    common[0, 30] = 1 + like_strangers
    parts = scattered(len(sizes))[persons], scattered(len(persons))
    vectors = PARTS[0] * common + np.pad(
        PARTS[1] * parts[0] + PARTS[2] * parts[1], ((0, 0), (0, 1))
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(np.arange(len(persons)), vectors.astype(np.float32), "test"), persons


@cache
def calibrated() -> Threshold:
    embeddings, persons = faces([2] * 1000 + [12] * 60, seed=99)
    return clustering.calibrate_threshold(embeddings, persons, "made up")


def estimate(embeddings, card=None):
    return clustering.estimate_threshold(embeddings, graph.build(embeddings), card)


def bcubed(embeddings, persons, threshold, method="adaptive"):
    made = clustering.make(method, threshold=threshold).fit(graph.build(embeddings))
    return bcubed_scores(Contingency.of(persons, made.labels_))["f"]


GRID = {
    **{
        f"{people} x {photos}": [photos] * people
        for people in (1, 2, 3, 6, 30, 100)
        for photos in (1, 2, 4, 20)
    },
    "one has four fifths": [80, *[4] * 5],
    "one of many": [200, *[1] * 50],
    "more than a list of neighbours holds": [90, 90, 90],
    "a thousand": [1] * 500 + [2] * 250,
}


@pytest.mark.parametrize("shape", GRID)
def test_the_defaults_come_near_the_best_threshold_in_hindsight(shape):
    draws = 12 if sum(GRID[shape]) < 100 else 3  # one mistake is much in a small album
    albums = [faces(GRID[shape], seed) for seed in range(draws)]
    estimates = [estimate(album, calibrated()) for album, _ in albums]
    found = [bcubed(*album, each.cosine) for album, each in zip(albums, estimates, strict=True)]
    best = max(
        np.mean([bcubed(*album, threshold, "map-equation") for album in albums])
        for threshold in np.arange(0.88, 0.961, 0.01)
    )
    assert np.mean(found) > best - 0.03
    people = [each.people for each in estimates]
    assert np.mean(people) == pytest.approx(len(GRID[shape]), rel=0.4, abs=1)
    for each in estimates:
        assert each.low <= each.cosine <= each.high
        assert each.calibrated


def test_near_duplicates_move_nothing():
    embeddings, _ = faces([4] * 20)
    rng = np.random.default_rng(1)
    copies = embeddings.vectors[[0] * 100] + rng.normal(0, 0.003, (100, 31)).astype(np.float32)
    copies /= np.linalg.norm(copies, axis=1, keepdims=True)
    more = Embeddings(np.arange(180), np.concatenate([embeddings.vectors, copies]), "test")
    without, with_copies = (estimate(x, calibrated()) for x in (embeddings, more))
    assert with_copies.cosine == pytest.approx(without.cosine, abs=0.003)
    assert with_copies.people == pytest.approx(without.people, rel=0.1)


def test_where_strangers_are_more_alike_than_on_the_card_the_threshold_is_higher():
    usual, alike = (
        estimate(faces([4] * 200, like_strangers=more)[0], calibrated()) for more in (0.0, 0.15)
    )
    assert alike.cosine > usual.cosine + 0.005


@pytest.mark.parametrize("common", [0.0, 0.5, 2.0])
def test_without_a_card_it_is_estimated_whatever_the_models_scale(common):
    rng = np.random.default_rng(5)
    persons = np.repeat(np.arange(400), 5)
    vectors = rng.normal(size=(400, 64))[persons] + 0.7 * rng.normal(size=(2000, 64))
    vectors[:, 0] += 8 * common  # what all faces have in common raises all cosines
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embeddings = Embeddings(np.arange(2000), vectors.astype(np.float32), "test")
    estimated = estimate(embeddings)
    assert not estimated.calibrated
    cosines = vectors @ vectors.T
    strangers = cosines[persons[:, None] != persons]
    assert (strangers >= estimated.cosine).mean() < 1e-3
    assert (cosines[persons[:, None] == persons] >= estimated.cosine).mean() > 0.8


def test_nothing_is_estimated_from_a_single_face():
    one = faces([1])[0]
    assert estimate(one).cosine == 1.0
    assert estimate(one, calibrated()).cosine == calibrated().cosine


def test_copies_of_one_picture_are_one_person():
    same = Embeddings(np.arange(9), np.repeat(np.eye(1, 8, dtype=np.float32), 9, axis=0), "test")
    for card in (None, calibrated()):
        assert estimate(same, card).cosine <= 0.9999
        assert estimate(same, card).people == 1


def in_groups(people, like_strangers):
    """Albums of so many people: four photographs of each, and four of all of them together."""
    embeddings, persons = faces([8] * people, like_strangers=like_strangers)
    turn = np.tile(np.arange(8), people)
    photos = np.where(turn < 4, 4 + np.arange(len(persons)), turn - 4)
    return embeddings, persons, photos


def with_photos(embeddings, photos, card=None):
    made = graph.build(embeddings)
    return clustering.estimate_threshold(embeddings, made, card or calibrated(), photos=photos)


def test_people_in_one_photograph_tell_how_alike_strangers_are():
    embeddings, persons, photos = in_groups(4, like_strangers=0.3)
    alone = estimate(embeddings, calibrated()).cosine
    found = with_photos(embeddings, photos).cosine
    strangers = (embeddings.vectors @ embeddings.vectors.T)[persons[:, None] != persons]
    assert found > alone + 0.005
    assert np.mean(strangers > found) < np.mean(strangers > alone) / 2
    assert bcubed(embeddings, persons, found) >= bcubed(embeddings, persons, alone)


def test_photographs_of_one_person_each_change_nothing():
    embeddings, _, _ = in_groups(4, like_strangers=0.3)
    photos = np.arange(len(embeddings))
    assert with_photos(embeddings, photos) == estimate(embeddings, calibrated())
    weak = np.full(len(embeddings), -1)
    assert with_photos(embeddings, weak) == estimate(embeddings, calibrated())


def test_a_collage_of_one_person_is_no_group():
    embeddings, _ = faces([30])
    photos = np.arange(30) // 3
    one = with_photos(embeddings, photos).cosine
    assert one == pytest.approx(estimate(embeddings, calibrated()).cosine, abs=0.02)
