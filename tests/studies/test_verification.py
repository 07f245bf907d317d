"""The verbs on drawn people, with real models: verify, benchmark build, look-alikes, train."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from prosopon import config, faces, synthetic, zoo
from prosopon.cli.app import app, load_verbs
from prosopon.datasets import read_identities
from prosopon.geometry import TEMPLATES
from prosopon.studies.models import aligned_faces, face_finder

PEOPLE, PHOTOS = 6, 3


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    synthetic.album(folder, PEOPLE, PHOTOS, seed=5, size=256)
    return folder


@pytest.fixture(scope="module")
def pairs(album: Path) -> Path:
    """All pairs of one person, and as many of two, in two folds."""
    gallery = list(read_identities(album).values())
    file = album / "pairs.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("left", "right", "same", "fold"))
        for number, of in enumerate(gallery):
            other = gallery[(number + 2) % len(gallery)]
            for i in range(PHOTOS):
                names = of[i].name, of[(i + 1) % PHOTOS].name, other[i].name
                writer.writerow((names[0], names[1], 1, number % 2))
                writer.writerow((names[0], names[2], 0, number % 2))
    return file


def run(*words: Any) -> dict[str, Any]:
    load_verbs()
    result = CliRunner().invoke(app, [*map(str, words), "--json"])
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.models
def test_verify_tells_drawn_people_apart(album: Path, pairs: Path, tmp_path: Path) -> None:
    words = ("verify", "csv", "--data", album, "--detector", "mmod", "--keep", tmp_path / "kept")
    labels = tmp_path / "labels.csv"
    names = [file.name for of in read_identities(album).values() for file in of]
    labels.write_text("image,half\n" + "".join(f"{n},{'ab'[i % 2]}\n" for i, n in enumerate(names)))
    output = tmp_path / "figures"
    found = run(*words, "--labels", labels, "--by", "half", "--output", output)
    scores = found["embedders"]["dlib-resnet"]
    assert scores["area"] > 0.9
    assert scores["pairs"] == 2 * PEOPLE * PHOTOS
    assert {group["group"] for group in found["groupings"][0]["groups"]} <= {"a", "b", "mixed"}
    for name in ("roc.png", "det.png", "reject.csv", "reject.png", "similarities.csv"):
        assert (output / name).stat().st_size > 100
    again = run(*words)
    assert again["embedders"]["dlib-resnet"] == scores, "kept vectors give the same figures"


@pytest.mark.models
def test_faces_and_vectors_come_from_the_cache_the_next_time(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config.load(detector="mmod")
    pictures = next(iter(read_identities(album).values()))
    embedder = faces.embedder(zoo.load("dlib-resnet"))
    first = aligned_faces(pictures, settings, tmp_path).vectors(embedder)
    assert first.shape == (PHOTOS, 128)
    assert np.linalg.norm(first, axis=1) == pytest.approx(1, abs=1e-5)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("looked at again")

    monkeypatch.setattr("prosopon.datasets.aligned_faces.read_picture", fail)
    again = aligned_faces(pictures, settings, tmp_path).vectors(embedder)
    np.testing.assert_array_equal(again, first)


@pytest.mark.models
def test_aligned_pictures_need_no_detector() -> None:
    chip = np.random.default_rng(0).integers(0, 255, (112, 112, 3)).astype(np.uint8)
    found = face_finder(config.load(), aligned="arcface-112")(chip)
    assert found is not None
    assert found.centres == pytest.approx(np.array(TEMPLATES["arcface-112"].points), abs=1e-3)


@pytest.mark.models
def test_missing_pictures_and_bad_flags_say_so(album: Path, pairs: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(pairs.read_text().replace(".jpg", ".nothing", 1))
    found = run("verify", "csv", "--data", album, "--pairs", broken)
    assert "1 of" in found["error"] or "missing" in found["error"]
    assert "--labels" in run("verify", "csv", "--data", album, "--by", "x")["error"]


@pytest.mark.models
def test_look_alikes_of_a_folder(album: Path, tmp_path: Path) -> None:
    found = run(
        *("benchmark", "look-alikes", "--data", album, "--detector", "mmod"),
        *("--most", 4, "--output", tmp_path),
    )
    assert found["people"] == PEOPLE
    assert len(found["pairs"]) == 4
    assert (tmp_path / "look_alikes.html").read_text().count("<img") == 8
    with (tmp_path / "look_alikes.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == 4


@pytest.mark.models
def test_training_makes_an_embedder_that_can_be_used(
    album: Path, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path / "models"))
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        '[network]\ndimensions = 16\nwidth = 0.05\n[loss]\nname = "cosface"\nscale = 16.0\n'
        '[schedule]\nepochs = 2\nbatch = 6\noptimizer = "sgd"\nrate = 0.05\n'
    )
    words = ("verify", "train", recipe, "--data", album, "--detector", "mtcnn", "--workers", 1)
    found = run(*words, "--output", tmp_path / "out", "--name", "tiny")
    assert found["model"] == "tiny"
    assert found["people"] == PEOPLE
    assert zoo.card("tiny").alignment == "arcface-112"
    scores = run("verify", "csv", "--data", album, "--detector", "mtcnn", "--embedder", "tiny")
    assert scores["embedders"]["tiny"]["pairs"] == 2 * PEOPLE * PHOTOS
    assert_same_as_the_network(recipe, tmp_path / "out")


def assert_same_as_the_network(recipe: Path, folder: Path) -> None:
    """The embedder in the zoo gives what the trained weights give."""
    import torch

    from prosopon.training import load_weights
    from prosopon.verification.tasks import EmbedderTask, Recipe

    task = EmbedderTask(Recipe.read(recipe), PEOPLE, None)
    untrained = {name: value.clone() for name, value in task.network.state_dict().items()}
    weights = load_weights(folder / "model.safetensors")[0]
    assert any((weights[name] != value).any() for name, value in untrained.items())
    task.network.load_state_dict(weights)
    chips = np.random.default_rng(0).integers(0, 255, (3, 112, 112, 3)).astype(np.uint8)
    images = torch.from_numpy((chips.transpose(0, 3, 1, 2) - 127.5).astype(np.float32) / 127.5)
    with torch.no_grad():
        expected = torch.nn.functional.normalize(task.network.eval()(images)).numpy()
    vectors = faces.embedder(zoo.load("tiny")).embed(chips)
    assert vectors == pytest.approx(expected, abs=1e-4)


@pytest.mark.models
def test_the_authors_lightcnn_becomes_an_embedder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    from prosopon.verification.networks import LightCNN29

    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path / "models"))
    torch.manual_seed(0)
    network = LightCNN29(256, 2).eval()
    weights = {f"module.{name}": value for name, value in network.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "light.pth.tar")
    card = run("verify", "lightcnn", tmp_path / "light.pth.tar", "--name", "light")
    assert (card["id"], card["channels"]) == ("light", "L")
    embedder = faces.embedder(zoo.load("light"))
    chips = np.random.default_rng(0).integers(0, 255, (2, 128, 128, 3)).astype(np.uint8)
    grey = zoo.load("light").blob(chips)
    with torch.no_grad():
        expected = torch.nn.functional.normalize(network(torch.from_numpy(grey))).numpy()
    assert embedder.embed(chips) == pytest.approx(expected, abs=1e-4)


@pytest.mark.models
def test_templates_of_drawn_people_are_found(album: Path, tmp_path: Path) -> None:
    """The album laid out as TinyFace: one picture of each person to search in, one to look for."""
    for person, (shelf, probe, *_) in read_identities(album).items():
        for part, file in (("Gallery_Match", shelf), ("Probe", probe)):
            (tmp_path / part).mkdir(exist_ok=True)
            (tmp_path / part / f"{person}_{file.name}").write_bytes(file.read_bytes())
    found = run("verify", "templates", "--data", tmp_path, "--detector", "mmod")
    assert found["templates"] == 2 * PEOPLE
    identified = found["embedders"]["dlib-resnet"]["identified"]
    assert identified["ranks"]["1"] > 0.8 and identified["probes"] == PEOPLE
