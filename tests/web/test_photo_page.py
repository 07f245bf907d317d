"""The page of one photograph: faces in the background wait behind a link."""

import numpy as np
import pytest
from tests.web.visiting import Visitor

from prosopon.collection.review import Review

pytestmark = pytest.mark.models


def test_faces_in_the_background_are_shown_on_request(
    visitor: Visitor, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = review.view.faces
    photos, counts = np.unique(faces.photo_ids, return_counts=True)
    photo = int(photos[counts.argmax()])
    first, *others = faces.face_ids[faces.of_photo(photo)].tolist()
    assert others, "an album has a photograph of two"
    monkeypatch.setattr(type(faces), "unwanted", np.isin(faces.face_ids, others))

    def shown(query: str = "") -> list[int]:
        page = visitor.page(f"/photos/{photo}{query}")
        return [face for face in (first, *others) if f'data-face="{face}"' in page]

    page = visitor.page(f"/photos/{photo}")
    link = f"Show {len(others)} background face" + "s" * (len(others) > 1)
    assert link in page
    assert shown() == [first]
    assert shown(f"?face={others[0]}") == [first, others[0]], "the one that is asked for"
    assert shown("?background=1") == [first, *others]
    assert "background face" not in visitor.page(f"/photos/{photo}?background=1")
    visitor.do("name", faces=others[:1], name="Anna")
    assert shown() == [first, others[0]], "a face with a name is not left out"
