"""A small album of faces, and shorthand for decisions on them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import pytest

from prosopon.people.decisions import Decision, Kind, Region
from prosopon.people.face_locator import Places
from prosopon.persons import new_person_id

PHOTOS = ["a" * 64, "b" * 64]
FACES = 8
"""Four in each photo; face ids are 10, 11, …"""


def region(face: int, shift: float = 0.0) -> Region:
    """Where a face is, perhaps as another detector would draw it."""
    photo, slot = divmod(face - 10, 4)
    left = 0.25 * slot + shift
    return Region(PHOTOS[photo], (left, 0.2, left + 0.2, 0.5))


@pytest.fixture
def places() -> Places:
    ids = np.arange(10, 10 + FACES)
    regions = [region(int(face)) for face in ids]
    boxes = np.array([place.box for place in regions])
    return Places(ids, [place.photo for place in regions], boxes)


@pytest.fixture
def decide() -> Callable[..., Decision]:
    """decide(author, kind, faces=(10, …), **fields): one decision, a minute after the last."""
    minutes = count()

    def make(author: str, kind: Kind, *faces: int, **fields: Any) -> Decision:
        at = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=next(minutes))
        return Decision(author, kind, tuple(map(region, faces)), at=at, **fields)

    return make


@pytest.fixture
def cast(decide: Callable[..., Decision]) -> tuple[list[Decision], list[str]]:
    """Three persons, Ann, Bob and Cat: the decisions that make them, and their identifiers."""
    ids = [new_person_id() for _ in range(3)]
    names = ("Ann", "Bob", "Cat")
    log = [
        decide("setup", Kind.CREATE, persons=(person,), changes={"name": name})
        for person, name in zip(ids, names, strict=True)
    ]
    return log, ids
