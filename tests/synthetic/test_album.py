"""Albums: files and truth on the disk."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prosopon.errors import UsageError
from prosopon.progress import Stage, listening
from prosopon.synthetic import DRAWN, Person, album
from prosopon.synthetic.album import CELEBA, Job, Recipe, draw
from prosopon.synthetic.cast import likeness


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def hashes(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album") / "a"
    album(folder, people=4, photos_per_person=3, seed=7, groups=2, size=128)
    return folder


def test_the_numbers_of_photos_people_and_faces(made: Path):
    truth = rows(made / "truth.csv")
    photos = {row["path"] for row in truth}
    assert len(photos) == len(list((made / "images").iterdir())) == 4 * 3 + 2
    assert {row["person"] for row in truth} == {f"person {k:04d}" for k in range(1, 5)}
    singles = [row for row in truth if sum(r["path"] == row["path"] for r in truth) == 1]
    assert len(singles) == 12


def test_the_truth_lies_inside_of_its_picture(made: Path):
    for row in rows(made / "truth.csv"):
        with Image.open(made / row["path"]) as picture:
            width, height = picture.size
        landmarks = np.array(row["landmarks"].split(), float).reshape(68, 2)
        assert ((landmarks >= 0) & (landmarks <= [width, height])).all()
        x, y, w, h = (int(row[k]) for k in ("x", "y", "width", "height"))
        assert (landmarks >= [x - 1, y - 1]).all() and (landmarks <= [x + w + 1, y + h + 1]).all()
        assert all(row[name] in "01" for name in DRAWN)


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_others(made: Path, tmp_path: Path):
    album(tmp_path / "again", people=4, photos_per_person=3, seed=7, groups=2, size=128)
    assert hashes(tmp_path / "again") == hashes(made)
    album(tmp_path / "other", people=1, photos_per_person=1, seed=8, size=128)
    images = set(hashes(tmp_path / "other" / "images").values())
    assert not images & set(hashes(made).values())


def test_a_larger_album_begins_with_the_same_people_and_photographs(made: Path):
    small, large = Recipe(4, 3, 2, 128, 7), Recipe(9, 5, 0, 128, 7)
    assert small.person(3) == large.person(3)
    content = draw(Job(large, 1, 2, 1))[2]
    assert hashlib.sha256(content).hexdigest() in hashes(made).values()


def test_the_people_of_an_album_are_less_alike_than_strangers():
    def nearest(people: list[Person]) -> float:
        points = np.array([likeness(person) for person in people])
        return float((np.linalg.norm(points[:, None] - points, axis=2) + 9 * np.eye(40)).min())

    rng = np.random.default_rng(5)
    strangers = nearest([Person.sample(rng) for _ in range(40)])
    assert nearest([Recipe(40, 1, seed=5).person(k) for k in range(1, 41)]) > 1.2 * strangers


def test_celeba_files_read_like_celeba(made: Path):
    marks, splits = rows(made / "attributes.csv"), rows(made / "splits.csv")
    assert list(marks[0]) == ["image", "identity", *CELEBA]
    assert len(CELEBA) == 40 and list(CELEBA) == sorted(CELEBA, key=str.lower)
    assert len(marks) == len(splits) == 12
    truth = {Path(row["path"]).name: row for row in rows(made / "truth.csv")}
    for mark in marks:
        assert (made / "images" / mark["image"]).exists()
        assert all(mark[name] == truth[mark["image"]][name] for name in DRAWN)
        assert mark["Attractive"] == "0"
    assert {s["split"] for s in splits if int(s["identity"]) % 6} == {"train"}


class Reversed:
    """An engine that works from the end, as if on other machines."""

    def map(self, function: Callable[[Job], object], items: Iterable[Job]) -> Iterator[object]:
        done = [function(item) for item in reversed(list(items))]
        return iter(done[::-1])


def test_an_engine_draws_the_same_album(made: Path, tmp_path: Path):
    album(tmp_path / "b", 4, 3, seed=7, groups=2, size=128, engine=Reversed())  # type: ignore[arg-type]
    assert hashes(tmp_path / "b") == hashes(made)


def test_progress_counts_photographs(tmp_path: Path):
    class Counter(Stage):
        total: int | None = None
        steps = 0

        def open(self, description: str, total: int | None) -> "Counter":
            self.total = total
            return self

        def advance(self, steps: int = 1, **figures: int | str) -> None:
            self.steps += steps

    counter = Counter()
    with listening(counter):
        album(tmp_path / "c", people=2, photos_per_person=2, size=64)
    assert counter.steps == counter.total == 4


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        album(tmp_path, people=1, photos_per_person=1)
    assert [p.name for p in tmp_path.iterdir()] == ["letters.txt"]
    with pytest.raises(UsageError, match="this is a file"):
        album(tmp_path / "letters.txt", people=1, photos_per_person=1)


@pytest.mark.parametrize(
    ("people", "photos", "groups", "message"),
    [(0, 1, 0, "people: expected at least 1"), (2, 1, 1, "at least 3"), (1, -1, 0, "photos_per")],
)
def test_impossible_albums_are_refused(
    tmp_path: Path, people: int, photos: int, groups: int, message: str
):
    with pytest.raises(UsageError, match=message):
        album(tmp_path / "d", people, photos, groups=groups)
