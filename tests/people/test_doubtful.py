"""Pairs of faces alone, for the end of naming."""

from dataclasses import replace

import numpy as np
from tests.people.test_suggest import CALIBRATION, EACH, world

from prosopon.people.doubtful import doubtful_pairs, gain
from prosopon.people.queue import questions


def test_faces_alone_stand_beside_what_they_resemble() -> None:
    """Three faces of nobody's cluster: one of a named person, two of one without a name."""
    known = world(named=dict.fromkeys(range(1, EACH), 0))
    cluster = known.cluster.copy()
    cluster[[0, EACH, EACH + 1]] = -1
    skipped = np.ones(len(cluster), bool)
    skipped[[*range(EACH), EACH, EACH + 1]] = False
    known = replace(known, cluster=cluster, skipped=skipped)
    found = doubtful_pairs(known, [], CALIBRATION)
    pairs = {frozenset((pair.face, pair.other)): pair for pair in found}
    assert frozenset((EACH, EACH + 1)) in pairs
    (of_named,) = (pair for pair in found if pair.person)
    assert of_named.face == 0 and 1 <= of_named.other < EACH
    assert pairs[frozenset((EACH, EACH + 1))].settled > of_named.probability
    assert gain(found) > 0.9 and gain([]) == 0


def test_what_is_asked_anyway_or_was_told_apart_is_in_no_pair() -> None:
    known = world(named=dict.fromkeys(range(1, EACH), 0))
    cluster = np.where(np.arange(len(known.cluster)) < EACH, 0, -1).astype(np.int32)
    skipped = np.arange(len(cluster)) > EACH + 1
    known = replace(known, cluster=cluster, skipped=skipped)
    asked = questions(known, CALIBRATION)
    busy = {face for one in asked if one.person or len(one.faces) > 1 for face in one.faces}
    assert busy
    found = doubtful_pairs(known, asked, CALIBRATION)
    assert not busy & {pair.face for pair in found}
    told = replace(
        known, rejected=np.array([[0, 0]]), apart=np.array([[EACH, EACH + 1]]), person=known.person
    )
    assert not any(
        {pair.face, pair.other} == {EACH, EACH + 1} or (pair.face == 0 and pair.person)
        for pair in doubtful_pairs(told, [], CALIBRATION)
    )
