"""What is told beside a face."""

import numpy as np
from tests.web.visiting import Visitor

from prosopon.collection.review import Review
from prosopon.collection.review.face_cards import sheets


def test_a_name_that_two_faces_of_a_photograph_bear_is_told_once(
    visitor: Visitor, review: Review
) -> None:
    numbers, counts = np.unique(review.view.faces.photo_ids, return_counts=True)
    group = int(numbers[counts.argmax()])
    one, other, third = review.view.faces.face_ids[review.view.faces.of_photo(group)][:3].tolist()
    visitor.do("name", faces=[one, other], name="Anna")
    view = review.view
    ((card,),) = sheets(view, [view.faces.rows([third])])
    assert [person.name for person in card.beside] == ["Anna"]
