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
from prosopon.collection.gallery import read_gallery
from prosopon.errors import ProsoponError, UsageError
from prosopon.studies import portraits
from prosopon.studies.portraits import Portraitist, kept_vectors

PEOPLE, PHOTOS = 6, 3


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("album")
    synthetic.album(folder, PEOPLE, PHOTOS, seed=5, size=256)
    return folder


@pytest.fixture(scope="module")
def pairs(album: Path) -> Path:
    """All pairs of one person, and as many of two, in two folds."""
    gallery = list(read_gallery(album).values())
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


def test_people_of_an_album_and_of_folders(album: Path, tmp_path: Path) -> None:
    gallery = read_gallery(album)
    assert len(gallery) == PEOPLE
    assert {len(of) for of in gallery.values()} == {PHOTOS}
    for person, count in (("one", 1), ("two", 2)):
        for number in range(count):
            file = tmp_path / person / f"{number}.jpg"
            file.parent.mkdir(exist_ok=True)
            file.touch()
    assert set(read_gallery(tmp_path)) == {"one", "two"}
    assert set(read_gallery(tmp_path, least=2)) == {"two"}
    with pytest.raises(ProsoponError, match="no person with 3 or more pictures"):
        read_gallery(tmp_path, least=3)
    with pytest.raises(UsageError, match="no split 'test'"):
        read_gallery(album, split="test")


@pytest.mark.models
def test_verify_tells_drawn_people_apart(album: Path, pairs: Path, tmp_path: Path) -> None:
    words = ("verify", "csv", "--data", album, "--detector", "mmod", "--keep", tmp_path / "kept")
    labels = tmp_path / "labels.csv"
    names = [file.name for of in read_gallery(album).values() for file in of]
    labels.write_text("image,half\n" + "".join(f"{n},{'ab'[i % 2]}\n" for i, n in enumerate(names)))
    output = tmp_path / "figures"
    found = run(*words, "--labels", labels, "--by", "half", "--output", output)
    scores = found["embedders"]["dlib-resnet"]
    assert scores["area"] > 0.9
    assert scores["pairs"] == 2 * PEOPLE * PHOTOS
    assert {group["group"] for group in found["groupings"][0]["groups"]} <= {"a", "b", "mixed"}
    for name in ("roc.png", "worst-dlib-resnet.png", "similarities.csv"):
        assert (output / name).stat().st_size > 100
    again = run(*words)
    assert again["embedders"]["dlib-resnet"] == scores, "kept vectors give the same figures"


@pytest.mark.models
def test_kept_vectors_of_another_size_are_refused(album: Path, tmp_path: Path) -> None:
    settings = config.load(detector="mmod")
    portraitist = Portraitist.of(["dlib-resnet"], settings)
    pictures = {"a": next(iter(read_gallery(album).values()))[0]}
    made = kept_vectors(tmp_path, pictures, portraitist, settings)["dlib-resnet"]
    assert made.shape == (1, 128)
    file = tmp_path / "dlib-resnet-mmod.npz"
    np.savez(file, pictures=np.array(["a"]), vectors=np.zeros((1, 64), np.float32))
    with pytest.raises(ProsoponError, match=r"vectors of 64 numbers, .* gives 128"):
        kept_vectors(tmp_path, pictures, portraitist, settings)
    file.write_bytes(b"nothing")
    with pytest.raises(ProsoponError, match="not vectors that were kept here"):
        kept_vectors(tmp_path, pictures, portraitist, settings)


@pytest.mark.models
def test_aligned_pictures_need_no_detector() -> None:
    settings = config.load()
    chip = np.random.default_rng(0).integers(0, 255, (112, 112, 3)).astype(np.uint8)
    detector = portraits.Aligned("arcface-112")
    found = detector.find(chip)
    assert len(found) == 1
    portraitist = Portraitist.of(["dlib-resnet"], settings, aligned="arcface-112")
    assert portraitist.face(chip) is not None


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
    assert 0 <= scores["embedders"]["tiny"]["area"] <= 1


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
