"""Studies from beginning to end on drawn people, small, with the page and its numbers."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.explain_truth import drawn, plan
from tests.explain.test_importance import brightness_of, pictures_that_differ_in
from typer.testing import CliRunner

from prosopon import config, synthetic
from prosopon.cli.app import app, load_verbs
from prosopon.datasets.attributes import read_dataset
from prosopon.errors import ProsoponError, UsageError
from prosopon.explain import find, inside, occlusions, respond
from prosopon.explain import study as studies
from prosopon.explain.answer_cache import answers
from prosopon.explain.networks import MapClassifier, SmallResNet
from prosopon.explain.recipes import load_recipe
from prosopon.explain.train_classifiers import train_classifiers
from prosopon.geometry import dlib_template
from prosopon.studies.explain import page
from prosopon.studies.explain.classifiers import OnnxFile, onnx_classifier
from prosopon.studies.explain.faces import cut_whole
from prosopon.studies.explain.study import Source, draw, examine, examine_embedder
from prosopon.training.onnx_export import export

RECIPE = """
[network]
width = 4
[schedule]
epochs = 2
batch = 8
"""


def call(*arguments: object) -> dict[str, object]:
    """What a verb gives as JSON."""
    load_verbs()
    result = CliRunner().invoke(app, [str(each) for each in (*arguments, "--json")])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def pretrained(path: Path, size: tuple[int, int] = (40, 32), columns: int = 2) -> Path:
    torch.manual_seed(0)
    export(MapClassifier(SmallResNet(4), 16, columns), (3, *size), path, "logits")
    return path


def test_the_eyes_are_found_where_they_alone_tell_kinds_apart(tmp_path: Path) -> None:
    """Drawn pairs of people who differ in the eyes, and a network that never saw those it is asked
    about."""
    done = train_classifiers(drawn("eyes", 80, 32), "small", plan(120, 2, alone=False), tmp_path)
    (study,), maps, columns = done
    assert len(maps) % columns == 0 < len(maps)
    findings = find(study)
    assert findings.whole.mean > 0.8
    for ranking in (findings.configural["contour"], findings.weights["contour"]):
        costs = [cost.mean for cost in ranking.values.values()]
        assert ranking.order[0] == "eyes"
        assert costs[0] > 1.2 * costs[1]
    assert findings.halves.difference.mean > 0.1


@pytest.mark.models
def test_train_writes_a_page_and_goes_on(album: synthetic.Album, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    output = tmp_path / "looks"
    arguments = ("explain", "train", album.folder, "--recipe", tmp_path / "tiny.toml")
    arguments += ("--label", "Male", "--folds", 2, "-o", output)
    first = call(*arguments)
    text = (output / "report.html").read_text()
    assert "What a classifier looks at" in text
    assert "Burt and Perrett" in text
    assert text.count("data:image/png") == 7
    assert "http" not in text.replace("http-equiv", "")
    with (output / "occlusions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    study = studies.load(output / "tiny-Male-black.study.json")
    assert len(rows) == len(study.occlusions) == 93
    p = study.figures["accuracy"].mean(axis=0)
    for row in rows:
        place = [o.name for o in study.occlusions].index(row["occlusion"])
        assert float(row["q"]) == pytest.approx(abs(p[0] - p[1 + place]))
    states = {path: path.stat().st_mtime_ns for path in output.rglob("*.safetensors")}
    assert len(states) == 2 * 2 * 11  # model and state, two parts, whole faces, contours and strips
    assert call(*arguments)["studies"] == first["studies"]
    assert {path: path.stat().st_mtime_ns for path in states} == states


@pytest.mark.models
def test_a_sweep_goes_on_and_writes_a_recipe(album: synthetic.Album, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(RECIPE.replace("epochs = 2", "epochs = 1"))
    arguments = ("explain", "sweep", album.folder, "--recipe", tmp_path / "tiny.toml")
    arguments += ("-o", tmp_path / "sweep", "--trials")
    first, second = call(*arguments, 1), call(*arguments, 2)
    assert (len(first["trials"]), len(second["trials"])) == (1, 2)  # type: ignore[arg-type]
    assert first["trials"][0] in second["trials"]  # type: ignore[index, operator]
    best = second["trials"][0]  # type: ignore[index]
    recipe = load_recipe(str(second["recipe"]))
    assert (recipe.schedule.rate, recipe.schedule.batch) == (best["rate"], best["batch"])
    assert (recipe.network.width, recipe.schedule.epochs) == (4, 1)


@pytest.mark.models
def test_any_onnx_file_and_an_embedder_share_a_page(album: synthetic.Album, tmp_path: Path) -> None:
    settings = config.load(workers=1)
    given = onnx_classifier(OnnxFile(pretrained(tmp_path / "net.onnx"), "Male"))
    done = examine(Source(album.folder), given, ["Male"], tmp_path, settings, folds=2)
    assert [row.classifier for row in done.studies] == ["net"]
    assert studies.load(tmp_path / "net-Male-black.study.json").size == (40, 32)
    source = Source(album.folder, most=8)
    examine_embedder(source, "dlib-resnet", tmp_path, settings, folds=2)
    study = studies.load(tmp_path / "dlib-resnet-same-person-black.study.json")
    assert study.figures["accuracy"][:, 0].mean() > 0.8
    everything = study.occlusions[-1]
    assert everything.shape == "all"
    assert study.figures["accuracy"][:, -1].mean() == pytest.approx(0.5)
    assert "net: Male" in (tmp_path / "report.html").read_text()
    with pytest.raises(UsageError, match="net does not know Smiling; it knows Male"):
        examine(Source(album.folder), given, ["Smiling"], tmp_path, settings)


@pytest.mark.models
def test_one_face_is_drawn_under_every_occlusion(album: synthetic.Album, tmp_path: Path) -> None:
    photo = next((album.folder / "images").glob("*.jpg"))
    names = draw(photo, tmp_path / "sheet.png", config.load(workers=1), "mean")
    assert (len(names), names[0], names[-1]) == (94, "whole", "everything")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.models
def test_faces_cut_too_closely_are_refused(album: synthetic.Album) -> None:
    data = read_dataset(album.folder)
    some, settings = data.rows(np.arange(3)), config.load(workers=1)
    with pytest.raises(ProsoponError, match="no face shows all of eyebrows, eyes, nose, mouth"):
        cut_whole(some, dlib_template(64, padding=-0.2), None, settings)
    whole = cut_whole(some, dlib_template(64, padding=0.5), None, settings)
    assert whole.pictures.shape[1:] == (64, 64, 3)
    assert inside(whole.landmarks, (64, 64)).all()


def test_outputs_become_probabilities(tmp_path: Path) -> None:
    path = pretrained(tmp_path / "net.onnx")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 40, 32, 3), np.uint8)
    one = onnx_classifier(OnnxFile(path, "Male")).predict(pictures)
    np.testing.assert_allclose(one.sum(axis=1), 1, rtol=1e-5)
    two = onnx_classifier(OnnxFile(path, "Male", "sigmoid", 0)).predict(pictures)
    assert ((two > 0) & (two < 1)).all()
    logits = onnx_classifier(OnnxFile(path, "Male", "probability")).predict(pictures)
    np.testing.assert_allclose(two, 1 / (1 + np.exp(-logits)), rtol=1e-5)


def test_networks_that_cannot_be_asked_are_refused(tmp_path: Path) -> None:
    import onnx

    with pytest.raises(UsageError, match=r"none\.onnx: no such network"):
        onnx_classifier(OnnxFile(tmp_path / "none.onnx", "Male"))
    path = pretrained(tmp_path / "open.onnx")
    model = onnx.load(path)
    for axis in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = f"side{axis}"
    onnx.save(model, path)
    with pytest.raises(UsageError, match=r"open\.onnx: its input .* has no fixed height and width"):
        onnx_classifier(OnnxFile(path, "Male"))
    flat = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Identity", ["x"], ["y"])],
            "flat",
            [onnx.helper.make_tensor_value_info("x", 1, [None, 512])],
            [onnx.helper.make_tensor_value_info("y", 1, [None, 512])],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.save(flat, tmp_path / "flat.onnx")
    with pytest.raises(UsageError, match=r"expected one input \(n, 3, height, width\), got x"):
        onnx_classifier(OnnxFile(tmp_path / "flat.onnx", "Male"))
    one = onnx_classifier(OnnxFile(pretrained(tmp_path / "one.onnx", columns=1), "Male"))
    with pytest.raises(UsageError, match=r"1 column\(s\): expected column 1, and two or more"):
        one.predict(np.zeros((1, 40, 32, 3), np.uint8))


def test_a_folder_without_studies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProsoponError, match="holds no study"):
        page.publish(tmp_path)


def test_answers_are_kept_while_a_study_is_interrupted(tmp_path: Path) -> None:
    pictures, points, _ = pictures_that_differ_in("mouth", 70)
    asked = []

    def classifier(batch: np.ndarray) -> np.ndarray:
        if len(asked) == 200:
            raise KeyboardInterrupt
        asked.append(len(batch))
        return brightness_of("mouth")(batch)

    with pytest.raises(KeyboardInterrupt):
        answers(tmp_path, "bright", classifier, pictures, points, "black")
    assert len(asked) == 200  # 2 batches of 94 ways, and a part of the third
    outputs = answers(tmp_path, "bright", brightness_of("mouth"), pictures, points, "black")
    whole = respond(brightness_of("mouth"), pictures, points, occlusions())
    np.testing.assert_allclose(outputs, whole)
    assert len(list(tmp_path.rglob("*.npy"))) == 2
