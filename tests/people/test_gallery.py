"""Open-set identification by portraits."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from prosopon import config
from prosopon.collection.collection import Collection
from prosopon.errors import ProsoponError
from prosopon.people.gallery import identify, shipped
from prosopon.store import open_store


def test_enrolled_people_are_told_from_strangers() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(40, 64))
    person = np.repeat(np.arange(40), 4)
    vectors = centres[person] + rng.normal(scale=0.15, size=(160, 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    enrolled = np.flatnonzero((np.arange(160) % 4 == 0) & (person < 10))
    left = np.setdiff1d(np.arange(160), enrolled)
    found = identify(
        vectors[left],
        person[left].astype(np.int32),
        vectors[enrolled],
        person[enrolled].astype(np.int64),
        0.5,
    )
    known = person[left] < 10
    assert (found.person[known] == person[left][known]).all()
    assert (found.portrait[known] == person[left][known]).all()
    chance = shipped().probability(found)
    assert chance[known].min() > chance[~known].max()


@pytest.mark.parametrize(("people", "enrolled"), [(2, 1), (6, 3), (12, 8), (40, 8), (90, 8)])
def test_strangers_stay_nobody_in_collections_of_any_size(people: int, enrolled: int) -> None:
    """Of alike people: strangers have a cosine of some .85, with a threshold of .93."""
    rng = np.random.default_rng(people)
    centres = rng.normal(size=64) * 2.2 + rng.normal(size=(people, 64))
    person = np.repeat(np.arange(people), 8)
    vectors = centres[person] + rng.normal(scale=0.25, size=(len(person), 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    portraits = np.flatnonzero((np.arange(len(person)) % 8 == 0) & (person < enrolled))
    left = np.setdiff1d(np.arange(len(person)), portraits)
    found = identify(
        vectors[left],
        person[left].astype(np.int32),
        vectors[portraits],
        person[portraits].astype(np.int64),
        0.93,
    )
    assert np.isfinite(found.features).all()
    known = person[left] < enrolled
    chance = shipped().probability(found)
    assert (found.person[known] == person[left][known]).all()
    assert chance[known].min() > 0.9 and chance[~known].max() < 0.3


@pytest.mark.models
def test_a_folder_of_portraits_names_faces(collection: Path, tmp_path: Path) -> None:
    with Collection(
        open_store(str(collection), create=False), config.load(collection=str(collection))
    ) as one:
        first = min(photo.path for photo in one.photos.values())
        folder = tmp_path / "portraits" / "Anna_Tamm"
        folder.mkdir(parents=True)
        shutil.copy(first, folder / "1.jpg")
        (folder / "2.jpg").write_text("no picture", encoding="utf-8")
        only = one.enrol(tmp_path / "portraits")
        assert (only.people, only.portraits, only.named, only.new) == (1, 1, 0, ["Anna Tamm"])
        assert "2.jpg" in only.problems[0]
        assert only.suggestions[0].name == "Anna Tamm"
        done = one.enrol(tmp_path / "portraits", accept=0.5)
        assert done.named > 0
        assert done.new == []
        assert all(who.by_machine for who in one.view.state.names.values())
        (tmp_path / "empty" / "Nobody").mkdir(parents=True)
        (tmp_path / "empty" / "Nobody" / "a.jpg").write_text("no picture", encoding="utf-8")
        with pytest.raises(ProsoponError, match="no portrait"):
            one.enrol(tmp_path / "empty")


@pytest.mark.models
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_of_portraits_as_spreadsheets_save_it(
    encoding: str, collection: Path, tmp_path: Path
) -> None:
    with Collection(
        open_store(str(collection), create=False), config.load(collection=str(collection))
    ) as one:
        (tmp_path / "scans").mkdir()
        shutil.copy(min(photo.path for photo in one.photos.values()), tmp_path / "scans" / "1.jpg")
        table = tmp_path / "portraits.csv"
        rows = (
            "Path;Person;x;y;width;height",
            r"scans\1.jpg;Mari Õun;;;;",
            "scans/1.jpg;Unknown;;;;",
        )
        away = "scans/1.jpg;Anna;0;0;3;3"
        table.write_text("\r\n".join((*rows, away, "")), encoding=encoding)
        done = one.enrol(table)
        assert (done.new, done.portraits) == (["Mari Õun"], 1)
        assert ["nobody" in done.problems[0], "box" in done.problems[1]] == [True, True]
