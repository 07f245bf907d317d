"""Published lists are read as they are published, and what is wrong with one is said."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prosopon.errors import ProsoponError, UsageError
from prosopon.verification.pairs import Pairs
from prosopon.verification.protocols import PROTOCOLS


def write(folder: Path, name: str, *lines: str) -> Path:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def lfw_lines(folds: int, each: int) -> list[str]:
    lines = [f"{folds}\t{each}"]
    for fold in range(folds):
        lines += [f"Same_{fold}\t{i + 1}\t{i + 2}" for i in range(each)]
        lines += [f"One_{fold}\t1\tTwo_{fold}\t{i + 1}" for i in range(each)]
    return lines


def rows_of(pairs: Pairs) -> list[tuple[str, str, bool, int]]:
    return [
        (pairs.pictures[left], pairs.pictures[right], same, fold)
        for left, right, same, fold in zip(
            pairs.left, pairs.right, pairs.same.tolist(), pairs.folds.tolist(), strict=True
        )
    ]


def test_lfw_view_2(tmp_path: Path) -> None:
    pairs = PROTOCOLS["lfw"].pairs(write(tmp_path, "pairs.txt", *lfw_lines(3, 2)))
    assert pairs.tested == (0, 1, 2)
    rows = rows_of(pairs)
    assert rows[0] == ("Same_0/Same_0_0001.jpg", "Same_0/Same_0_0002.jpg", True, 0)
    assert rows[-1] == ("One_2/One_2_0001.jpg", "Two_2/Two_2_0002.jpg", False, 2)
    assert [row[3] for row in rows] == [0] * 4 + [1] * 4 + [2] * 4


def test_lfw_view_1_chooses_on_one_list_and_scores_the_other(tmp_path: Path) -> None:
    train, test = lfw_lines(1, 3), lfw_lines(1, 2)
    train[0], test[0] = "3", "2"
    write(tmp_path, "pairsDevTrain.txt", *train)
    pairs = PROTOCOLS["lfw"].pairs(write(tmp_path, "pairsDevTest.txt", *test), view=1)
    assert pairs.tested == (1,)
    assert pairs.folds.tolist() == [0] * 6 + [1] * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: "x"}, "line 1"),
        ({1: "Same_0\t1"}, "line 2: expected a name and two numbers"),
        ({3: "One_0\t1\t2"}, "line 4: expected two names"),
        ({12: ""}, "expected 12 pairs, got 11"),
    ],
)
def test_lfw_in_another_form(tmp_path: Path, change: dict[int, str], message: str) -> None:
    lines = [change.get(place, line) for place, line in enumerate(lfw_lines(3, 2))]
    with pytest.raises(ProsoponError, match=message) as error:
        PROTOCOLS["lfw"].pairs(write(tmp_path, "pairs.txt", *lines))
    assert "pairs.txt" in str(error.value)


@pytest.mark.parametrize("marks", ["folds", "one"])
@pytest.mark.parametrize("name", ["calfw", "cplfw"])
def test_two_lines_a_pair(tmp_path: Path, name: str, marks: str) -> None:
    lines = []
    for pair in range(20):
        mark = pair // 2 + 1 if marks == "folds" else 1
        lines += [f"A_{pair}_0001.jpg {mark}", f"A_{pair}_0002.jpg {mark}"]
    for pair in range(20):
        lines += [f"B_{pair}_0001.jpg 0", f"C_{pair}_0001.jpg 0"]
    pairs = PROTOCOLS[name].pairs(write(tmp_path, f"pairs_{name.upper()}.txt", *lines))
    assert pairs.same.sum() == 20
    for fold in range(10):
        assert (pairs.folds[pairs.same] == fold).sum() == 2
        assert (pairs.folds[~pairs.same] == fold).sum() == 2


def test_two_lines_with_different_marks(tmp_path: Path) -> None:
    write(tmp_path, "pairs_CALFW.txt", "a.jpg 1", "b.jpg 0")
    with pytest.raises(ProsoponError, match="marks differ"):
        PROTOCOLS["calfw"].pairs(tmp_path)


def test_agedb_has_ten_folds_in_order(tmp_path: Path) -> None:
    lines = [f"{i}_A_20_f.jpg {i}_A_50_f.jpg {i % 2}" for i in range(40)]
    pairs = PROTOCOLS["agedb-30"].pairs(write(tmp_path, "agedb_30_pair.txt", *lines))
    assert pairs.folds.tolist() == [i // 4 for i in range(40)]
    assert pairs.same.tolist() == [bool(i % 2) for i in range(40)]


HEADER = "ID,INDIVIDUAL_1,IMAGE_1,INDIVIDUAL_2,IMAGE_2,LABEL,SPLIT"


@pytest.mark.parametrize("name", ["doppelganger", "vise"])
def test_doppelver(tmp_path: Path, name: str) -> None:
    stem = PROTOCOLS[name].lists[2][0]
    lines = [HEADER]
    for split in range(3):
        lines += [f"1,A{split},0.jpg,A{split},1.jpg,1,{split}"]
        lines += [f"2,A{split},0.jpg,B{split},0.jpg,0,{split}"]
    pairs = PROTOCOLS[name].pairs(write(tmp_path, stem, *lines))
    assert rows_of(pairs)[1] == ("A0/0.jpg", "B0/0.jpg", False, 0)
    assert (pairs.tested, pairs.development, pairs.learns) == ((1, 2), (0,), False)
    first = PROTOCOLS[name].pairs(tmp_path, view=1)
    assert (first.tested, first.development, first.learns) == ((1, 2), (), True)


def test_doppelver_lists_in_words(tmp_path: Path) -> None:
    lines = [HEADER]
    for person, split in (("A", "training"), ("B", "testing")):
        lines += [f"1,{person},0.jpg,{person},1.jpg,1,{split}"]
        lines += [f"2,{person},0.jpg,{person}{person},0.jpg,0,{split}"]
    folder = write(tmp_path, "DoppelgangerProtocolView1.csv", *lines)
    pairs = PROTOCOLS["doppelganger"].pairs(folder, [folder / "DoppelgangerProtocolView1.csv"], 1)
    assert (pairs.tested, pairs.folds.tolist()) == ((1,), [0, 0, 1, 1])


def test_people_in_two_splits_are_refused(tmp_path: Path) -> None:
    lines = [HEADER]
    for split in range(2):
        lines += [f"1,A{split},0.jpg,A{split},1.jpg,1,{split}"]
        lines += [f"2,A{split},0.jpg,Both,0.jpg,0,{split}"]
    write(tmp_path, "DoppelgangerProtocol.csv", *lines)
    with pytest.raises(ProsoponError, match=r"1 people .* Both in 0, 1"):
        PROTOCOLS["doppelganger"].pairs(tmp_path)


def test_csv_with_and_without_folds(tmp_path: Path) -> None:
    rows = [f"{i}a.jpg,{i}b.jpg,{i % 2}" for i in range(40)]
    pairs = PROTOCOLS["csv"].pairs(write(tmp_path, "pairs.csv", "left,right,same", *rows))
    assert np.bincount(pairs.folds[pairs.same]).tolist() == [2] * 10
    rows = [f"{i}a.jpg,{i}b.jpg,{'yes' if i % 2 else 'no'},{i // 4}" for i in range(8)]
    pairs = PROTOCOLS["csv"].pairs(write(tmp_path, "pairs.csv", "left,right,same,fold", *rows))
    assert pairs.folds.tolist() == [0] * 4 + [1] * 4


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["left,right"], "same missing"),
        (["left,right,same"], "no pairs"),
        (["left,right,same", "a,b,maybe"], "line 2: same must be 1 or 0"),
        (["left,right,same", "a,b"], "a cell for each column"),
        (["left,right,same,fold", "a,b,1,x"], "fold must be a number"),
        (["left,right,same,fold", "a,b,1,0", "a,c,0,0"], "all pairs are in one fold"),
        (
            ["left,right,same,fold", "a,b,1,0", "a,c,0,0", "d,e,1,1", "d,f,1,1"],
            "fold 1: all 2 pairs are of one person|folds other than 0",
        ),
    ],
)
def test_bad_csv(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(ProsoponError, match=message):
        PROTOCOLS["csv"].pairs(write(tmp_path, "pairs.csv", *lines))


def test_missing_pictures_are_named(tmp_path: Path) -> None:
    known = PROTOCOLS["lfw"]
    pairs = known.pairs(write(tmp_path, "pairs.txt", *lfw_lines(2, 1)))
    for name in pairs.pictures[1:]:
        file = tmp_path / "images" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    with pytest.raises(ProsoponError, match=r"1 of \d+ pictures .*Same_0_0001.jpg"):
        known.locate(tmp_path, pairs)
    (tmp_path / "images" / pairs.pictures[0]).touch()
    assert known.locate(tmp_path, pairs)[pairs.pictures[0]].is_file()


def test_unknown_protocols_and_views(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lfw"):
        PROTOCOLS["lwf"]
    with pytest.raises(ProsoponError, match="no view 3"):
        PROTOCOLS["lfw"].pairs(tmp_path, view=3)
    with pytest.raises(ProsoponError, match="no such list"):
        PROTOCOLS["lfw"].pairs(tmp_path)


# InsightFace's .bin


class Hostile:
    """A picture whose pickle runs a command when loaded carelessly."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


