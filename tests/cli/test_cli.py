"""The command line: help, JSON, exit codes, and the main job from end to end."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.commands import commands
from typer.testing import CliRunner

from prosopon.cli.app import app
from prosopon.synthetic import Album

SCORES = {
    *("faces", "clusters", "pairwise_precision", "pairwise_recall", "pairwise_f"),
    *("bcubed_precision", "bcubed_recall", "bcubed_f", "homogeneity", "completeness"),
    *("v_measure", "ari", "ami"),
}
COLUMNS = "path,sha256,x,y,width,height,score,landmarks,cluster,person"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def as_json(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_verb_has_help_with_an_example_and_the_common_flags(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert f"prosopon {' '.join(command)}" in text
    assert "Example:" in text
    for flag in ("--json", "--collection", "--quiet", "--verbose"):
        assert flag in text


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_verb_is_documented(command: tuple[str, ...]) -> None:
    docs = Path(__file__).parents[2] / "docs"
    pages = " ".join(page.read_text("utf-8") for page in docs.glob("*.md"))
    assert f"prosopon {' '.join(command)}" in pages


@pytest.mark.models
def test_the_main_job(album: Album, indexed: Path, tmp_path: Path) -> None:
    collection = tmp_path / "a.prosopon"
    shutil.copy(indexed, collection)
    common = ("-c", collection)
    clustered = as_json("cluster", "--method", "dbscan", "--eps", "0.35", *common)
    assert clustered["recipe"]["parameters"]["eps"] == 0.35
    scores = as_json("evaluate", "--truth", album.truth, *common)
    assert set(scores) >= SCORES
    written = as_json("export", tmp_path / "faces.csv", *common)
    lines = (tmp_path / "faces.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith(COLUMNS)
    assert len(lines) == written["faces"] + 1 == clustered["faces"] + 1
    as_json("report", tmp_path / "report.html", "--truth", album.truth, *common)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg") == clustered["faces"]
    assert "http" not in page.replace("http-equiv", "")
    photo = next((album.folder / "images").iterdir())
    info = as_json("info", photo, "--draw", tmp_path / "drawn.png", *common)
    assert len(info["faces"]) >= 1
    assert (tmp_path / "drawn.png").stat().st_size > 1000
    assert as_json("status", *common)["photos"] == album.photos
    stages = {row["stage"] for row in as_json("profile", *common)["stages"]}
    assert {"decode", "detect", "align", "embed", "save", "clustering"} <= stages


def test_failures_are_one_json_object_and_exit_1(tmp_path: Path) -> None:
    result = run("status", "-c", tmp_path / "none.prosopon", "--json")
    assert result.exit_code == 1
    assert "no such collection" in json.loads(result.stdout)["error"]


def test_wrong_use_exits_2(tmp_path: Path) -> None:
    assert run("index").exit_code == 2
    assert run("frobnicate").exit_code == 2
    assert run("index", tmp_path, "--engine", "steam", "-c", tmp_path / "a").exit_code == 2
    assert run("index", tmp_path, "--smallest-face", "3", "-c", tmp_path / "a").exit_code == 2


def test_nothing_indexed_and_nothing_clustered(tmp_path: Path) -> None:
    collection = tmp_path / "a.prosopon"
    (tmp_path / "empty").mkdir()
    assert run("index", tmp_path / "empty", "-c", collection).exit_code == 0
    for arguments in (("cluster",), ("evaluate", "--truth", tmp_path / "empty")):
        result = run(*arguments, "-c", collection)
        assert result.exit_code == 1
        assert "error:" in result.stderr


def test_quiet_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("index", tmp_path / "empty", "-q", "-c", tmp_path / "a.prosopon")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("given", [[], ["nowhere"], ["", "nowhere"]])
def test_start_makes_no_collection_for_folders_that_are_not_there(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["start", "--no-open", *given])
    assert result.exit_code == 2 and "folder" in result.output
    assert list(tmp_path.iterdir()) == []
