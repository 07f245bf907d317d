"""A test on people whom a model has learnt from is told."""

from prosopon import zoo
from prosopon.datasets.learnt import known, marks, warning

LEARNT = [("Ada", "ada/2.jpg"), ("Ada", "ada/1.jpg"), ("17", "b.jpg"), ("17", "a.jpg"), ("", "c")]


def test_the_same_people_are_known_again_by_other_pictures() -> None:
    text = marks(LEARNT)
    assert known(text, [("Ada", "elsewhere/9.jpg"), ("Bob", "1.jpg")]) == ["Ada"]
    assert known(text, [("17", "x/a.jpg"), ("17", "x/b.jpg")]) == ["17"]


def test_a_number_of_another_data_set_is_somebody_else() -> None:
    assert known(marks(LEARNT), [("17", "other.jpg")]) == []
    assert known(marks([]), [("Ada", "1.jpg")]) == []


def test_the_sentence_counts_and_names() -> None:
    said = warning("mine", marks(LEARNT), [("Ada", "1.jpg"), ("Bob", "1.jpg"), ("", "2.jpg")])
    assert said.startswith("mine has learnt from 1 of these 2 people, such as Ada")
    assert warning("mine", marks(LEARNT), [("Bob", "1.jpg")]) == ""


def test_the_default_heads_card_names_whom_it_has_learnt_from() -> None:
    assert len(zoo.card("attributes-head").learnt_people) > 241 * 4
