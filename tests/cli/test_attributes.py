"""prosopon attributes and prosopon find, from labelled pictures to a grouped collection."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from prosopon import synthetic
from prosopon.cli.app import app, load_verbs
from prosopon.zoo.card_files import converted_folder

pytest.importorskip("torch")

load_verbs()
pytestmark = pytest.mark.models
RECIPE = """
loss = "bce"
attributes = ["Male", "Smiling", "Eyeglasses", "Young"]
[crop]
height = 218
width = 178
scale = 72.0
lower = 0.3
[parsing]
width = 0.02
segment_epochs = 1
stop_at_crossover = false
[schedule]
epochs = 3
batch = 8
optimizer = "adam"
rate = 3e-3
monitor = "accuracy"
"""


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def as_json(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def failure(*arguments: object) -> str:
    """What the verb says when it refuses."""
    result = run(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labelled pictures of six people, five to learn from and one to judge on."""
    folder = tmp_path_factory.mktemp("labelled") / "album"
    synthetic.album(folder, people=6, photos_per_person=4, seed=5, size=256)
    return folder


@pytest.fixture(scope="module")
def trained(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with a network `small` that was trained, and its training in `run`."""
    folder = tmp_path_factory.mktemp("models")
    folder.joinpath("converted").symlink_to(converted_folder())
    folder.joinpath("recipe.toml").write_text(RECIPE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROSOPON_MODELS", str(folder))
        result = as_json(
            *("attributes", "train", folder / "recipe.toml", "--data", labelled),
            *("--output", folder / "run", "--name", "small", "--keep", folder),
        )
    assert result["train"] + result["val"] + result["without_face"] == 24
    assert result["model"] == "small"
    assert {"accuracy", "balanced accuracy", "train segments"} <= set(result["figures"])
    return folder


@pytest.fixture
def models(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROSOPON_MODELS", str(trained))
    return trained


@pytest.fixture
def collection(indexed: Path, models: Path, tmp_path: Path) -> Path:
    """The indexed album with the attributes of `small`."""
    copy = tmp_path / "a.prosopon"
    shutil.copy(indexed, copy)
    result = as_json("attributes", "predict", "-c", copy, "--model", "small")
    assert result["faces"] >= 20 and result["known"] == 0 and not result["failures"]
    assert result["attributes"] == ["Male", "Smiling", "Eyeglasses", "Young"]
    return copy


# Training and evaluating


def test_a_training_leaves_what_is_needed(models: Path, labelled: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "model.safetensors", "history.csv", "curves.png"):
        assert (models / "run" / name).stat().st_size
    result = as_json(
        *("attributes", "evaluate", "--data", labelled, "--split", "val", "--keep", models),
        *("--model", "small", "--model", models / "run" / "model.onnx", "-o", tmp_path),
    )
    small, file = result["tables"].values()
    assert list(result["tables"]) == ["small on album", "run on album"]
    assert [row["attribute"] for row in small] == [
        "Male",
        "Smiling",
        "Eyeglasses",
        "Young",
        "mean",
    ]
    assert small == file  # the card's network is the training's
    assert [row["run on album"] for row in result["gains"]] == [0] * 5
    assert result["gains"][-1]["attribute"] == "mean"
    assert (tmp_path / "improvement.csv").is_file()
    counts = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    assert all(sum(row[name] for name in counts) <= 4 for row in small[:-1])
    history = list(csv.DictReader((models / "run" / "history.csv").open()))
    assert small[-1]["accuracy"] == pytest.approx(
        max(float(row["accuracy"]) for row in history), abs=1e-4
    )
    table = list(csv.DictReader((tmp_path / "small-on-album.csv").open()))
    assert [row["attribute"] for row in table][-1] == "mean"
    shown = run("attributes", "evaluate", "--data", labelled, "--model", "small", "--keep", models)
    assert "small on album (%)" in shown.stdout and "majority" in shown.stdout


def test_an_interrupted_training_goes_on(
    models: Path, labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prosopon.attributes.tasks import AttributeTask

    evaluate, calls = AttributeTask.evaluate, []

    def interrupted(self: AttributeTask) -> Any:
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return evaluate(self)

    arguments = (
        *("attributes", "train", models / "recipe.toml", "--data", labelled),
        *("-o", tmp_path / "run", "--keep", models),
    )
    with monkeypatch.context() as patch:
        patch.setattr(AttributeTask, "evaluate", interrupted)
        assert run(*arguments).exit_code == 130
    assert len(list(csv.DictReader((tmp_path / "run/history.csv").open()))) == 1
    assert not (tmp_path / "run/model.onnx").exists()
    as_json(*arguments)
    ours = list(csv.DictReader((tmp_path / "run/history.csv").open()))
    whole = list(csv.DictReader((models / "run/history.csv").open()))
    for row, other in zip(ours, whole, strict=True):
        assert float(row["train segments"]) == pytest.approx(
            float(other["train segments"]), rel=1e-4
        )
        assert row["train attributes"] == "" or float(row["train attributes"]) == pytest.approx(
            float(other["train attributes"]), rel=1e-3
        )


def test_two_devices_train_one_network(models: Path, labelled: Path, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "prosopon", "attributes", "train", models / "recipe.toml"),
        *("--data", labelled, "-o", tmp_path / "run", "--keep", models, "--devices", 2, "--json"),
    ]
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)  # printed once, by the first
    assert result["figures"]["epoch"] <= 3
    history = list(csv.DictReader((tmp_path / "run" / "history.csv").open()))
    assert [row["epoch"] for row in history] == ["1", "2", "3"]
    assert (tmp_path / "run" / "model.onnx").stat().st_size


def test_a_loss_that_is_no_number_stops_with_the_last_good_state(
    models: Path, labelled: Path, tmp_path: Path
) -> None:
    wild = tmp_path / "wild.toml"
    wild.write_text(RECIPE.replace('"adam"', '"sgd"').replace("3e-3", "1e30"))
    message = failure(
        *("attributes", "train", wild, "--data", labelled, "-o", tmp_path / "run"),
        *("--keep", models),
    )
    assert "training diverged in epoch" in message and "Lower the rate" in message


def test_what_data_lack_is_said(models: Path, labelled: Path, tmp_path: Path) -> None:
    train = ("attributes", "train", models / "recipe.toml", "-o", tmp_path / "run")
    keep = ("--keep", models)
    few = tmp_path / "few"
    few.mkdir()
    shutil.copy(labelled / "splits.csv", few)
    assert "no attribute labels found" in failure(*train, "--data", few, *keep)
    table = [row.split(",") for row in (labelled / "attributes.csv").read_text().splitlines()]
    male = table[0].index("Male")
    without = [",".join(row[:male] + row[male + 1 :]) for row in table]
    (few / "attributes.csv").write_text("\n".join(without))
    assert "none of the 24 labelled pictures is there" in failure(*train, "--data", few, *keep)
    shutil.copytree(labelled / "images", few / "images")
    assert "no labels for Male" in failure(*train, "--data", few, *keep)
    same = [",".join(["1" if i == male and n else c for i, c in enumerate(row)])
            for n, row in enumerate(table)]  # fmt: skip
    (few / "attributes.csv").write_text("\n".join(same))
    assert "same answer for Male" in failure(*train, "--data", few)
    (few / "splits.csv").unlink()
    assert "no partition 'train'" in failure(*train, "--data", few)
    assert "no attribute 'freckles'" in failure(*train, "--data", few, "--only", "freckles")
    assert "only for recipes with a backbone" in failure(
        *("attributes", "train", "attparsenet", "-o", tmp_path, "--data", few, "--weights", "x")
    )
    assert "no.onnx: no such network" in failure(
        "attributes", "evaluate", "--data", labelled, "--model", "no.onnx"
    )


# Segments


def test_segments_are_written_and_drawn(models: Path, labelled: Path, tmp_path: Path) -> None:
    result = as_json(
        *("attributes", "segments", "--data", labelled, "-o", tmp_path, "--split", "val"),
        *("--draw", 3, "--keep", models),
    )
    masks, drawing = map(Path, result)
    with np.load(masks) as arrays:
        count, regions, height, width = arrays["shape"]
        assert (regions, height, width) == (10, 96, 76)
        assert len(arrays["pictures"]) == len(arrays["labels"]) == count <= 4
        shares = np.unpackbits(arrays["segments"], axis=-1, count=width).mean(axis=(0, 2, 3))
    assert (shares > 0).all() and (shares < 0.7).all()
    picture = cv2.imread(str(drawing))
    assert picture.shape[0] >= 218 and picture.std() > 10


# A collection


def test_attributes_are_predicted_once(collection: Path, models: Path) -> None:
    again = as_json("attributes", "predict", "-c", collection, "--model", "small")
    assert again["faces"] == 0 and again["known"] >= 20
    fewer = ("attributes", "predict", "-c", collection, "--model", "small", "--without", "young")
    assert "kept already (4 of them): add --again" in failure(*fewer)
    anew = as_json(*fewer, "--again")
    assert anew["faces"] == again["known"] and anew["attributes"][-1] == "Eyeglasses"
    assert "no model 'nobody'" in failure(
        "attributes", "predict", "-c", collection, "--model", "nobody"
    )
    shown = run("attributes", "predict", "-c", collection, "--model", "small", "--without", "Young")
    assert "opinions of those who" in " ".join(shown.stdout.split())


def fitting(collection: Path, query: str) -> int:
    """How many faces show what is asked for."""
    found = as_json("find", "-c", collection, "--attributes", query)
    return int(found["fitting"])


def test_faces_are_found_by_what_they_show(collection: Path) -> None:
    found = as_json("find", "-c", collection, "--attributes", "male, not smiling", "--limit", 500)
    others = [
        as_json("find", "-c", collection, "--attributes", query, "--limit", 500)["fitting"]
        for query in ("male, smiling", "not male, smiling", "not male, not smiling")
    ]
    assert found["fitting"] + sum(others) == found["faces"]
    assert found["question"] == "Male, not Smiling"
    assert "identifies" in found["cautions"]["looks male"]
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    for hit in found["hits"]:
        assert hit["details"]["Male"] >= 0.5 > hit["details"]["Smiling"]
        assert Path(hit["photo"]).is_file()
    shown = max(("male", "not male"), key=lambda it: fitting(collection, it))
    assert "certainty" in run("find", "-c", collection, "--attributes", shown).stdout
    assert "not among the attributes" in failure("find", "-c", collection, "--attributes", "bald")
    assert "no attribute 'tall'" in failure("find", "-c", collection, "--attributes", "tall")


def test_faces_are_grouped_and_summed_up(collection: Path, tmp_path: Path) -> None:
    result = as_json(
        *("attributes", "cluster", "-c", collection, "--clusters", 3, "--weights", "rare"),
        *("--study", "2:4", "--min-samples", 2, "-o", tmp_path / "groups"),
    )
    assert len(result["groups"]) == 3
    assert sum(group["faces"] for group in result["groups"]) == result["faces"]
    assert {row["method"] for row in result["study"]} >= {"k-means", "DBSCAN"}
    rows = list(csv.DictReader((tmp_path / "groups/groups.csv").open()))
    assert len(rows) == result["faces"]
    page = (tmp_path / "groups/groups.html").read_text()
    assert "K-means, rare weights" in page and "Without weights" in page
    assert page.count('class="cluster"') == 6 and "http" not in page.partition("</style>")[2]
    shown = run("attributes", "cluster", "-c", collection, "--clusters", 3)
    assert "3 groups by k-means" in shown.stdout


@pytest.mark.parametrize("method", ["agglomerative", "dbscan"])
def test_the_other_methods_group_too(collection: Path, method: str) -> None:
    result = as_json(
        *("attributes", "cluster", "-c", collection, "--method", method, "--clusters", 2),
        *("--values", "labels", "--only", "male, smiling", "--min-samples", 1),
    )
    assert result["faces"] == sum(g["faces"] for g in result["groups"]) + result["in_no_group"]


def test_silhouettes_are_in_the_methods_own_metric(collection: Path) -> None:
    def grouped(metric: str) -> tuple[float, dict[str, float]]:
        result = as_json(
            *("attributes", "cluster", "-c", collection, "--method", "agglomerative"),
            *("--linkage", "complete", "--metric", metric, "--clusters", 3, "--study", "3:3"),
        )
        rows = {row["method"]: row["silhouette"] for row in result["study"] if row["k"] == 3}
        return result["silhouette"], rows

    (straight, straights), (blocks, by_blocks) = grouped("euclidean"), grouped("manhattan")
    assert straight == pytest.approx(straights["agglomerative, complete"])
    assert blocks == pytest.approx(by_blocks["agglomerative, complete"])
    assert blocks != pytest.approx(straight)
    assert by_blocks["agglomerative, ward"] == pytest.approx(straights["agglomerative, ward"])


def test_groups_that_can_not_be_made_are_refused(collection: Path, tmp_path: Path) -> None:
    cluster = ("attributes", "cluster", "-c", collection)
    assert "the number of faces, got 999" in failure(*cluster, "--clusters", 999)
    assert "expected 4 numbers, got 2" in failure(*cluster, "--weights", "1,2")
    assert "numbers of 0 and above" in failure(*cluster, "--weights", "1,2,3,-4")
    assert "expected even, common, rare" in failure(*cluster, "--weights", "much")
    assert "not among the attributes" in failure(*cluster, "--only", "bald")
    assert "--study: expected two numbers" in failure(*cluster, "--study", "9:2")
    assert "--method: expected k-means" in failure(*cluster, "--method", "spectral")
    faces = as_json(*cluster, "--clusters", 2)["faces"]
    alone = as_json(*cluster, "--clusters", faces, "-o", tmp_path / "alone")
    assert alone["silhouette"] is None  # every face alone: no silhouette, and a page all the same
    assert {group["faces"] for group in alone["groups"]} == {1}


def test_the_report_sums_up_people(collection: Path, indexed: Path, tmp_path: Path) -> None:
    as_json("report", tmp_path / "with.html", "-c", collection)
    page = (tmp_path / "with.html").read_text()
    assert "Share of each attribute in the cluster" in page and "Mean face" in page
    assert "looks male" in page and "What to mind" in page
    shutil.copy(indexed, tmp_path / "b.prosopon")
    as_json("report", tmp_path / "without.html", "-c", tmp_path / "b.prosopon")
    page = (tmp_path / "without.html").read_text()
    assert "Share of each attribute" not in page and "Mean face" in page


# Faces like others, and of a person


def test_faces_like_this_one(indexed: Path, tmp_path: Path) -> None:
    shutil.copy(indexed, tmp_path / "b.prosopon")
    collection = ("-c", tmp_path / "b.prosopon")
    found = as_json("find", *collection, "--like", 1, "--limit", 3)
    assert found["scored"] == "cosine" and len(found["hits"]) == 3
    assert 1 not in [hit["face"] for hit in found["hits"]]
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert "face 99999: there is no such face" in failure("find", *collection, "--like", 99999)
    assert "no attributes yet" in failure("find", *collection, "--attributes", "male")
    assert "'Ada': there is no such person" in failure("find", *collection, "--person", "Ada")
    assert "one of --attributes, --like and --person" in failure("find", *collection)
    assert "one of" in failure("find", *collection, "--like", 1, "--person", "Ada")


def test_faces_that_may_be_somebody(indexed: Path, tmp_path: Path) -> None:
    shutil.copy(indexed, tmp_path / "b.prosopon")
    collection = ("-c", tmp_path / "b.prosopon")
    alike = as_json("find", *collection, "--like", 1, "--limit", 1)["hits"][0]
    as_json("label", alike["face"], "--name", "Zoë Ward", *collection)
    found = as_json("find", *collection, "--person", "zoe ward")
    assert found["scored"] == "probability" and found["question"] == "perhaps Zoë Ward"
    first = found["hits"][0]
    assert first["details"]["evidence_face"] == alike["face"] and first["name"] == ""
    assert alike["face"] not in [hit["face"] for hit in found["hits"]]
    assert "did you mean Zoë Ward" in failure("find", *collection, "--person", "Zoe Wart")
    named = as_json("find", *collection, "--like", 1)["hits"][0]
    assert (named["face"], named["name"]) == (alike["face"], "Zoë Ward")
