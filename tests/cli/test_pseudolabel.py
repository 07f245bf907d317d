"""prosopon pseudolabel, as a user calls it; needs torch."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

pytest.importorskip("torch")

from prosopon.cli.app import app, load_verbs
from prosopon.metrics.clustering import matched_accuracy
from prosopon.subspace.networks import MultiDecoderVAE

load_verbs()


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["pseudolabel", *map(str, arguments)])


def squares(n: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Noisy pictures (n, 16, 16) with a bright quarter, and which quarter."""
    random = np.random.default_rng(0)
    kinds = np.arange(n) % 4
    pictures = random.integers(0, 40, (n, 16, 16))
    for picture, kind in zip(pictures, kinds, strict=True):
        top, left = 8 * (kind // 2), 8 * (kind % 2)
        picture[top : top + 8, left : left + 8] += 150
    return pictures.astype(np.uint8), kinds


def folder_of(pictures: NDArray[np.uint8], folder: Path) -> Path:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:03d}.png")
    return folder


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network that draws samples trains for a tenth of its steps: enough for four squares."""
    train = MultiDecoderVAE.fit
    monkeypatch.setattr(
        MultiDecoderVAE, "fit", lambda self, X, y=None: train(self.set_params(steps=100), X, y)
    )


@pytest.mark.usefixtures("briefly")
def test_labels_a_folder_of_images(tmp_path: Path) -> None:
    pictures, kinds = squares(80)
    folder = folder_of(pictures, tmp_path / "images")
    (folder / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "made" / "labels.csv"
    result = run(folder, "--clusters", 4, "--repeats", 1, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["images"], said["clusters"], said["unused"]) == (80, 4, 1)
    assert sum(said["sizes"]) == 80
    rows = table(out)
    assert [Path(row["path"]).name for row in rows[:2]] == ["000.png", "001.png"]
    assert matched_accuracy(kinds, np.array([int(row["label"]) for row in rows])) == 1
    assert all(0 < float(row["confidence"]) <= 1 for row in rows)
    with Image.open(said["chart"]) as chart:
        assert chart.width > 400
    assert {file.name for file in out.parent.iterdir()} == {"labels.csv", "labels.png"}


def test_an_interrupted_run_goes_on_and_ends_as_if_nothing_had_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, _ = squares(40)
    np.save(tmp_path / "vectors.npy", pictures[:, ::4, ::4].reshape(40, -1).astype(np.float32))
    common = (tmp_path / "vectors.npy", "--clusters", 4, "--repeats", 2)
    trained, train = [], MultiDecoderVAE.fit
    interrupted = [True]

    def counting(self: Any, X: Any, y: None = None) -> Any:
        if len(trained) == 1 and not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        trained.append(True)
        return train(self.set_params(steps=5), X, y)

    monkeypatch.setattr(MultiDecoderVAE, "fit", counting)
    assert run(*common, "--out", tmp_path / "whole.csv").exit_code == 0
    trained.clear()
    interrupted.clear()
    assert run(*common, "--out", tmp_path / "parts.csv").exit_code == 130
    assert not (tmp_path / "parts.csv").exists()
    result = run(*common, "--out", tmp_path / "parts.csv")
    assert result.exit_code == 0, result.output
    assert len(trained) == 2
    assert (tmp_path / "parts.csv").read_text() == (tmp_path / "whole.csv").read_text()
    assert table(tmp_path / "parts.csv")[7]["row"] == "7"


def test_refuses_images_of_different_sizes(tmp_path: Path) -> None:
    folder = folder_of(squares(3)[0], tmp_path / "images")
    Image.new("RGB", (20, 16)).save(folder / "last.png")
    result = run(folder, "--out", tmp_path / "labels.csv")
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert "last.png has 20×16 pixels" in said
    assert "000.png has 16×16" in said


@pytest.mark.parametrize(
    ("pictures", "clusters", "reason"),
    [
        (np.full((20, 16, 16), 90, np.uint8), 2, "all 20 images are the same"),
        (squares(6)[0], 7, "6 images can't make 7 clusters"),
        (squares(6)[0], None, "expected at least three candidates"),
    ],
    ids=["constant", "fewer images than clusters", "too few to find the number"],
)
def test_refuses_images_that_make_no_clusters(
    tmp_path: Path, pictures: NDArray[np.uint8], clusters: int | None, reason: str
) -> None:
    folder = folder_of(pictures, tmp_path / "images")
    given = ("--clusters", clusters) if clusters else ()
    result = run(folder, *given, "--out", tmp_path / "labels.csv")
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.split())
    assert not (tmp_path / "labels.csv").exists()


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros(5), "expected numbers of shape"),
        (np.array([["a", "b"]]), "expected numbers of shape"),
        (np.array([{}, {}]), "not an array that NumPy can read"),
    ],
)
def test_refuses_other_arrays(tmp_path: Path, array: NDArray[Any], reason: str) -> None:
    np.save(tmp_path / "rows.npy", array, allow_pickle=True)
    result = run(tmp_path / "rows.npy", "--out", tmp_path / "labels.csv")
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.split())


def test_refuses_a_folder_without_images(tmp_path: Path) -> None:
    result = run(tmp_path, "--out", tmp_path / "labels.csv")
    assert result.exit_code == 1
    assert "no images" in result.stderr


@pytest.mark.models
@pytest.mark.usefixtures("briefly")
def test_labels_the_faces_of_a_collection(indexed: Path, tmp_path: Path) -> None:
    out = tmp_path / "faces.csv"
    common = ("--clusters", 5, "--repeats", 1, "-c", indexed, "--out", out)
    result = run("--identity", *common, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    rows = table(out)
    assert len(rows) == said["images"] >= 20
    assert len({row["face"] for row in rows}) == len(rows)
    assert Path(said["chart"]).stat().st_size > 1000
