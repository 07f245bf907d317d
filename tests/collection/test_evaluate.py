"""Scores against ground truth, with and without the faces that no detector found."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import prosopon
from prosopon import zoo
from prosopon.cli.app import app, load_verbs
from prosopon.datasets.learnt import marks
from prosopon.synthetic import Album


@pytest.mark.models
def test_a_labelled_face_that_was_not_found_is_a_face_alone(
    album: Album, indexed: Path, tmp_path: Path
) -> None:
    with prosopon.open(indexed) as collection:
        collection.export(tmp_path / "faces.csv")
        with (tmp_path / "faces.csv").open(newline="") as stream:
            found = list(csv.DictReader(stream))
        corner = tmp_path / "truth.csv"
        columns = ("x", "y", "width", "height")
        rows = [(row["path"], "Anna", *(row[name] for name in columns)) for row in found]
        path = rows[0][0]
        missed = [(path, "Anna", 0, 0, 4, 4)]
        with corner.open("w", newline="") as stream:
            csv.writer(stream).writerows(
                [("path", "person", "x", "y", "width", "height"), *rows, *missed]
            )
        scores = collection.evaluate(corner).scores
    assert scores["all_faces"] == scores["faces"] + 1
    n = scores["faces"]
    pairs, all_pairs = n * (n - 1) / 2, n * (n + 1) / 2
    assert scores["all_pairwise_recall"] == pytest.approx(
        scores["pairwise_recall"] * pairs / all_pairs
    )
    assert scores["all_bcubed_recall"] < scores["bcubed_recall"]


@pytest.mark.models
def test_a_file_that_is_there_twice_counts_once(
    album: Album, indexed: Path, tmp_path: Path
) -> None:
    with prosopon.open(indexed) as collection:
        collection.export(tmp_path / "faces.csv")
        with (tmp_path / "faces.csv").open(newline="") as stream:
            paths = sorted({row["path"] for row in csv.DictReader(stream)})
        truth = tmp_path / "truth.csv"
        with truth.open("w", newline="") as stream:
            rows = [(path, "Anna") for path in (*paths, paths[0])]
            csv.writer(stream).writerows([("path", "person"), *rows])
        found = collection.evaluate(truth)
    assert (found.labels, found.repeated, found.unmatched) == (len(paths) + 1, 1, 0)
    assert found.scores["all_faces"] == len(paths)


@pytest.mark.models
def test_an_embedder_that_knows_the_people_of_the_truth_is_told(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with prosopon.open(indexed) as collection:
        collection.export(tmp_path / "faces.csv")
        with (tmp_path / "faces.csv").open(newline="") as stream:
            paths = sorted({row["path"] for row in csv.DictReader(stream)})
        truth = tmp_path / "truth.csv"
        with truth.open("w", newline="") as stream:
            names = ("Anna", *("Bob" for _ in paths[1:]))
            csv.writer(stream).writerows([("path", "person"), *zip(paths, names, strict=True)])
        assert collection.evaluate(truth).warning == ""
        learnt = {
            id: replace(card, learnt_people=marks([("Anna", "1.jpg")]))
            for id, card in zoo.cards().items()
        }
        monkeypatch.setattr(zoo, "cards", lambda: learnt)
        said = collection.evaluate(truth).warning
        load_verbs()
        shown = CliRunner().invoke(app, ["evaluate", "--truth", str(truth), "-c", str(indexed)])
    assert "has learnt from 1 of these 2 people, such as Anna" in said
    assert shown.exit_code == 0
    assert "too good" in " ".join(shown.output.split())
