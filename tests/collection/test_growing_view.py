"""A view that follows decisions is what one made anew would be."""

from typing import cast

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.people.conftest import PHOTOS
from tests.people.test_growing_log import FACES, albums, logs

from prosopon.collection.faces import FaceIndex
from prosopon.collection.view import CollectionView
from prosopon.languages import speaking
from prosopon.people import Decision, DecisionLog, Places
from prosopon.store import Store
from prosopon.store.faces import FaceTable


def index_of(album: Places) -> FaceIndex:
    """The faces that are found, in two clusters, and one that somebody drew."""
    count = len(album.face_ids)
    photos = np.array([PHOTOS.index(photo) + 1 for photo in album.photos])
    zeros = np.zeros(count, np.float32)
    table = FaceTable(
        album.face_ids, photos, zeros[:, None] + np.zeros(4), zeros[:, None, None], zeros, {}
    )
    return FaceIndex(
        store=cast(Store, None),
        detector_id=1,
        embedder="",
        table=table,
        by_hand=album.face_ids == FACES[-1],
        run=None,
        labels=(np.arange(count) % 3 - 1).astype(np.int32),
        membership=np.linspace(0, 1, count, dtype=np.float32),
        identifiers=np.array([7, 8]),
        qualities=np.ones(2, np.float32),
    )


@settings(max_examples=100, deadline=None)
@given(logs(), albums(), st.sampled_from(["en", "et"]))
def test_it_is_the_same_as_one_made_anew(log: list[Decision], album: Places, language: str) -> None:
    faces, growing = index_of(album), DecisionLog()
    growing.extend(log[:2], album)
    view = CollectionView.of(faces, growing)
    with speaking(language):
        for number, entry in enumerate(log[2:], 3):
            view.roster.in_order()  # so that there is an order to keep up
            view = view.after(growing, growing.extend([entry], album))
            anew = DecisionLog()
            anew.extend(log[:number], album)
            assert_same(view, CollectionView.of(faces, anew))


def assert_same(view: CollectionView, anew: CollectionView) -> None:
    """Two views say the same."""
    assert view.state == anew.state
    assert view.log == anew.log
    assert view.persons == anew.persons
    assert view.number == anew.number
    assert view.roster.in_order() == anew.roster.in_order()
    assert sorted(view.roster.secret) == sorted(anew.roster.secret)
    assert view.roster.search_keys == anew.roster.search_keys
    for column in ("who", "doubtful", "withheld", "set_aside", "hidden", "open", "faces_of"):
        np.testing.assert_array_equal(getattr(view, column), getattr(anew, column), column)
    for place, person in enumerate(view.persons):
        assert view.portraits[place] == view.portrait(place) == anew.portrait(place)
        assert view.faces_named(person.id) == anew.faces_named(person.id)
        assert person in view.roster.named(person.name.swapcase())
    assert set(view.state.withheld()) == {
        face
        for face, who in view.state.names.items()
        if any(view.state.people[one].restricted for one in who.persons)
    }
