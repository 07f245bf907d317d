"""Photographs that another program turned, or that were forgotten: what index makes of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.people.conftest import region

import prosopon
from prosopon import config
from prosopon.collection import Collection
from prosopon.geometry.orientation import inverse, turned_box
from prosopon.people import Decision, Kind
from prosopon.people.turning import Turn, follow
from prosopon.store import open_store


@given(
    st.tuples(*[st.floats(0, 1)] * 4),
    st.integers(1, 8),
)
def test_a_turn_is_taken_back(box: tuple[float, float, float, float], orientation: int) -> None:
    assert turned_box(turned_box(box, orientation), inverse(orientation)) == pytest.approx(box)


def test_decisions_on_other_photos_stay_as_they_are() -> None:
    entry = Decision("Ada", Kind.NOT_A_FACE, (region(10),))
    assert follow(entry, {"f" * 64: Turn(1, "e" * 64, 6)}) is entry


@pytest.fixture
def opened(collection: Path) -> Iterator[Collection]:
    with open_store(str(collection), create=False) as store:
        yield Collection(store, config.load(collection=store.name))


def turn(path: Path, orientation: int) -> None:
    """What a viewer does that "turns without loss": another tag, the same pixels."""
    content = path.read_bytes()
    if content[2:4] == b"\xff\xe1":  # ours, from before
        content = content[:2] + content[4 + int.from_bytes(content[4:6], "big") :]
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = exif.tobytes()
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    path.write_bytes(content[:2] + segment + content[2:])


@pytest.mark.models
def test_names_go_along_when_a_photograph_is_turned(opened: Collection, tmp_path: Path) -> None:
    face = opened.faces[0]
    path, others = Path(face.photo), len(opened.all_faces)
    opened.people.by("Ada").name([face.face], "Anna")
    opened.people.by("Ada").present("Ben", path, (1, 2, 30, 40))
    for orientation in (6, 3, 1):
        turn(path, orientation)
        assert opened.index(path.parent).reoriented == 1
        (named,) = (one for one in opened.faces if one.person == "Anna")
        assert (named.photo, named.face != face.face) == (str(path), True)
        ((place, _),) = opened.state.present[opened.find_photo(path)[1].sha256]
        assert len(opened.all_faces) == others
        with prosopon.open(opened.name) as again:
            assert [one.person for one in again.faces if one.person] == ["Anna"]
    assert place.box == pytest.approx(
        np.array([1, 2, 31, 42]) / np.tile(Image.open(path).size, 2), abs=1e-4
    )
    turn(path, 8)
    opened.index(path.parent)
    opened.people.by("Ada").undo()
    opened.people.by("Ada").reject([one.face for one in opened.faces if one.person], "Anna")
    assert not any(one.person for one in opened.faces)  # the later decision replaces the earlier


@pytest.mark.models
def test_a_forgotten_face_stays_out_when_the_photograph_is_turned(opened: Collection) -> None:
    face = opened.faces[0]
    before = len(opened.all_faces)
    opened.people.by("Ada").name([face.face], "Anna")
    opened.forget("Anna")
    turn(Path(face.photo), 6)
    done = opened.index(Path(face.photo).parent)
    assert (done.reoriented, done.forgotten, len(opened.all_faces)) == (1, 1, before - 1)


@pytest.mark.models
def test_a_forgotten_photograph_comes_back_only_when_asked_for(opened: Collection) -> None:
    path = Path(opened.faces[0].photo)
    known = len(opened.photos)
    opened.forget(photo=path)
    for number in range(2):  # again, with other metadata
        turn(path, 1 + number)
        done = opened.index(path.parent)
        assert (done.forgotten_photos, done.examined) == (1, 0)
        assert len(opened.photos) == known - 1
    assert opened.index(path.parent, with_forgotten=True).examined == 1
    turn(path, 1)
    assert opened.index(path.parent).forgotten_photos == 0
    assert len(opened.photos) == known