PICTURES = [f"picture {number}".encode() for number in range(80)]
ANSWERS = [number % 2 == 0 for number in range(40)]


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("form", ["bytes", "arrays", "numpy answers"])
def test_bin_is_read(tmp_path: Path, version: int, form: str) -> None:
    pictures: list[Any] = PICTURES
    answers: Any = ANSWERS
    if form == "arrays":
        pictures = [np.frombuffer(picture, np.uint8) for picture in PICTURES]
    if form == "numpy answers":
        answers = np.array(ANSWERS)
    file = tmp_path / "lfw.bin"
    file.write_bytes(pickle.dumps((pictures, answers), protocol=version))
    pairs = PROTOCOLS["insightface"].pairs(tmp_path, [file])
    assert pairs.same.tolist() == ANSWERS
    assert pairs.folds.tolist() == [number // 4 for number in range(40)]
    assert [pairs.contents[name] for name in pairs.pictures] == PICTURES


def test_bin_of_python_2(tmp_path: Path) -> None:
    strings = b"".join(b"U" + bytes([len(picture)]) + picture for picture in PICTURES)
    answers = b"".join(b"I01\n" if answer else b"I00\n" for answer in ANSWERS)
    file = tmp_path / "old.bin"
    file.write_bytes(b"((l(" + strings + b"e(l(" + answers + b"et.")
    content = b"\x80\x02](" + strings + b"e](" + answers + b"e\x86."
    file.write_bytes(content)
    pairs = PROTOCOLS["insightface"].pairs(tmp_path, [file])
    assert pairs.contents[pairs.pictures[3]] == PICTURES[3]


@pytest.mark.parametrize("version", [0, 2, 4])
def test_hostile_bin_runs_nothing(tmp_path: Path, version: int) -> None:
    marker = tmp_path / "ran"
    file = tmp_path / "lfw.bin"
    file.write_bytes(pickle.dumps(([*PICTURES[:-1], Hostile(marker)], ANSWERS), protocol=version))
    with pytest.raises(ProsoponError, match=r"asks to run \w+.mkdir"):
        PROTOCOLS["insightface"].pairs(tmp_path, [file])
    assert not marker.exists()
    pickle.loads(file.read_bytes())
    assert marker.exists(), "the test's own pickle does nothing"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a pickle",
        pickle.dumps((PICTURES, ANSWERS))[:-20],
        pickle.dumps(PICTURES),
        pickle.dumps((PICTURES, ANSWERS[:-1])),
        pickle.dumps((["text", "text"], [True])),
        pickle.dumps((PICTURES, ["yes"] * 40)),
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"\x80\x02]r\xff\xff\xff\x7f.",  # would make room for two thousand million objects
    ],
)
def test_broken_bins_are_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.bin"
    file.write_bytes(content)
    with pytest.raises(ProsoponError, match=r"broken.bin"):
        PROTOCOLS["insightface"].pairs(tmp_path, [file])


