"""Vectors from files in, labels out, held against the truth: by the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from prosopon.cli.app import app, load_verbs

PEOPLE, EACH, WIDTH = 40, 12, 32


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Vectors of people far apart, and who they are."""
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(PEOPLE), EACH)
    rng.shuffle(people)
    rows = rng.normal(size=(PEOPLE, WIDTH))[people] + 0.15 * rng.normal(size=(len(people), WIDTH))
    (tmp_path / "a.bin").write_bytes((3 * rows).astype("<f4").tobytes())
    (tmp_path / "a.meta").write_text("".join(f"{person}\n" for person in people.tolist()))
    return tmp_path / "a.bin", tmp_path / "a.meta"


def run(*arguments: object) -> tuple[int, dict[str, object]]:
    load_verbs()
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    return done.exit_code, json.loads(done.stdout.splitlines()[0])


def test_a_file_of_vectors_is_clustered_and_held_against_the_truth(
    files: tuple[Path, Path],
) -> None:
    vectors, truth = files
    code, made = run("cluster", "--vectors", vectors, "--dimensions", WIDTH, "--neighbours", 20)
    assert (code, made["faces"], made["clusters"]) == (0, PEOPLE * EACH, PEOPLE)
    code, scores = run("evaluate", "--truth", truth, "--labels", made["labels"])
    assert (code, scores["pairwise_f"], scores["bcubed_f"]) == (0, 1, 1)


def test_what_does_not_fit_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    vectors, truth = files
    assert run("cluster", "--vectors", vectors, "--dimensions", 33)[0] == 2
    assert run("cluster", "--vectors", tmp_path / "none.bin")[0] == 1
    short = tmp_path / "short.meta"
    short.write_text("1\n2\n")
    code, said = run("evaluate", "--truth", truth, "--labels", short)
    assert code == 2 and "480" in str(said["error"])
    short.write_text("1\ntwo\n")
    assert run("evaluate", "--truth", truth, "--labels", short)[0] == 1
