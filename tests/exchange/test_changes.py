"""What an import would change, and what it leaves alone."""

import pytest

from prosopon.exchange import ExportedFace, Step, plan
from prosopon.persons import new_person_id
from prosopon.records import Photo

PHOTO, OTHER = Photo("a" * 64, "a.jpg", 400, 300), Photo("b" * 64, "b.jpg", 400, 300)
ANN, TWIN = new_person_id(), new_person_id()


def face(x: float, person: str = "", person_id: str = "", confirmed: bool = False) -> ExportedFace:
    return ExportedFace(PHOTO, (x, 50, 60, 80), None, (), None, person, person_id, confirmed)


@pytest.mark.parametrize(
    ("comes", "known", "step"),
    [
        (face(100, "Ann"), [], Step.ADD),
        (face(100), [face(300)], Step.ADD),
        (face(100, "Ann"), [face(300), face(110)], Step.NAME),
        (face(100, "Ann"), [face(110, "Bob", confirmed=False)], Step.NAME),
        (face(100, "Ann"), [face(110, "Bob", confirmed=True)], Step.KEPT),
        (face(100, "Ann"), [face(110, "ANN", confirmed=True)], Step.SAME),
        (face(100, "Ann", ANN), [face(110, "Ann", TWIN, confirmed=True)], Step.KEPT),
        (face(100, "Anna", ANN), [face(110, "Ann", ANN, confirmed=True)], Step.SAME),
        (face(100), [face(110, "Ann", confirmed=True)], Step.SAME),
    ],
)
def test_one_face(comes: ExportedFace, known: list[ExportedFace], step: Step) -> None:
    (change,) = plan([comes], known)
    assert change.step is step
    assert (change.row is None) == (step is Step.ADD)
    if change.row is not None:
        assert known[change.row].box[0] == 110


def test_two_names_for_one_face_are_neither_taken() -> None:
    steps = [change.step for change in plan([face(100, "Ann"), face(104, "Bob")], [face(110)])]
    assert steps == [Step.UNCLEAR, Step.UNCLEAR]


def test_photos_are_not_mixed_up() -> None:
    elsewhere = ExportedFace(OTHER, (110, 50, 60, 80))
    (change,) = plan([face(100, "Ann")], [elsewhere])
    assert change.step is Step.ADD
