"""Faces that nobody wants to name, by size, sharpness and pose."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import prosopon
from prosopon.collection.faces import FaceIndex
from prosopon.collection.review import Review, pages
from prosopon.people.quality import background


def flags(sides: list[float], sharpness: list[float], yaw: list[float]) -> list[bool]:
    """Of faces with these sides in one photograph."""
    boxes = np.array([(0, 0, side, side) for side in sides], np.float32).reshape(-1, 4)
    quality = {"sharpness": np.float32(sharpness), "yaw": np.float32(yaw)}
    return background(boxes, np.full(len(sides), 7), quality).tolist()


def test_small_and_poor_faces_are_background() -> None:
    sharp, front = [0.3] * 5, [0.0] * 5
    assert flags([200, 120, 60, 45, 90], sharp, front) == [False, False, False, True, False]
    assert flags([200, 90], [0.3, 0.05], [0, 0]) == [False, True]
    assert flags([200, 90], [0.3, 0.3], [0, -75]) == [False, True]
    assert flags([200, 90], [0.3, np.nan], [0, np.nan]) == [False, False]


@given(st.lists(st.floats(1, 1000), max_size=12), st.floats(0, 1), st.floats(-90, 90))
def test_a_photographs_largest_face_is_never_background(
    sides: list[float], sharpness: float, yaw: float
) -> None:
    found = flags(sides, [sharpness] * len(sides), [yaw] * len(sides))
    assert len(found) == len(sides)
    assert not found or not found[int(np.argmax(np.float32(sides)))]


@pytest.mark.models
def test_clusters_in_the_background_are_last_unless_brought_in(
    collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from page to page: the largest cluster, put last, is neither lost nor shown twice."""

    def identifiers(**settings: bool) -> list[int]:
        with prosopon.open(collection, **settings) as opened:
            review, found, after = Review(opened), [], ""
            while True:
                page, rest = pages.clusters(review, after, count=2)
                found += [cluster.identifier for cluster in page]
                if not rest:
                    return found
                after = rest.removeprefix("after=")

    before = identifiers()
    with prosopon.open(collection) as opened:
        index = opened.view.faces
        largest = index.face_ids[index.members(opened.view.to_name[0])]
    monkeypatch.setattr(
        FaceIndex, "background", property(lambda faces: np.isin(faces.face_ids, largest))
    )
    assert identifiers() == [*before[1:], before[0]]
    assert identifiers(background_faces=True) == before
    with prosopon.open(collection) as opened:
        opened.cluster()
        faces = opened.view.faces
        joined = set(faces.labels[faces.background]) - {-1}
        assert joined <= set(faces.labels[~faces.background])  # they make no cluster themselves
    with prosopon.open(collection, background_faces=True) as opened:
        opened.cluster()
        faces = opened.view.faces
        own = set(faces.labels[faces.background]) - set(faces.labels[~faces.background])
        assert own - {-1}