def test_cfp(tmp_path: Path) -> None:
    for kind, side in (("F", "frontal"), ("P", "profile")):
        lines = [f"{n} ../Data/Images/{n:03d}/{side}/01.jpg" for n in range(1, 31)]
        (tmp_path / "Protocol").mkdir(exist_ok=True)
        write(tmp_path, f"Protocol/Pair_list_{kind}.txt", *lines)
    for split in range(10):
        folder = tmp_path / f"Protocol/Split/FP/{split + 1:02d}"
        folder.mkdir(parents=True)
        first = 3 * split + 1
        write(folder, "same.txt", f"{first},{first}", f"{first + 1},{first + 1}")
        write(folder, "diff.txt", f"{first},{first + 1}")
    pairs = PROTOCOLS["cfp-fp"].pairs(tmp_path)
    rows = rows_of(pairs)
    assert rows[0] == ("Data/Images/001/frontal/01.jpg", "Data/Images/001/profile/01.jpg", True, 0)
    assert rows[2][1:] == ("Data/Images/002/profile/01.jpg", False, 0)
    assert len(pairs) == 30 and pairs.people[0] == "001"
    write(tmp_path / "Protocol/Split/FP/01", "diff.txt", "1,99")
    with pytest.raises(ProsoponError, match="line 1: expected two numbers of the lists"):
        PROTOCOLS["cfp-fp"].pairs(tmp_path)


def test_rfw(tmp_path: Path) -> None:
    lines = []
    for fold in range(10):
        lines += [f"m.{fold}a\t1\t2", f"m.{fold}a\t1\tm.{fold}b\t3"]
    (tmp_path / "test/txts/Asian").mkdir(parents=True)
    write(tmp_path, "test/txts/Asian/Asian_pairs.txt", "10\t300", *lines)
    rows = rows_of(PROTOCOLS["rfw-asian"].pairs(tmp_path))
    assert rows[-1] == ("m.9a/m.9a_0001.jpg", "m.9b/m.9b_0003.jpg", False, 9)
    assert rows[0] == ("m.0a/m.0a_0001.jpg", "m.0a/m.0a_0002.jpg", True, 0)
    write(tmp_path, "test/txts/Asian/Asian_pairs.txt", *lines[:-1])
    with pytest.raises(ProsoponError, match="expected 10 folds"):
        PROTOCOLS["rfw-asian"].pairs(tmp_path)
