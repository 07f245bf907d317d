"""Faces drawn by hand are faces."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import prosopon
from prosopon.collection import Collection
from prosopon.collection.review import Review, pages
from prosopon.errors import UsageError
from prosopon.records import Int64
from prosopon.store import faces as face_rows

pytestmark = pytest.mark.models


@pytest.fixture
def missed(collection: Path) -> Iterator[tuple[Collection, int, tuple[float, ...], int]]:
    """A collection in which the detector has missed a face: it, the photograph, the box (x, y,
    width, height), and a face of the same person elsewhere."""
    with prosopon.open(collection) as opened:
        view = opened.view
        label = int(view.to_name[0])
        row, other = view.faces.members(label)[:2].tolist()
        face, photo = int(view.faces.face_ids[row]), int(view.faces.photo_ids[row])
        x1, y1, x2, y2 = view.faces.boxes[row].tolist()
        alike = int(view.faces.face_ids[other])
        with opened.store.begin() as connection:
            face_rows.remove(connection, [face])
        yield opened, photo, (x1, y1, x2 - x1, y2 - y1), alike


def last(opened: Collection) -> Int64:
    """Rows of the newest face."""
    return np.array([opened.view.faces.face_ids.argmax()])


def test_a_face_drawn_is_counted_embedded_clustered_and_exported(
    missed: tuple[Collection, int, tuple[float, float, float, float], int], tmp_path: Path
) -> None:
    opened, photo, box, alike = missed
    before = len(opened.visible)
    opened.people.draw(photo, box)
    assert len(opened.visible) == before + 1
    view, (row,) = opened.view, last(opened)
    assert view.open[row] and view.faces.by_hand[row]
    vectors = view.faces.embeddings
    own, near = np.searchsorted(vectors.face_ids, [view.faces.face_ids[row], alike])
    assert vectors.vectors[own] @ vectors.vectors[near] > view.faces.threshold
    assert opened.thumbnails([int(view.faces.face_ids[row])])
    opened.cluster(update=True)
    labels = opened.view.faces.labels
    assert labels[row] == labels[opened.view.faces.rows([alike])[0]] >= 0
    opened.people.name(int(view.faces.face_ids[row]), "Anna")
    anna = opened.people.list("Anna")[0].person.id
    assert [face.id for face in pages.person(Review(opened), anna)[1]] == [
        int(view.faces.face_ids[row])
    ]
    opened.export(tmp_path / "faces.csv")
    (line,) = (
        line for line in (tmp_path / "faces.csv").read_text().splitlines() if ",Anna," in line
    )
    assert line.endswith(f",{int(view.faces.face_ids[row])}")


def test_a_box_taken_back_is_gone_until_it_is_drawn_again(
    missed: tuple[Collection, int, tuple[float, float, float, float], int],
) -> None:
    opened, photo, box, _ = missed
    before = len(opened.visible)
    opened.people.draw(photo, box, "Anna")
    opened.people.undo()
    assert len(opened.visible) == before and not opened.people.list("Anna")
    assert all(one.face.id != opened.view.faces.face_ids.max() for one in _placed(opened, photo))
    opened.people.draw(photo, box, "Bertha")
    assert len(opened.visible) == before + 1
    assert len(opened.all_faces) == len(opened.visible)  # the same one again
    with pytest.raises(UsageError, match="found already"):
        opened.people.draw(photo, box)
    with pytest.raises(UsageError, match="inside"):
        opened.people.draw(photo, (-5, 0, 10, 10))


def _placed(opened: Collection, photo: int) -> list[pages.Placed]:
    return list(pages.photograph(Review(opened), photo).faces)


def test_a_drawn_face_that_is_lost_comes_back_with_the_next_index(
    missed: tuple[Collection, int, tuple[float, float, float, float], int], collection: Path
) -> None:
    """As after an import into another collection."""
    opened, photo, box, _ = missed
    opened.people.draw(photo, box, "Anna")
    number = len(opened.visible)
    with opened.store.begin() as connection:
        face_rows.remove(connection, face_rows.drawn(connection))
    assert len(opened.visible) == number - 1
    opened.index(collection.parent / "images")
    assert len(opened.visible) == number
    assert opened.people.list("Anna")[0].faces == 1
